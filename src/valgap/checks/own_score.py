"""The score of the own model on validation rows, with the interval that their number leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions

# Scores differ by half-widths that add in quadrature where each is drawn by itself.
_ROOT2 = math.sqrt(2)


@dataclass(frozen=True, slots=True)
class Score:
    """One output's figure: `name`, `estimate`, and how many rows the logged figure rests on."""

    made: Predictions
    name: str
    estimate: Estimate
    rows: int

    @property
    def half_width(self) -> float | None:
        """Half of the interval, for the rows that are logged where the score is of others."""
        low, high, n = self.estimate.low, self.estimate.high, self.made.rows
        if not (finite(low) and finite(high)) or n <= 0:
            return None
        return (high - low) / 2 * math.sqrt(n / self.rows)

    @property
    def smallest_difference(self) -> float | None:
        """What two models must differ by to be told apart on such rows."""
        half = self.half_width
        return None if half is None else _ROOT2 * half


def scores(case: Case) -> tuple[Score, ...]:
    """Gives back the validation figure of each output: accuracy, or variance explained."""
    found = []
    for made in case.predictions():
        is_regression = made.r2 is not None
        told = made.r2 if is_regression else made.accuracy or made.balanced_accuracy
        if told is not None and finite(told.value):
            name = "R2" if is_regression else _name(made)
            found.append(Score(made, name, told, _logged_rows(case) or max(1, made.rows)))
    return tuple(found)


def _name(made: Predictions) -> str:
    return "accuracy" if made.accuracy is not None else "balanced accuracy"


def _logged_rows(case: Case) -> int | None:
    """The rows that each validation scored, all that there are where that was not counted."""
    there = case.fit.validation.rows if case.fit.validation else None
    counted = max((e.rows_validation or 0 for e in case.fit.epochs), default=0)
    return min(counted, there) if counted and there else counted or there
