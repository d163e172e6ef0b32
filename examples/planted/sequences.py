"""Three swatches of cloth, photographed one after the other: which set, in which order?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from planted import Planted

SETS, OF_A_SET = 5, 3
ORDERS = tuple(itertools.permutations(range(OF_A_SET)))
# A weave is a direction and a width of its stripes, as a share of half the picture: 15 in all.
DIRECTIONS, WIDTHS = 5, (0.10, 0.16, 0.26)
# The swatch is round, and lies anywhere on the table.
RADIUS, SHIFT = 0.4, 0.5
PEOPLE = 40
# Of each pixel, of 255: what a cheap camera adds.
NOISE = 15


@dataclass(frozen=True)
class Hand:
    """How a person takes pictures: the turn of the camera, and the grey of dark and light."""

    turn: float
    dark: float
    light: float


def planted_sequences(rows: int, size: int, seed: int, people: int = PEOPLE) -> Planted:
    """Gives sequences of three pictures: a set of three swatches in one of its six orders.

    Five sets in six orders make 30 classes. Within a set the order alone tells them apart, so
    a model that averages over the pictures comes to 1 / 6 of them. A weave is known by its
    stripes, wherever it lies: a model with a weight for every place has to learn it anew at each,
    and learns the rows by heart instead. Each sequence is of one person; who took it says nothing
    of the class.

    Args:
        rows: How many sequences.
        size: Height and width in pixels.
        seed: Of everything drawn.
        people: How many persons.

    Returns:
        Sequences `(rows, 3, size, size, 1)`, float32 from 0 to 1, and classes from 0; groups are
        the people, parts the sets.
    """
    rng = np.random.default_rng(seed)
    hands = [_hand(rng) for _ in range(people)]
    owners, classes = rng.integers(people, size=rows), rng.integers(SETS * len(ORDERS), size=rows)
    x = np.empty((rows, OF_A_SET, size, size, 1), np.float32)
    for row, (owner, kind) in enumerate(zip(owners, classes, strict=True)):
        chosen, order = divmod(int(kind), len(ORDERS))
        for place, which in enumerate(ORDERS[order]):
            x[row, place, ..., 0] = _swatch(OF_A_SET * chosen + which, hands[owner], size, rng)
    return Planted(x, classes, groups=owners, parts=classes // len(ORDERS))


def _hand(rng: np.random.Generator) -> Hand:
    return Hand(rng.normal(0, 0.08), rng.uniform(0, 0.27), rng.uniform(0.6, 1.0))


def _swatch(weave: int, hand: Hand, size: int, rng: np.random.Generator) -> np.ndarray:
    """Gives one picture `(size, size)`: a round swatch anywhere on light ground, noise over all."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    angle = np.pi * (weave % DIRECTIONS) / DIRECTIONS + hand.turn
    width = WIDTHS[weave // DIRECTIONS] * rng.uniform(0.9, 1.1)
    along = np.cos(angle) * x + np.sin(angle) * y
    is_dark = np.sin(2 * np.pi * along / width + rng.uniform(0, 2 * np.pi)) > 0
    across, down = rng.uniform(-SHIFT, SHIFT, 2)
    inside = np.hypot(x - across, y - down) < RADIUS
    picture = np.where(inside & is_dark, hand.dark, hand.light)
    return np.clip(picture + rng.normal(0, NOISE / 255, picture.shape), 0, 1)
