"""What the checks measure with: the smallest difference that matters, shares, intervals."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable, Sequence

from valgap.case import Case, finite, measured
from valgap.evidence.account import Account, Row, RowName

# DESIGN section 6: 5 % of the loss, 1 point of a score.
DELTA_OF_LOSS = 0.05
DELTA_OF_SCORE = 0.01

TRAINING_ROWS: tuple[RowName, ...] = (
    "epoch-averaging",
    "penalties-train",
    "weights",
    "augmentation",
    "noise-layers",
    "batch-statistics",
)
VALIDATION_ROWS: tuple[RowName, ...] = (
    "generalisation",
    "validation-pipeline",
    "validation-weights",
    "penalties-validation",
)


# From the median absolute deviation to a standard deviation, for a normal distribution.
MAD = 1.4826


def usual_change(values: Sequence[float]) -> float:
    """Gives back the robust spread of the change from one value to the next, 0 of one value."""
    changes = [abs(b - a) for a, b in itertools.pairwise(values)]
    return MAD * statistics.median(changes) if changes else 0.0


def usual_bend(values: Sequence[float]) -> float:
    """Gives back the robust spread of second differences, which are free of a trend.

    Those of independent noise have six times its variance, and three times that of its first
    differences (Gasser, Sroka and Jennen-Steinmetz, Biometrika 73, 1986).
    """
    bends = [abs(a - 2 * b + c) for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return MAD * statistics.median(bends) if bends else 0.0


def is_score(case: Case, metric: str, *figures: float | None) -> bool:
    """Tells a figure such as accuracy: better the higher, and between 0 and 1."""
    values = [value for value in figures if finite(value)]
    return case.higher_is_better(metric) and all(0 <= value <= 1 for value in values)


def smallest_that_matters(case: Case, metric: str, figure: float) -> float:
    """Gives back delta for a figure of that size, in its own unit."""
    return DELTA_OF_SCORE if is_score(case, metric, figure) else DELTA_OF_LOSS * abs(figure)


def lies_beyond(low: float | None, high: float | None, delta: float) -> bool:
    """Tells whether an interval lies wholly above delta or wholly below -delta."""
    return (finite(low) and low > delta) or (finite(high) and high < -delta)


def lies_inside(low: float | None, high: float | None, delta: float) -> bool:
    """Tells whether an interval lies wholly between -delta and delta."""
    return finite(low) and finite(high) and -delta <= low and high <= delta


def total(account: Account, names: Iterable[RowName]) -> Row:
    """Gives back the rows of those names as one, with the interval of their sum.

    Rows are estimated on different noise, so their half-widths add in quadrature.
    """
    rows = [row for name in names if (row := measured(account, name))]
    delta = math.fsum(row.delta or 0.0 for row in rows)
    width = math.sqrt(math.fsum(_half_width(row) ** 2 for row in rows))
    n = max((row.n or 0 for row in rows), default=0)
    return Row("unaccounted", None, None, delta, delta - width, delta + width, n or None)


def _half_width(row: Row) -> float:
    return (row.high - row.low) / 2 if finite(row.low) and finite(row.high) else 0.0


def largest(account: Account, names: Iterable[RowName]) -> Row | None:
    """Gives back the measured row of those names that moves the figure most."""
    rows = [row for name in names if (row := measured(account, name)) and row.delta]
    return max(rows, key=lambda row: abs(row.delta or 0.0), default=None)
