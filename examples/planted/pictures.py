"""Folders of planted pictures of six classes, as `flow_from_directory` reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

Mask = Callable[[np.ndarray, np.ndarray], np.ndarray]

SHAPES: dict[str, Mask] = {
    "bar": lambda x, y: (abs(x) < 1.0) & (abs(y) < 0.3),
    "cross": lambda x, y: np.minimum(abs(x), abs(y)) < 0.25,
    "disc": lambda x, y: np.hypot(x, y) < 0.9,
    "ring": lambda x, y: abs(np.hypot(x, y) - 0.75) < 0.2,
    "stripes": lambda x, _: np.sin(9 * x) > 0,
    "triangle": lambda x, y: abs(x) < (y + 0.9) / 2,
}


def planted_folders(folder: Path, train: int, validation: int, size: int, seed: int) -> None:
    """Writes folders `train` and `validation`, each with a folder of PNG files a class.

    A picture is one of six shapes, of any colour, on a darker ground of any colour; place, size
    and turn vary. Shapes are equally frequent, so 1/6 is a guess. A hundred pictures are too
    few: twice as many tell clearly more.

    Args:
        folder: Where; files of the same name are overwritten.
        train: Training pictures, all classes together.
        validation: Validation pictures, likewise.
        size: Height and width in pixels.
        seed: Of everything drawn.
    """
    rng = np.random.default_rng(seed)
    for split, rows in (("train", train), ("validation", validation)):
        for row in range(rows):
            name, mask = list(SHAPES.items())[row % len(SHAPES)]
            path = folder / split / name / f"{row:04d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(_picture(mask, size, rng)).save(path)


def _picture(mask: Mask, size: int, rng: np.random.Generator) -> np.ndarray:
    """Gives one picture `(size, size, 3)`, uint8."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    scale, across, down = rng.uniform(0.45, 0.65), *rng.uniform(-0.25, 0.25, 2)
    x, y = (x - across) / scale, (y - down) / scale
    turn = rng.uniform(-0.3, 0.3)
    x, y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
    inside = mask(x, y) & (np.maximum(abs(x), abs(y)) < 1)
    ground, ink = rng.uniform(10, 110, 3), rng.uniform(150, 245, 3)
    picture = np.where(inside[..., None], ink, ground) + rng.normal(0, 8, (size, size, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)
