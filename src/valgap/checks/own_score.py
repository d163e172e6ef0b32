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
    """One output's figure: `name`, `estimate`, how many rows it rests on and how many there are."""

    made: Predictions
    name: str
    estimate: Estimate
    rows: int

    @property
    def half_width(self) -> float | None:
        """Half of the interval, for all rows there are where the score is of a sample."""
        low, high, n = self.estimate.low, self.estimate.high, self.made.rows
        if not (finite(low) and finite(high)) or n <= 0:
            return None
        return (high - low) / 2 * math.sqrt(min(1.0, n / self.rows))

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
            found.append(Score(made, name, told, max(1, made.rows, _all_rows(case) or 0)))
    return tuple(found)


def _name(made: Predictions) -> str:
    return "accuracy" if made.accuracy is not None else "balanced accuracy"


def _all_rows(case: Case) -> int | None:
    return case.fit.validation.rows if case.fit.validation else None
