"""The pictures as PNG files in a folder a class, under a temporary folder."""

import atexit
import shutil
import tempfile
from pathlib import Path

from PIL import Image


def written(x, y, name):
    root = Path(tempfile.mkdtemp(prefix="pictures-")) / name
    atexit.register(shutil.rmtree, root.parent, ignore_errors=True)
    for i, (picture, label) in enumerate(zip(x, y, strict=True)):
        folder = root / ("ab"[label])
        folder.mkdir(parents=True, exist_ok=True)
        pixels = (picture[..., 0].clip(0, 1) * 255).astype("uint8")
        Image.fromarray(pixels).save(folder / f"{i:04d}.png")
    return root
