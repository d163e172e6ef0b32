"""Pictures of solar cells with and without defects (case 2), from elpv-dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from real import package

OF_A_MODULE = 60
# As the folder reader sorts them, and from which probability on a cell counts as defective.
CLASSES, DEFECTIVE = ("good", "spoilt"), 0.5


def cell_groups(names: list[str]) -> np.ndarray:
    """Gives the part of the data set that each file is of, which follows the modules."""
    return np.array([int(Path(name).stem) // OF_A_MODULE for name in names])


def cell_folders(folder: Path, counts: dict[str, int], size: int, seed: int) -> None:
    """Writes a folder a split, each with a folder of PNG files a class.

    The cells are drawn at random, so neighbouring cells of one module come to stand in several
    splits; the number of a file is the place of its cell in the data set.

    Args:
        folder: Where; files of the same name are overwritten.
        counts: Pictures a class, by split.
        size: Height and width in pixels.
        seed: Of what is drawn.
    """
    pictures, probability, _ = package("elpv_dataset.utils", "elpv-dataset is").load_dataset()
    rng = np.random.default_rng(seed)
    kinds = (probability < DEFECTIVE, probability >= DEFECTIVE)
    for name, is_own in zip(CLASSES, kinds, strict=True):
        places = rng.permutation(np.flatnonzero(is_own))
        for split, rows in counts.items():
            made = folder / split / name
            made.mkdir(parents=True, exist_ok=True)
            for place in places[:rows]:
                image = Image.fromarray(pictures[place]).resize((size, size))
                image.save(made / f"{place:04d}.png")
            places = places[rows:]
