"""A figure of rows that chose nothing, with its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.treatment.intervals import LEVEL, quantile
from valgap.treatment.jobs import Floats
from valgap.treatment.metrics import Metric, class_columns, class_numbers
from valgap.treatment.plan import Ints

RESAMPLES = 1000
NORMAL = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Scored:
    """A figure as it is read, with its interval, how that was made, and over how many units."""

    score: float
    low: float | None
    high: float | None
    method: str
    units: int


@dataclass(frozen=True, slots=True)
class Judging:
    """Rows that judge: targets, and the group of every row where rows belong together."""

    metric: Metric
    targets: NDArray[Any]
    groups: Ints | None = None
    seed: int = 0

    def scored(self, predictions: Floats) -> Scored:
        """Gives back the figure: Wilson's interval of independent hits, else by bootstrap."""
        score = self.metric.score(self.targets, predictions)
        if self.metric.name == "accuracy" and self.groups is None:
            rows = len(self.targets)
            return Scored(score, *wilson(round(score * rows), rows), "Wilson", rows)
        low, high = self._bounds(score, (predictions,), lambda made: made[0])
        low, high = (None if v is None else self.metric.clipped(v) for v in (low, high))
        if self.metric.is_greater_better and low == high == self.metric.bounds[1]:
            low = self._if_all_right()
        return Scored(score, low, high, f"bootstrap over {self._kind}", len(self._units()))

    def difference(self, patient: Floats, treated: Floats) -> Scored:
        """Gives back treated - patient on the same rows, as the figure is read."""
        sides = (patient, treated)
        value = self.metric.score(self.targets, treated) - self.metric.score(self.targets, patient)
        low, high = self._bounds(value, sides, lambda made: made[1] - made[0])
        return Scored(value, low, high, f"bootstrap over {self._kind}", len(self._units()))

    @property
    def _kind(self) -> str:
        return "rows" if self.groups is None else "groups"

    def _if_all_right(self) -> float:
        """Nothing wrong in any row is no proof that nothing ever will be."""
        units = len(self._units())
        return wilson(units, units)[0]

    def _units(self) -> list[Ints]:
        if self.groups is None:
            return [np.array([i], dtype=np.int64) for i in range(len(self.targets))]
        return [np.flatnonzero(self.groups == g) for g in np.unique(self.groups)]

    def _bounds(
        self, value: float, sides: tuple[Floats, ...], of: Callable[[list[Floats]], Floats]
    ) -> tuple[float | None, float | None]:
        """Percentiles of resampled figures, moved out by what they lack with few units.

        A percentile interval falls short of Student's with few units (Hesterberg, The American
        Statistician 69, 2015, section 4). Resamples without a figure, as of one class, are left
        out.
        """
        units = self._units()
        k = len(units)
        if k < 2 or not math.isfinite(value):
            return None, None
        made = of(self._resampled(units, sides))
        made = made[np.isfinite(made)]
        if not len(made):
            return None, None
        low, high = (float(v) for v in np.percentile(made, [100 * LEVEL / 2, 100 - 50 * LEVEL]))
        short = math.sqrt(k / (k - 1)) * quantile(k - 1, LEVEL / 2) / NORMAL
        return value + short * (low - value), value + short * (high - value)

    def _resampled(self, units: list[Ints], sides: tuple[Floats, ...]) -> list[Floats]:
        """The figure of each side in each resample, the same rows on all sides."""
        from sklearn import config_context

        rng, k = np.random.default_rng(self.seed), len(units)
        terms = [self.metric.terms(self.targets, side) for side in sides]
        if all(t is not None for t in terms):
            taken = rng.multinomial(k, np.full(k, 1 / k), size=RESAMPLES)
            counts = taken @ np.array([len(u) for u in units])
            sums = (np.array([t[u].sum() for u in units]) for t in terms if t is not None)
            return [np.asarray((taken @ s) / counts, dtype=np.float64) for s in sums]
        made = np.empty((len(sides), RESAMPLES))
        with config_context(assume_finite=True, skip_parameter_validation=True):  # for speed
            for i in range(RESAMPLES):
                rows = np.concatenate([units[u] for u in rng.integers(k, size=k)])
                made[:, i] = [self.metric.score(self.targets[rows], side[rows]) for side in sides]
        return list(made)


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """Gives back the 95 % interval of a share (Wilson, J. Am. Statistical Assoc. 22, 1927)."""
    from scipy.stats import binomtest

    made = binomtest(hits, rows).proportion_ci(1 - LEVEL, method="wilson")
    return float(made.low), float(made.high)


@dataclass(frozen=True, slots=True)
class McNemar:
    """Rows that one of two models has right; the exact two-sided p that chance parts them so.

    McNemar, Psychometrika 12, 1947. Rows of a group are not independent: p is too small then.
    """

    only_patient: int
    only_treated: int
    p: float


def mcnemar(targets: NDArray[Any], patient: Floats, treated: Floats) -> McNemar:
    """Gives back the test between two models on the same rows.

    Args:
        targets: class numbers or one-hot rows.
        patient: probabilities, rows x classes.
        treated: as those.
    """
    from scipy.stats import binomtest

    y = class_numbers(targets)
    ours, theirs = (class_columns(p).argmax(axis=1) == y for p in (patient, treated))
    first, second = int(np.sum(ours & ~theirs)), int(np.sum(theirs & ~ours))
    p = float(binomtest(first, first + second).pvalue) if first + second else 1.0
    return McNemar(first, second, p)
