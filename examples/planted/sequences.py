"""Three characters, written one after the other by one person: which set, in which order?"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from planted import Planted

SETS, OF_A_SET = 5, 3
ORDERS = tuple(itertools.permutations(range(OF_A_SET)))
STROKES = 4
PEOPLE = 40
# Of each pixel, of 255: what a cheap scanner adds.
NOISE = 15


@dataclass(frozen=True)
class Hand:
    """How a person writes: slant, size and width of strokes as shares, ink and paper as grey."""

    slant: float
    scale: float
    width: float
    ink: int
    paper: int


def planted_sequences(rows: int, size: int, seed: int, people: int = PEOPLE) -> Planted:
    """Gives sequences of three pictures: a set of three characters in one of its six orders.

    Five sets in six orders make 30 classes. Within a set the order alone tells them apart, so
    a model that averages over the pictures comes to 1 / 6 of them. Each sequence is of one
    hand; who wrote it says nothing of the class.

    Args:
        rows: How many sequences.
        size: Height and width in pixels.
        seed: Of everything drawn.
        people: How many hands.

    Returns:
        Sequences `(rows, 3, size, size, 1)`, float32 from 0 to 1, and classes from 0; groups are
        the people, parts the sets.
    """
    rng = np.random.default_rng(seed)
    characters = rng.uniform(-0.8, 0.8, (SETS * OF_A_SET, STROKES + 1, 2))
    hands = [_hand(rng) for _ in range(people)]
    writers, classes = rng.integers(people, size=rows), rng.integers(SETS * len(ORDERS), size=rows)
    x = np.empty((rows, OF_A_SET, size, size, 1), np.float32)
    for row, (writer, kind) in enumerate(zip(writers, classes, strict=True)):
        chosen, order = divmod(int(kind), len(ORDERS))
        for place, which in enumerate(ORDERS[order]):
            strokes = characters[OF_A_SET * chosen + which]
            x[row, place, ..., 0] = _written(strokes, hands[writer], size, rng)
    return Planted(x, classes, groups=writers, parts=classes // len(ORDERS))


def _hand(rng: np.random.Generator) -> Hand:
    ink, paper = rng.integers(0, 70), rng.integers(150, 250)
    return Hand(rng.normal(0, 0.25), rng.uniform(0.45, 0.8), rng.uniform(0.03, 0.1), ink, paper)


def _written(strokes: np.ndarray, hand: Hand, size: int, rng: np.random.Generator) -> np.ndarray:
    """Gives one picture `(size, size)`: the strokes shaken and moved a little, noise over all."""
    points = strokes + rng.normal(0, 0.07, strokes.shape)
    points[:, 0] += hand.slant * points[:, 1]
    points = points * hand.scale + rng.uniform(-0.2, 0.2, 2)
    picture = Image.new("L", (size, size), int(hand.paper))
    where = [tuple(point) for point in (points + 1) / 2 * size]
    width = max(1, round(hand.width * size))
    ImageDraw.Draw(picture).line(where, fill=int(hand.ink), width=width, joint="curve")
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(size / 100)), np.float32)
    return np.clip(soft + rng.normal(0, NOISE, soft.shape), 0, 255) / 255
