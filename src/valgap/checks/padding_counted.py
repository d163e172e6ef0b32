"""How much of the rows is padding, and a figure over all steps that counts it."""

from __future__ import annotations

from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions

# Padding as half of the steps or more; the class it is given, by its share.
MUCH, ALIKE = 0.5, 0.05
# Padding is told from its input alone: next to no step of it is missed.
TOLD = 0.99


@dataclass(frozen=True, slots=True)
class Padded:
    """The share of steps that are padding, and the share right of the others."""

    share: float
    others: Estimate


def padding_share(case: Case) -> float:
    """Gives back the share of steps that are padding, of the input with most of it."""
    return max((i.padding_steps for i in case.inputs() if finite(i.padding_steps)), default=0.0)


def padding_counted(case: Case) -> Padded | None:
    """Gives back what is right of the steps that are no padding, where most are padding.

    Of outputs with a class for each step, whose most frequent class is as frequent as padding
    is among the inputs and always told.
    """
    made = next(iter(case.predictions("validation")), None)
    padded = padding_share(case)
    steps = any(len(head.shape or ()) > 1 for head in case.heads())
    if made is None or not steps or padded < MUCH or len(made.confusion) < 3:
        return None
    counts = [sum(row) for row in made.confusion]
    most = max(range(len(counts)), key=lambda i: counts[i])
    if abs(counts[most] / max(1, sum(counts)) - padded) > ALIKE:
        return None
    is_told = made.confusion[most][most] >= TOLD * counts[most]
    return Padded(padded, _others(made, most)) if is_told and sum(counts) > counts[most] else None


def _others(made: Predictions, most: int) -> Estimate:
    """The share right of the steps of all other classes, with the number of those steps."""
    rows = [(i, row) for i, row in enumerate(made.confusion) if i != most]
    right, total = sum(row[i] for i, row in rows), sum(sum(row) for _, row in rows)
    return Estimate(right / total, None, None, total)
