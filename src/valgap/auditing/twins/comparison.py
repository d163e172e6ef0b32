"""How alike two pictures are once one is laid over the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from valgap.auditing.twins.arrays import Floats, Ints, Stored
from valgap.auditing.twins.pairs import Pairs
from valgap.auditing.twins.registration import in_parts, warped
from valgap.auditing.twins.space import Space, standardised, unit
from valgap.auditing.twins.thumbnails import levels
from valgap.auditing.twins.views import side_of

BLURS = (0.6, 0.9, 1.3, 1.8)
"""Standard deviations in cells: one of the two may have been blurred, or shrunk and enlarged."""

LEAST_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Values:
    """How the values of one pair differ: see `Compared`."""

    blur: int
    gain: float
    offset: float
    rest: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Of each pair: how alike, what blur made them so, gain and offset.

    `alike` is the correlation in the space of the set; `blur` is the place in BLURS plus 1, or 0,
    below 0 where `y` is the sharper one; `gain` and `offset` (grey levels) take `y` to `x`; `rest`
    is what differs after that, in grey levels.
    """

    alike: Floats
    blur: Ints
    gain: Floats
    offset: Floats
    rest: Floats

    def replaced(self, at: Ints, other: Compared) -> Compared:
        """Returns the same with other results at some places."""
        found = {of.name: getattr(self, of.name).copy() for of in fields(self)}
        for name, values in found.items():
            values[at] = getattr(other, name)
        return Compared(**found)

    def values(self, i: int) -> Values:
        """Returns how the values of one pair differ."""
        floats = (float(of[i]) for of in (self.gain, self.offset, self.rest))
        return Values(int(self.blur[i]), *floats)


def compared(
    grey: Stored, pairs: Pairs, space: Space, blurs: tuple[float, ...] = BLURS
) -> Compared:
    """Compares pictures `(n, cells)` where both of a pair have something to show."""
    none = np.zeros(0, np.float32)
    found = [Compared(none, none.astype(int), none, none, none)]
    for part in in_parts(len(pairs), side_of(grey)):
        of = pairs.taken(part)
        x, y = (levels(grey[rows]) for rows in (of.x, of.y))
        found.append(_compared(x, y, of.maps, space, blurs))
    return joined(found)


def joined(parts: Sequence[Compared]) -> Compared:
    """Returns the results of all parts as one."""
    return Compared(
        *(np.concatenate([getattr(part, of.name) for part in parts]) for of in fields(Compared))
    )


def _compared(
    x: Floats, y: Floats, maps: Floats, space: Space, blurs: tuple[float, ...]
) -> Compared:
    y, inside = warped(y, maps)
    weights = np.maximum(space.weights * inside, 1e-9)
    first = alike = _alike(x, y, inside, weights, space)
    blur = np.zeros(len(x), np.int64)
    for level, width in enumerate(blurs, 1):
        for sign, pair in ((1, (_blurred(x, width), y)), (-1, (x, _blurred(y, width)))):
            now = _alike(*pair, inside, weights, space)
            # Against noise blur helps too, but less than half.
            blur = np.where((now > alike) & (1 - now < (1 - first) / 2), sign * level, blur)
            alike = np.maximum(alike, now)
    overlap = (space.weights * inside).sum(axis=1)
    alike = np.where(overlap < LEAST_OVERLAP, -1, alike)
    return Compared(alike.astype(np.float32), blur, *_photometric(x, y, weights))


def _alike(x: Floats, y: Floats, inside: Ints, weights: Floats, space: Space) -> Floats:
    """Cosines in the space; cells outside of the overlap are taken as those of the mean."""
    one, other = (
        ((standardised(z, weights) - space.middle) * inside) @ space.directions for z in (x, y)
    )
    return np.asarray((unit(one) * unit(other)).sum(axis=1))


def _blurred(rows: Floats, width: float) -> Floats:
    side = side_of(rows)
    cells = np.arange(side)
    kernel = np.exp(-0.5 * ((cells[:, None] - cells) / width) ** 2).astype(np.float32)
    kernel /= kernel.sum(axis=1, keepdims=True)
    blurred = kernel @ rows.reshape(-1, side, side) @ kernel.T
    return np.asarray(blurred.reshape(len(rows), -1), np.float32)


def _photometric(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    total = weights.sum(axis=1)
    mean_x, mean_y = ((z * weights).sum(axis=1) / total for z in (x, y))
    x, y = x - mean_x[:, None], y - mean_y[:, None]
    power = np.maximum((y * y * weights).sum(axis=1) / total, 1)
    gain = (x * y * weights).sum(axis=1) / total / power
    rest = x - gain[:, None] * y
    rms = np.sqrt((rest * rest * weights).sum(axis=1) / total)
    return gain, mean_x - gain * mean_y, rms
