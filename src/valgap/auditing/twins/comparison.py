"""How alike two pictures are once one is laid over the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from valgap.auditing.twins.arrays import Array, Floats, Ints, Stored
from valgap.auditing.twins.changed import Seen, alike_blurred, alike_cut, nudged, photometric
from valgap.auditing.twins.pairs import Pairs
from valgap.auditing.twins.registration import as_interpolated, in_parts, warped
from valgap.auditing.twins.space import Space, cosines, unit
from valgap.auditing.twins.threads import each
from valgap.auditing.twins.thumbnails import levels
from valgap.auditing.twins.views import side_of

LEAST_OVERLAP = 0.5
EXPLAINED = 0.35
"""Of the difference that a blur or cut may leave where it is to count."""


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


def compared(grey: Stored, pairs: Pairs, space: Space, changed: bool = True) -> Compared:
    """Compares pictures `(n, cells)` where both of a pair have something to show."""

    def compare(part: slice) -> Compared:
        of = pairs.taken(part)
        x, y = (levels(grey[rows]) for rows in (of.x, of.y))
        return _compared(x, y, of.maps, space, changed)

    none = np.zeros(0, np.float32)
    nothing = Compared(none, none.astype(int), none, none, none)
    return joined([nothing, *each(compare, in_parts(len(pairs), side_of(grey)))])


def joined(parts: Sequence[Compared]) -> Compared:
    """Returns the results of all parts as one."""
    return Compared(
        *(np.concatenate([getattr(part, of.name) for part in parts]) for of in fields(Compared))
    )


def _compared(x: Floats, y: Floats, maps: Floats, space: Space, changed: bool) -> Compared:
    y, inside = warped(y, maps)
    seen = Seen(inside, np.maximum(space.weights * inside, 1e-9), space)
    one = seen.placed(as_interpolated(x, maps))
    other = nudged(one, seen.placed(y), seen)
    first = alike = cosines(one.place, unit(other.place))
    blur = np.zeros(len(x), np.int64)
    if changed:
        for sign, pair in ((1, (one, other)), (-1, (other, one))):
            now, level = alike_blurred(*pair, seen)
            blur = np.where(_explains(now, first) & (now > alike), sign * level, blur)
            for found in (now, alike_cut(*pair, seen)):
                alike = np.where(_explains(found, first), np.maximum(alike, found), alike)
    overlap = (space.weights * inside).sum(axis=1)
    alike = np.where(overlap < LEAST_OVERLAP, -1, alike)
    values = photometric(one.grey, other.grey, seen.weights)
    return Compared(alike.astype(np.float32), blur, *values)


def _explains(now: Array, first: Array) -> Array:
    """True where a change takes most of the difference away; some of it blur takes from any."""
    return np.asarray(1 - now < EXPLAINED * (1 - first))
