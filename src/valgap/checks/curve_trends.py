"""Trends of a logged figure: Theil-Sen's line and Mann and Kendall's test."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from valgap.case import Case
from valgap.checks.measures import DELTA_OF_LOSS

# Fewer points than these can show no trend: 4 in a row rise by chance in 1 of 24.
ENOUGH_POINTS = 5
# A trend that chance gives in fewer than 1 of 100 curves.
RARE = 0.01
# The usual level for a fall that only has to be seen beside another fact.
SEEN = 0.05
# A curve that falls evenly does half of its way in the second half of the epochs, one that has
# come to rest next to nothing: half of the even share.
OF_THE_WAY = 0.25
# Theil and Sen look at all pairs of points; more than this would take seconds.
_MOST_POINTS = 500


@dataclass(frozen=True, slots=True)
class Trend:
    """A robust line through a curve, from `first` to `last`.

    `rises` and `falls` are the probabilities that a curve without trend rises or falls so
    steadily (Mann and Kendall, one-sided).
    """

    first: float
    last: float
    rises: float
    falls: float
    points: int

    @property
    def change(self) -> float:
        """How far the line goes up (or down, below 0)."""
        return self.last - self.first

    @property
    def is_flat(self) -> bool:
        """Whether the line moves by less than matters, up or down."""
        return abs(self.change) <= DELTA_OF_LOSS * max(abs(self.first), abs(self.last))


def trend(values: Sequence[float]) -> Trend | None:
    """Gives back the trend of some values in order, or None of fewer than two.

    References: Sen, Estimates of the Regression Coefficient Based on Kendall's Tau, 1968;
    Mann, Nonparametric Tests Against Trend, 1945.
    """
    from scipy.stats import kendalltau, theilslopes  # takes a second to import

    step = math.ceil(len(values) / _MOST_POINTS)
    kept = list(values[::step]) if step else []
    if len(kept) < 2:
        return None
    at = list(range(len(kept)))
    slope, intercept = (float(v) for v in theilslopes(kept, at)[:2])
    first, last = intercept, intercept + slope * at[-1]
    if not (math.isfinite(first) and math.isfinite(last)):
        return None
    tests = [kendalltau(at, kept, alternative=side).pvalue for side in ("greater", "less")]
    rises, falls = (1.0 if math.isnan(p) else float(p) for p in tests)
    return Trend(first, last, rises, falls, len(kept))


def late(values: Mapping[int, float]) -> list[float]:
    """Gives back the second half of a curve."""
    told = list(values.values())
    return told[len(told) // 2 :]


def at_rest(values: Mapping[int, float]) -> Trend | None:
    """Gives back the trend of the second half of a curve that has come to rest, else None.

    It moves by less than matters there, and does little of its whole way: a curve that falls
    slowly all along has not come to rest.
    """
    line = trend(late(values))
    return line if line is not None and rests(line, next(iter(values.values()))) else None


def rests(line: Trend, first: float) -> bool:
    """Tells whether the line through the second half of a curve says that it came to rest.

    Args:
        line: The trend of the second half.
        first: The value that the whole curve began with.
    """
    if line.points < ENOUGH_POINTS or not line.is_flat:
        return False
    start = abs(first - line.last)
    moved_at_all = start > DELTA_OF_LOSS * abs(line.last)
    return not (moved_at_all and abs(line.change) > OF_THE_WAY * start)


def data_loss(case: Case) -> dict[int, float]:
    """Gives back the training loss by epoch, without penalties where they were traced.

    A penalty falls whether or not anything is learned.
    """
    logged, penalties = case.history("loss"), case.trace("penalties-train")
    traced = [epoch for epoch in logged if epoch in penalties]
    if not any(penalties.values()) or len(traced) < ENOUGH_POINTS:
        return logged
    return {epoch: logged[epoch] + penalties[epoch] for epoch in traced}


def start_of(case: Case, figure: str) -> float:
    """Gives back the size of a figure at the first epoch, 0 where it was not logged."""
    values = list(case.history(figure).values())
    return abs(values[0]) if values else 0.0


def typical(values: Sequence[float]) -> float:
    """Gives back the median, 0 of nothing."""
    return statistics.median(values) if values else 0.0


def is_flat_from_the_start(case: Case) -> bool:
    """Whether training loss has not fallen since the second epoch by more than matters.

    The first epoch is left out: it holds the way to the best constant prediction, which
    is no learning from the inputs.
    """
    values = list(data_loss(case).values())[1:]
    line = trend(values)
    if line is None:
        return False
    falls_little = -line.change <= DELTA_OF_LOSS * abs(line.first)
    is_noise = line.points >= ENOUGH_POINTS and line.falls > SEEN
    return falls_little or is_noise
