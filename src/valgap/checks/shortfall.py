"""How far training rows score below what a cheap reference reaches, where that is clear."""

from __future__ import annotations

from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.outcome import MATTERS, outcome
from valgap.evidence.account import Estimate

# Far below: twice the difference in skill that matters.
FAR = 2 * MATTERS


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Skill of the model on its own training rows, and of a reference on rows new to it.

    `rows` says which rows the reference was scored on.
    """

    train: Estimate
    reference: Estimate
    rows: str

    @property
    def share(self) -> float:
        """The part of what is missing in skill that the reference shows can be had."""
        missing = 1 - self.train.value
        return min(1.0, max(0.0, (self.reference.value - self.train.value) / max(missing, 1e-9)))


def shortfall(case: Case) -> Shortfall | None:
    """Gives back how far training rows score below a reference, beyond both intervals.

    Rows new to the reference are harder than the model's own training rows, so what is
    clearly below it was not learned. None too where validation does well.
    """
    told = outcome(case)
    best = told.reference_train or told.reference
    if told.train is None or best is None or told.is_good:
        return None
    if not finite(best.value) or best.value - told.train.value <= FAR:
        return None
    low = best.low if finite(best.low) else None
    high = told.train.high if finite(told.train.high) else told.train.value
    if low is None or low <= high:
        return None
    rows = "training rows left out of it" if told.reference_train else "validation rows"
    return Shortfall(told.train, best, rows)
