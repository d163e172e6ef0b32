"""Changes of place that a candidate is looked for under, as affine maps of the unit square.

A picture spans -1 to 1 both ways. A view of Y under `A` (2 x 3) shows at (x, y) what Y has at
`A @ (x, y, 1)`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
import scipy.sparse

from valgap.auditing.twins.arrays import Array, Floats
from valgap.auditing.twins.thumbnails import SIDE

Row: TypeAlias = tuple[float, float, float]

# A side loses up to a tenth: two stand for all, 2.5 % of the picture at most from any.
CUTS = (0.025, 0.075)
TURNS = (-9.0, -4.5, 4.5, 9.0)  # degrees
SHIFTS = (-0.14, -0.07, 0.0, 0.07, 0.14)  # 3.5 % and 7 % of the picture


def turned() -> list[Floats]:
    """Returns the eight flips and quarter turns, the unchanged picture first."""
    signs = [(1, 1), (-1, 1), (1, -1), (-1, -1)]
    upright = [_map((a, 0, 0), (0, b, 0)) for a, b in signs]
    return upright + [_map((0, a, 0), (b, 0, 0)) for a, b in signs]


def views(thorough: bool, wide: float = 1.0) -> Floats:
    """Returns the maps `(v, 2, 3)`: few for the fast pass, all that registration starts from.

    `wide` is the usual width by height of the set, in which pictures rotate.
    """
    found = turned()
    if not thorough:
        return np.array([*found, _map((0.9, 0, 0), (0, 0.9, 0))], np.float32)
    for left, right, top, bottom in itertools.product(CUTS, repeat=4):
        across, down = (1 - left - right, 0, left - right), (0, 1 - top - bottom, top - bottom)
        found.append(_map(across, down))
    for angle in np.deg2rad(TURNS):
        cos, sin = float(np.cos(angle)), float(np.sin(angle))
        found.append(_map((cos, -sin / wide, 0), (sin * wide, cos, 0)))
    places = itertools.product(SHIFTS, repeat=2)
    found.extend(_map((1, 0, x), (0, 1, y)) for x, y in places if x or y)
    return np.array(found, np.float32)


def _map(across: Row, down: Row) -> Floats:
    return np.array([across, down], np.float32)


def side_of(grey: Array) -> int:
    """Returns how many cells a side has of pictures `(n, side * side)`."""
    return math.isqrt(grey.shape[1])


@cache
def grid(side: int = SIDE) -> Floats:
    """Returns the places `(3, side * side)` of the cells: x, y and 1."""
    steps = ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32)
    y, x = np.meshgrid(steps, steps, indexing="ij")
    return np.stack([x.ravel(), y.ravel(), np.ones(side * side, np.float32)])


@cache
def window(power: float, side: int = SIDE) -> Floats:
    """Returns weights of the cells, which fall off to the edge as a cosine; they sum to 1."""
    x, y, _ = grid(side)
    weights = (np.cos(x * np.pi / 2) * np.cos(y * np.pi / 2)) ** power
    return np.asarray(weights / weights.sum(), np.float32)


def operators(maps: Floats) -> Iterator[scipy.sparse.csr_array]:
    """Yields the matrix of each map: bilinear, cells outside as those at the edge."""
    cells = np.arange(SIDE * SIDE)
    for at in maps @ grid():
        x, y = np.clip((at + 1) * (SIDE / 2) - 0.5, 0, SIDE - 1)
        left, top = (np.minimum(v.astype(int), SIDE - 2) for v in (x, y))
        right, down = x - left, y - top
        weights = [(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right]
        corner = top * SIDE + left
        columns = np.concatenate([corner, corner + 1, corner + SIDE, corner + SIDE + 1])
        shape = (SIDE * SIDE, SIDE * SIDE)
        entries = (np.concatenate(weights), (np.tile(cells, 4), columns))
        yield scipy.sparse.csr_array(entries, shape=shape)
