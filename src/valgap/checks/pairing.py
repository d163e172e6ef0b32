"""What cheap references and the own model make of the pairing of inputs and labels, in words."""

from __future__ import annotations

from collections.abc import Mapping

from valgap.case import finite
from valgap.checks.reference_skill import Signal, signal
from valgap.evidence.account import Estimate
from valgap.evidence.rows import References
from valgap.finding import Observed
from valgap.wording import figure

# Shares of variance explained have no lower end; beyond this one is as bad as another.
FARTHEST = 9.99
UNIT = "signal in the pairing (0: none, 1: all)"


_NAMED: Mapping[Signal, str] = {
    "within_train": "a cheap reference cross-validated inside training",
    "within_validation": "a cheap reference cross-validated inside validation",
    "across": "a cheap reference trained on training, on validation",
    "own_train": "the own model on training rows",
    "own": "the own model on validation rows",
}


def told(score: Estimate | None) -> str:
    """Gives back a score in two decimals, short whatever it is."""
    if score is None or not finite(score.value):
        return "none"
    return figure(max(-FARTHEST, min(FARTHEST, score.value)), 2)


def observed(score: Estimate | None, rows: int) -> Observed:
    """Gives back a signal as the measured value of a finding."""
    if score is None:
        return Observed(None, UNIT, n=rows)
    return Observed(score.value, UNIT, score.low, score.high, rows)


def signal_lines(found: References) -> list[str]:
    """Gives back the signal inside both splits, across them, and of the own model."""
    known = {name: signal(found, name) for name in _NAMED}
    return [
        f"signal of {_NAMED[name]}: {told(score)} ({figure(score.low, 2)} to "
        f"{figure(score.high, 2)})"
        for name, score in known.items()
        if score is not None
    ]
