"""Figures as they are gathered from a log, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from valgap.evidence.log import Points

# No fit has so many epochs by hand; beyond, every second point tells as much.
MOST_POINTS = 20_000
# A model with fifty outputs logs some three hundred figures.
MOST_FIGURES = 1_000
LONGEST_NAME = 200


@dataclass(slots=True)
class Curve:
    """The last value at every epoch or step; thinned out evenly where there are very many.

    Of many points one a stride is kept, and those that a reader asks for: the last, the
    lowest, the highest and the first that is no number.
    """

    stride: int = 1
    count: int = 0
    newest: float = math.nan
    low: float = math.inf
    high: float = -math.inf
    lost: float | None = None
    points: dict[float, tuple[int, float]] = field(default_factory=dict)

    def put(self, at: float, value: float) -> None:
        """Notes a value; a later one at the same place stands for it."""
        known = self.points.get(at)
        if known is not None:
            self.points[at] = (known[0], value)
            return
        if self.stride > 1:
            self._settle()
        self.points[at] = (self.count, value)
        self.count += 1
        self.newest = at
        if len(self.points) > 2 * MOST_POINTS:
            self._thin()

    def told(self) -> Points:
        """Gives back the points in order."""
        if self.stride > 1:
            self._drop_beside_stride()
        return tuple((at, self.points[at][1]) for at in sorted(self.points))

    def _settle(self) -> None:
        """Leaves out the newest point, now that another follows, unless it stands out."""
        number, value = self.points[self.newest]
        if not math.isfinite(value):
            is_kept = self.lost is None
            self.lost = self.newest if is_kept else self.lost
        else:
            is_kept = value < self.low or value > self.high
        if is_kept and math.isfinite(value):
            self.low, self.high = min(self.low, value), max(self.high, value)
        elif not is_kept and number % self.stride:
            del self.points[self.newest]

    def _thin(self) -> None:
        self._drop_beside_stride()
        while len(self.points) > MOST_POINTS:
            self.stride *= 2
            self._drop_beside_stride()

    def _drop_beside_stride(self) -> None:
        finite = [(value, at) for at, (_, value) in self.points.items() if math.isfinite(value)]
        lost = (at for at, (_, value) in self.points.items() if not math.isfinite(value))
        self.lost = min(lost, default=None)
        kept = {self.newest, self.lost}
        if finite:
            (self.low, lowest), (self.high, highest) = min(finite), max(finite)
            kept |= {lowest, highest}
        self.points = {
            at: point
            for at, point in self.points.items()
            if at in kept or point[0] % self.stride == 0
        }


@dataclass(slots=True)
class Curves:
    """All figures of one log."""

    by_name: dict[str, Curve] = field(default_factory=dict)
    left_out: int = 0

    def put(self, name: str, at: float, value: float) -> None:
        """Notes the value of a figure at an epoch or step."""
        curve = self.by_name.get(name)
        if curve is None:
            if len(self.by_name) >= MOST_FIGURES or len(name) > LONGEST_NAME:
                self.left_out += 1
                return
            curve = self.by_name[name] = Curve()
        curve.put(at, value)

    def told(self) -> Mapping[str, Points]:
        """Gives back the figures by name, each in order."""
        return {name: curve.told() for name, curve in self.by_name.items()}

    def notes(self) -> tuple[str, ...]:
        """Gives back what a reader should know of how they were gathered."""
        stride = max((curve.stride for curve in self.by_name.values()), default=1)
        count = max((curve.count for curve in self.by_name.values()), default=0)
        thinned = f"{count:,} points: one in {stride} is kept, and the best and the worst"
        beyond = f"more than {MOST_FIGURES:,} figures: the others are left out"
        return (*([thinned] if stride > 1 else []), *([beyond] if self.left_out else []))


def number(value: object) -> float | None:
    """Gives back a logged value as a number, NaN and infinity too; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:
        return None
