"""The space pictures of one set are compared in: what all of them share weighs little there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valgap.auditing.twins.arrays import Array, Floats
from valgap.auditing.twins.views import side_of, window

MOST_ROWS = 4000
ROUNDS, SPARE = 5, 32
LEAST_SPREAD = 1.0
"""Grey levels: what a picture is divided by, at the least."""


@dataclass(frozen=True, slots=True)
class Space:
    """Leading directions of standardised pictures, each divided by a power of its variance.

    `middle` is the mean picture, `directions` `(cells, k)`; weights of the cells are in them.
    """

    middle: Floats
    directions: Floats
    weights: Floats

    def place(self, grey: Floats) -> Floats:
        """Returns where pictures `(n, cells)` lie, each at distance 1."""
        return unit((standardised(grey, self.weights) - self.middle) @ self.directions)


def sampled(grey: Array) -> Array:
    """Returns some of the pictures `(n, cells)`, evenly spread: enough for their space."""
    places = np.linspace(0, len(grey) - 1, min(len(grey), MOST_ROWS)).astype(int)
    return np.asarray(grey[places])


def space_of(some: Floats, columns: int, power: float, falling: float) -> Space:
    """Returns the space of a set of pictures.

    Args:
        some: pictures of the set `(n, cells)`, such as `sampled` takes.
        columns: how many directions are kept.
        power: of the variance that directions are divided by: 0 none, 0.5 whitens.
        falling: power of the window, by which cells at the edge count less.
    """
    weights = window(falling, side_of(some))
    rows = standardised(some, weights)
    middle = rows.mean(axis=0)
    rows = (rows - middle) * np.sqrt(weights)
    variance, directions = _leading(rows, min(columns, max(2, len(some) // 2)))
    # a thousandth of the whole is what an encoding leaves as noise
    whole = float((rows * rows).sum()) / len(rows)
    divided = (np.maximum(variance, 0) + 1e-3 * whole) ** -power
    directions = directions * divided * np.sqrt(weights)[:, None]
    return Space(middle, np.asarray(directions, np.float32), weights)


def _leading(rows: Floats, columns: int) -> tuple[Array, Array]:
    """The largest variances and their directions, by orthogonal iteration."""
    start = np.random.default_rng(0).normal(size=(rows.shape[1], columns + SPARE))
    basis = np.asarray(start, np.float32)
    for _ in range(ROUNDS):
        basis = np.linalg.qr(rows.T @ (rows @ basis))[0]
    seen = rows @ basis
    variance, turn = np.linalg.eigh(seen.T @ seen / len(rows))
    return variance[::-1][:columns], basis @ turn[:, ::-1][:, :columns]


def standardised(grey: Floats, weights: Floats) -> Floats:
    """Returns pictures with weighted mean 0 and variance 1; `weights` for all, or for each."""
    total = weights.sum(axis=-1, keepdims=True)
    mean = (grey * weights).sum(axis=-1, keepdims=True) / total
    apart = grey - mean
    spread = np.sqrt((apart * apart * weights).sum(axis=-1, keepdims=True) / total)
    return np.asarray(apart / np.maximum(spread, LEAST_SPREAD), np.float32)


def unit(rows: Array) -> Floats:
    """Returns rows at length 1."""
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(rows / np.maximum(length, 1e-6)[:, None], np.float32)


def cosines(rows: Array, goal: Array) -> Array:
    """Returns the cosine of each row to that of `goal` beside it, which is at length 1."""
    return np.asarray((unit(rows) * goal).sum(axis=1))
