"""Theil and Sen's line and Mann and Kendall's test, as `checks.curve_trends` has them.

The same numbers without `scipy.stats`, which takes twice as long to import as the rest of
`valgap read` takes to answer; a test holds them together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from valgap.checks.curve_trends import Trend, rests

# All pairs of points are looked at.
_MOST_POINTS = 500
# Beyond, the normal distribution is as good as counting (Kendall, Rank Correlation Methods).
_COUNTED = 33


def trend(values: Sequence[float]) -> Trend | None:
    """Gives back the trend of some finite values in order, or None of fewer than two.

    The test takes values as independent; those of epochs hang together, so a p is a lower
    bound (Hamed and Rao, Journal of Hydrology 204, 1998).
    """
    step = math.ceil(len(values) / _MOST_POINTS)
    kept = np.asarray(values[::step] if step else (), dtype=float)
    n = len(kept)
    if n < 2 or not np.all(np.isfinite(kept)):
        return None
    first, second = np.triu_indices(n, 1)
    rises = kept[second] - kept[first]
    slope = float(np.median(rises / (second - first)))
    start = float(np.median(kept)) - slope * (n - 1) / 2
    score = int(np.sum(np.sign(rises)))
    chances = [_chance(side, kept, has_ties=bool(np.any(rises == 0))) for side in (score, -score)]
    return Trend(start, start + slope * (n - 1), chances[0], chances[1], n)


def at_rest(values: Sequence[float]) -> Trend | None:
    """Gives back the trend of the second half of a curve that has come to rest, else None."""
    line = trend(values[len(values) // 2 :])
    return line if line is not None and rests(line, values[0]) else None


def _chance(score: int, values: NDArray[np.float64], *, has_ties: bool) -> float:
    """The probability of a score at least as large where there is no trend."""
    n = len(values)
    if not has_ties and n <= _COUNTED:
        # As many orders have that score as have so many pairs the wrong way round.
        wrong = (n * (n - 1) // 2 - score) // 2
        return float(min(1.0, np.sum(_inversions(n)[: wrong + 1])))
    ties = np.unique(values, return_counts=True)[1].astype(float)
    spread = n * (n - 1) * (2 * n + 5) - float(np.sum(ties * (ties - 1) * (2 * ties + 5)))
    return 1.0 if spread <= 0 else math.erfc(score / math.sqrt(spread / 18) / math.sqrt(2)) / 2


def _inversions(n: int) -> NDArray[np.float64]:
    """The distribution of the number of pairs the wrong way round in a random order."""
    shares = np.ones(1)
    for k in range(2, n + 1):
        shares = np.convolve(shares, np.full(k, 1 / k))
    return shares
