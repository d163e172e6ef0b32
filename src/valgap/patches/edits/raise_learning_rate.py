"""Ten times the learning rate."""

from __future__ import annotations

from valgap.patches.change import Change
from valgap.patches.rates import with_rate
from valgap.patches.registry import patch
from valgap.patches.subject import Subject


@patch("raise-learning-rate")
def raise_learning_rate(change: Change, subject: Subject) -> None:
    """Makes the optimiser with ten times the rate that the fit had."""
    with_rate(change, subject, 10)
