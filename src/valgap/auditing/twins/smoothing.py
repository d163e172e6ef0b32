"""Pictures as they are looked for, and as they are laid over each other."""

from __future__ import annotations

import math

import numpy as np

from valgap.auditing.twins.arrays import Floats, Stored
from valgap.auditing.twins.thumbnails import levels

BORDER = 0.1
SEARCHED_BLUR = 1.0
"""Cells: views lie up to one apart, so that what is finer would be out of place in most."""


def laid(stored: Stored) -> Floats:
    """Returns grey levels `(n, side * side)` without borders, as pictures are registered."""
    return without_borders(levels(stored))


def searched(stored: Stored) -> Floats:
    """Returns them blurred, as pictures are looked for."""
    return blurred(laid(stored), SEARCHED_BLUR)


def without_borders(grey: Floats) -> Floats:
    """Returns pictures `(n, side * side)` held within the range of their middle.

    A black border, as a shift or rotation leaves it, else outweighs all that a picture shows.
    """
    side = math.isqrt(grey.shape[1])
    edge = round(side * BORDER)
    square = grey.reshape(-1, side, side)
    middle = square[:, edge : side - edge, edge : side - edge]
    low, high = (of(middle, axis=(1, 2), keepdims=True) for of in (np.min, np.max))
    return np.asarray(np.clip(square, low, high).reshape(grey.shape), np.float32)


def blurred(rows: Floats, width: float) -> Floats:
    """Returns pictures `(n, side * side)` after a Gaussian of so many cells."""
    side = math.isqrt(rows.shape[1])
    cells = np.arange(side)
    kernel = np.exp(-0.5 * ((cells[:, None] - cells) / width) ** 2).astype(np.float32)
    kernel /= kernel.sum(axis=1, keepdims=True)
    found = kernel @ rows.reshape(-1, side, side) @ kernel.T
    return np.asarray(found.reshape(len(rows), -1), np.float32)
