"""How far a logged figure moves by itself: noise, luck of the best, sampling error."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from valgap.checks.measures import usual_bend

# Fewer changes of slope than these tell no spread.
ENOUGH_POINTS = 6
# The variance of x - 2y + z is six times that of one of them.
_OF_THREE = math.sqrt(6)
# What is noise early in a fit is not what it is late: the second half counts, if it is enough.
_LATE = 12
# 95 % of a normal distribution lie within this many standard deviations.
ERRORS = 1.96
_WINDOW = 5


@dataclass(frozen=True, slots=True)
class Optimism:
    """How much the best of `epochs` about equal ones flatters, in the figure's own unit."""

    value: float
    epochs: int


def noise(values: Sequence[float]) -> float | None:
    """Gives back the standard deviation of a curve about its own course, whatever its trend.

    A robust spread of how far each point lies off the middle of its neighbours (Gasser,
    Sroka and Jennen-Steinmetz, Biometrika 73, 1986). None of fewer than six points.
    """
    told = values[-max(_LATE, len(values) // 2) :]
    if len(told) < ENOUGH_POINTS:
        return None
    return usual_bend(told) / _OF_THREE


def optimism(losses: Sequence[float], spread: float) -> Optimism:
    """Gives back how much the lowest of a curve is lower than such an epoch deserves.

    The expected best of m normal draws (Blom, Statistical Estimates and Transformed
    Beta-Variables, 1958), where m counts the epochs whose running median lies within two
    standard deviations of its lowest. Luck on these validation rows comes on top.
    """
    half = _WINDOW // 2
    course = [
        statistics.median(losses[max(0, i - half) : i + half + 1]) for i in range(len(losses))
    ]
    near = min(course) + 2 * spread
    equal = sum(value <= near for value in course)
    return Optimism(spread * expected_best(equal), equal)


def expected_best(draws: int) -> float:
    """Gives back the expected largest of some standard normal draws, 0 of one."""
    if draws < 2:
        return 0.0
    return NormalDist().inv_cdf((draws - 0.375) / (draws + 0.25))


def share_interval(share: float, rows: int) -> tuple[float, float]:
    """Gives back the 95 % interval of a share of that many rows (Wilson, 1927)."""
    p, z2 = min(1.0, max(0.0, share)), ERRORS**2
    middle = (p + z2 / (2 * rows)) / (1 + z2 / rows)
    half = ERRORS * math.sqrt(p * (1 - p) / rows + z2 / (4 * rows**2)) / (1 + z2 / rows)
    return max(0.0, middle - half), min(1.0, middle + half)
