"""Three microscope fields of stained fibres, one after the other: which directions, in which order?

Why a person meets it: what tells the classes apart may lie anywhere in the picture, and a layer
behind Flatten has to learn it anew at every place.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from planted import Planted

DIRECTIONS = 5
# Each set is of three directions that follow each other.
SETS = tuple(tuple((first + i) % DIRECTIONS for i in range(3)) for first in range(DIRECTIONS))
ORDERS = tuple(itertools.permutations(range(3)))
SLIDES = 40
FIBRES = 3
# In radians, of a fibre against its field; two directions are .63 apart.
JITTER = 0.04
# Of each pixel, as a share of white: what a camera adds.
NOISE = 0.02


@dataclass(frozen=True)
class Slide:
    """How a slide was made: its tilt in radians, length of fibres as a share, their grey, the dark.

    `dark` is the grey where no fibre lies.
    """

    tilt: float
    length: float
    bright: int
    dark: int


def planted_sequences(rows: int, size: int, seed: int, slides: int = SLIDES) -> Planted:
    """Gives sequences of three fields: a set of three directions in one of its six orders.

    Five sets in six orders make 30 classes. Within a set the order alone tells them apart, so
    a model that averages over the fields comes to 1 / 6 of them. Fibres lie anywhere, so a model
    with a weight for every place has few rows for each of them, and one that averages over the
    places has all. Each sequence is of one slide; which one says nothing of the class.

    Args:
        rows: How many sequences.
        size: Height and width in pixels.
        seed: Of everything drawn.
        slides: How many slides.

    Returns:
        Sequences `(rows, 3, size, size, 1)`, float32 from 0 to 1, and classes from 0; groups are
        the slides, parts the sets.
    """
    rng = np.random.default_rng(seed)
    made = [_slide(rng) for _ in range(slides)]
    groups = rng.integers(slides, size=rows)
    classes = rng.integers(len(SETS) * len(ORDERS), size=rows)
    x = np.empty((rows, 3, size, size, 1), np.float32)
    for row, (slide, kind) in enumerate(zip(groups, classes, strict=True)):
        chosen, order = divmod(int(kind), len(ORDERS))
        for place, which in enumerate(ORDERS[order]):
            angle = np.pi * SETS[chosen][which] / DIRECTIONS
            x[row, place, ..., 0] = _field(angle, made[slide], size, rng)
    return Planted(x, classes, groups=groups, parts=classes // len(ORDERS))


def _slide(rng: np.random.Generator) -> Slide:
    bright, dark = rng.integers(220, 250), rng.integers(0, 20)
    return Slide(rng.normal(0, 0.05), rng.uniform(0.18, 0.22), int(bright), int(dark))


def _field(angle: float, slide: Slide, size: int, rng: np.random.Generator) -> np.ndarray:
    """Gives one picture `(size, size)`: a few fibres of one direction anywhere, noise over all."""
    picture = Image.new("L", (size, size), slide.dark)
    pen, length = ImageDraw.Draw(picture), slide.length * size
    for x, y in rng.uniform(length / 2, size - length / 2, (FIBRES, 2)):
        turned = angle + slide.tilt + rng.normal(0, JITTER)
        dx, dy = length / 2 * np.cos(turned), length / 2 * np.sin(turned)
        ends = [(x - dx, y - dy), (x + dx, y + dy)]
        pen.line(ends, fill=slide.bright, width=max(1, round(size / 28)))
    noisy = np.asarray(picture, np.float32) / 255 + rng.normal(0, NOISE, (size, size))
    return np.clip(noisy, 0, 1)
