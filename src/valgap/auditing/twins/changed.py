"""How alike two pictures can be made by what changes values alone: blur, and light that is cut off.

Both are tried both ways, as either of the two may be the copy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valgap.auditing.twins.arrays import Array, Floats, Ints
from valgap.auditing.twins.registration import slopes
from valgap.auditing.twins.smoothing import blurred
from valgap.auditing.twins.space import Space, cosines, standardised, unit

BLURS = (0.7, 1.4, 2.8)
"""Standard deviations in cells: one of the two may have been blurred, or shrunk and enlarged."""
DARKEST, BRIGHTEST = 0.0, 255.0
LARGEST_NUDGE = 0.15
"""Of a cell: what registration leaves, and no more."""
LEAST_GAIN, LARGEST_GAIN = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Pictures `(p, cells)`, and where they lie in the space of the set, not at length 1."""

    grey: Floats
    place: Array


@dataclass(frozen=True, slots=True)
class Seen:
    """Where pairs are compared: what counts of each cell, and the space of the set."""

    inside: Ints
    weights: Floats
    space: Space

    def turned(self, grey: Floats) -> Array:
        """What is added to places where so much is added to pictures of spread 1."""
        mean = (grey * self.weights).sum(axis=1) / self.weights.sum(axis=1)
        return np.asarray(((grey - mean[:, None]) * self.inside) @ self.space.directions)

    def spread(self, grey: Floats) -> Array:
        """The standard deviation of each, in grey levels."""
        total = self.weights.sum(axis=1)
        mean = (grey * self.weights).sum(axis=1) / total
        square = (grey * grey * self.weights).sum(axis=1) / total
        return np.asarray(np.sqrt(np.maximum(square - mean * mean, 1)))

    def place(self, grey: Floats) -> Array:
        """Where pictures lie; cells outside are taken as those of the mean."""
        apart = (standardised(grey, self.weights) - self.space.middle) * self.inside
        return np.asarray(apart @ self.space.directions)

    def placed(self, grey: Floats) -> Placed:
        """The pictures with where they lie."""
        return Placed(grey, self.place(grey))


def alike_blurred(sharp: Placed, other: Placed, seen: Seen) -> tuple[Array, Ints]:
    """Returns cosines at the blur between 0 and the largest that makes most of each, and which.

    Between two blurs pictures lie on a line, nearly: a little blur is a share of a larger one.
    The place is that of the wider of the two in BLURS, plus 1, where it is the best one.
    """
    goal, start = unit(other.place), sharp.place
    alike = cosines(start, goal)
    which = np.zeros(len(start), np.int64)
    for level, width in enumerate(BLURS, 1):
        end = seen.place(blurred(sharp.grey, width))
        now = _best_between(start, end, goal)
        which, alike = np.where(now > alike, level, which), np.maximum(now, alike)
        start = end
    return alike, which


def _best_between(start: Array, end: Array, goal: Array) -> Array:
    """The largest cosine to `goal` of what lies between two places."""
    along = end - start
    to_goal, along_goal = (start * goal).sum(axis=1), (along * goal).sum(axis=1)
    square, both, length = (
        (a * b).sum(axis=1) for a, b in ((start, start), (start, along), (along, along))
    )
    below = along_goal * both - to_goal * length
    share = (to_goal * both - along_goal * square) / np.where(np.abs(below) < 1e-9, 1e-9, below)
    best = start + np.clip(share, 0, 1)[:, None] * along
    return np.maximum(cosines(best, goal), cosines(end, goal))


def alike_cut(x: Placed, y: Placed, seen: Seen) -> Array:
    """Returns cosines where `x` is a brighter or darker `y` that was cut off at white or black."""
    shown = (x.grey > DARKEST + 2) & (x.grey < BRIGHTEST - 2)
    gain, offset, _ = photometric(x.grey, y.grey, seen.weights * shown + 1e-9)
    gain = np.clip(gain, LEAST_GAIN, LARGEST_GAIN)
    changed = np.clip(gain[:, None] * y.grey + offset[:, None], DARKEST, BRIGHTEST)
    return cosines(seen.place(changed), unit(x.place))


def nudged(x: Placed, y: Placed, seen: Seen) -> Placed:
    """Returns `y` moved by up to LARGEST_NUDGE cells to where it is most alike `x` in the space.

    What registration leaves is small; but on a thin line it is more than what tells two pictures
    apart. To first order, by its slopes.
    """
    steep, spread = slopes(y.grey), seen.spread(y.grey)
    along = np.stack([seen.turned(slope) / spread[:, None] for slope in steep], axis=1)
    apart = x.place - y.place
    square = along @ along.transpose(0, 2, 1)
    square = square + 1e-3 * np.trace(square, axis1=1, axis2=2)[:, None, None] * np.eye(2) + 1e-9
    move = np.linalg.solve(square, along @ apart[:, :, None])[:, :, 0]
    move = np.clip(move, -LARGEST_NUDGE, LARGEST_NUDGE)
    return seen.placed(np.asarray(y.grey + (move.T[:, :, None] * steep).sum(axis=0), np.float32))


def photometric(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Returns gain and offset that take `y` to `x`, and what differs after that, in grey levels."""
    total = weights.sum(axis=1)
    mean_x, mean_y = ((z * weights).sum(axis=1) / total for z in (x, y))
    x, y = x - mean_x[:, None], y - mean_y[:, None]
    power = np.maximum((y * y * weights).sum(axis=1) / total, 1)
    gain = (x * y * weights).sum(axis=1) / total / power
    rest = x - gain[:, None] * y
    rms = np.sqrt((rest * rest * weights).sum(axis=1) / total)
    return gain, mean_x - gain * mean_y, rms
