"""Whether the order of steps or frames tells anything, and whether the model can see it."""

from __future__ import annotations

from valgap.case import Case, finite
from valgap.checks.learning import validation_loss
from valgap.checks.outcome import MATTERS
from valgap.evidence.account import Estimate

# A sum of the same numbers in another order differs by the rounding of single precision.
ROUNDING = 1e-5


def is_blind_to_order(case: Case) -> bool:
    """Tells a model that no order of the steps changes, though its answers differ by row.

    Not one that has yet to learn the order: that of a recurrent layer with random weights
    changes them too.
    """
    level, permuted = validation_loss(case), case.model.permuted if case.model else {}
    if not permuted or not level or any(p.constant for p in case.predictions()):
        return False
    return all(
        finite(change.low)
        and finite(change.high)
        and max(abs(change.low), abs(change.high)) <= ROUNDING * abs(level)
        for change in permuted.values()
    )


def told_by_order(case: Case) -> Estimate | None:
    """Gives back what a cheap reference loses when steps are permuted, where that is clear.

    Its low end is the distance between the two intervals.
    """
    found = case.rows.references if case.rows else None
    if found is None or found.unordered is None:
        return None
    whole, mixed = found.scores.get(found.kind), found.unordered
    if whole is None or not (finite(whole.low) and finite(mixed.high)):
        return None
    lost = Estimate(whole.value - mixed.value, whole.low - mixed.high, None, whole.n)
    return lost if lost.value > MATTERS and whole.low > mixed.high else None
