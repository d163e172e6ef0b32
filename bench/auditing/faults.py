"""Faults of a data set that are no near duplicates, planted in labelled pictures of a real set.

Each planter writes class folders, or a CSV of paths, and gives what to audit and with what options.
The same pictures without a fault are `clean`: what is said of them is a false alarm, or a truth
about the set, and is no answer to the fault.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

GROUPS, DAMAGED, SHARE = 30, 20, 0.8
FLIPPED = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """What is audited, how, and the code that is expected of it."""

    data: Path
    expected: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Pictures, uint8, (rows, height, width) or (rows, height, width, 3), and their classes."""

    pictures: np.ndarray
    y: np.ndarray


def clean(data: Labelled, folder: Path, rng: np.random.Generator) -> Asked:
    """Nothing is wrong but what the set comes with."""
    return Asked(_folders(data, folder, _halves(len(data.y), rng)), "")


def groups(data: Labelled, folder: Path, rng: np.random.Generator) -> Asked:
    """30 groups, each with light and contrast of its own, dealt out by row.

    Files are called by their group, as those of a study are by the person.
    """
    of = rng.integers(0, GROUPS, len(data.y))
    light, contrast = rng.normal(0, 25, GROUPS), rng.uniform(0.6, 1.4, GROUPS)
    values = data.pictures.astype(np.float64)
    shape = (-1, *[1] * (values.ndim - 1))
    values = (values - 128) * contrast[of].reshape(shape) + 128 + light[of].reshape(shape)
    names = [f"person{g:02d}_{i:05d}" for i, g in enumerate(of)]
    styled = Labelled(np.clip(values, 0, 255).astype(np.uint8), data.y)
    return Asked(_folders(styled, folder, _halves(len(data.y), rng), names), "DAT103")


def damaged(data: Labelled, folder: Path, rng: np.random.Generator) -> Asked:
    """20 files: cut off, text that is named .png, or empty."""
    _folders(data, folder, _halves(len(data.y), rng))
    files = sorted(folder.rglob("*.png"))
    for k, i in enumerate(rng.choice(len(files), DAMAGED, replace=False)):
        whole = files[i].read_bytes()
        files[i].write_bytes((whole[: len(whole) // 2], b"not a picture\n", b"")[k % 3])
    return Asked(folder, "DAT310")


def sorted_class(data: Labelled, folder: Path, rng: np.random.Generator) -> Asked:
    """One class stands last in a list whose last fifth is validation."""
    last = rng.choice(np.unique(data.y))
    order = np.argsort(data.y == last, kind="stable")
    picked = Labelled(data.pictures[order], data.y[order])
    _folders(picked, folder, ["all"] * len(order))
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["path", "label"])
        out.writerows((f"all/{y}/{i:05d}.png", f"class {y}") for i, y in enumerate(picked.y))
    return Asked(path, "DAT204", {"split_from": "0.2"})


PLANTERS: dict[str, Callable[[Labelled, Path, np.random.Generator], Asked]] = {
    "clean": clean,
    "30 groups across": groups,
    "20 damaged files": damaged,
    "a class sorted last": sorted_class,
}


def flipped(y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Gives labels of which 5 % are another class, and which those are."""
    classes = int(y.max()) + 1
    wrong = np.zeros(len(y), bool)
    wrong[rng.choice(len(y), round(FLIPPED * len(y)), replace=False)] = True
    moved = (y + rng.integers(1, classes, len(y))) % classes
    return np.where(wrong, moved, y), wrong


def _halves(rows: int, rng: np.random.Generator) -> list[str]:
    return ["train" if r < SHARE else "validation" for r in rng.random(rows)]


def _folders(
    data: Labelled, folder: Path, parts: list[str], names: list[str] | None = None
) -> Path:
    for i, (picture, y, part) in enumerate(zip(data.pictures, data.y, parts, strict=True)):
        place = folder / part / str(y)
        place.mkdir(parents=True, exist_ok=True)
        name = names[i] if names else f"{i:05d}"
        Image.fromarray(picture).save(place / f"{name}.png", compress_level=1)
    return folder
