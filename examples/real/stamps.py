"""Six classes of small pictures (case 3): the stamps of Debian's tuxpaint-stamps-default."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

STAMPS = Path("/usr/share/tuxpaint/stamps")
CLASSES = {
    "birds": "animals/birds",
    "flowers": "plants/flowers",
    "fruit": "food/fruit",
    "houses": "town/houses",
    "insects": "animals/insects",
    "mammals": "animals/mammals",
}
MISSING = "the stamps are not installed: apt install tuxpaint-stamps-default, or use --planted"
HELD_OUT = 1 / 3


def stamp_folders(folder: Path, size: int, seed: int) -> None:
    """Writes folders `train` and `validation`, each with a folder of PNG files a class.

    A third of each class is held out. Stamps lie on white where they are transparent.

    Args:
        folder: Where; files of the same name are overwritten.
        size: Height and width in pixels.
        seed: Of what is held out.
    """
    rng = np.random.default_rng(seed)
    for name, place in CLASSES.items():
        files = sorted((STAMPS / place).glob("**/*.png"))
        if not files:
            sys.exit(MISSING)
        held_out = set(rng.permutation(len(files))[: round(HELD_OUT * len(files))])
        for i, file in enumerate(files):
            made = folder / ("validation" if i in held_out else "train") / name
            made.mkdir(parents=True, exist_ok=True)
            _on_white(file, size).save(made / f"{file.stem}.png")


def _on_white(file: Path, size: int) -> Image.Image:
    stamp = Image.open(file).convert("RGBA")
    ground = Image.new("RGBA", stamp.size, "white")
    return Image.alpha_composite(ground, stamp).convert("RGB").resize((size, size))
