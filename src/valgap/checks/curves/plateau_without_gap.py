"""CUR104: both curves flat, close together, and short of what can be had."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.curve_trends import Trend, at_rest, is_flat_from_the_start
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.outcome import MATTERS, Outcome, outcome
from valgap.evidence.account import Estimate
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, signed

# Twice the smallest difference in skill that matters.
CLOSE = 2 * MATTERS
# How much better a reference must do: the same.
ROOM = 2 * MATTERS

_STUCK = (1.1, 0.9, 0.75, 0.68, 0.65, 0.64, 0.638, 0.637, 0.636, 0.636, 0.635, 0.635)
_LEVEL = (1.1, 0.7, 0.4, 0.2, 0.12, 0.1, 0.097, 0.096, 0.096, 0.096, 0.095, 0.095)


def _case(loss: tuple[float, ...], score: float) -> Case:
    return example_case(
        loss=loss,
        val_loss=[1.01 * value for value in loss],
        rows={},
        measured_model={"predictions": scored(score + 0.01, score)},
        measured_rows={"references": referenced(0.92)},
    )


def _stuck() -> Case:
    return _case(_STUCK, 0.7)


def _arrived() -> Case:
    return _case(_LEVEL, 0.96)


@dataclass(frozen=True, slots=True)
class Plateau:
    """Two flat curves and what a reference wins over the model."""

    training: Trend
    validation: Trend
    train: Estimate
    score: Estimate
    reference: Estimate


@check(
    code="CUR104",
    name="plateau-without-gap",
    family="CUR",
    severity="warning",
    needs=("validation", "six-epochs", "predictions", "references"),
    fires_on=_stuck,
    silent_on=_arrived,
)
def plateau_without_gap(case: Case) -> Iterable[Finding]:
    """Training and validation have come to rest side by side, short of what can be had.

    What it looks for: no change of either loss of more than 5 % over the second half of the
    epochs, and little of its whole way; like-for-like scores of the two splits within 10
    points of skill; and a cheap reference that scores clearly better on the same validation
    rows. Curves that have come to rest where no reference does better have arrived.

    Why it matters: neither more epochs nor more regularisation moves such a model. It is a
    state, not a cause: something limits what it can express or be told.

    What to do: see the finding that explains it; penalties, noise, attention or pooling that
    averages, inputs and labels come first.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 11.3; Sen,
    Estimates of the Regression Coefficient Based on Kendall's Tau, 1968.
    """
    came_out = outcome(case)
    if came_out.is_good or (came_out.has_not_learned and is_flat_from_the_start(case)):
        return
    found = _plateau(case, came_out)
    if found is not None:
        yield _finding(case, found)


def _plateau(case: Case, came_out: Outcome) -> Plateau | None:
    lines = [at_rest(case.history(name)) for name in ("loss", "val_loss")]
    flat = [line for line in lines if line is not None]
    best, score, train = came_out.reference, came_out.validation, came_out.train
    if len(flat) < len(lines) or best is None or score is None or train is None:
        return None
    is_close = abs(train.value - score.value) <= CLOSE
    is_short = best.value - score.value > ROOM and finite(best.low) and best.low > score.value
    return Plateau(flat[0], flat[1], train, score, best) if is_close and is_short else None


def _finding(case: Case, found: Plateau) -> Finding:
    best, score = found.reference, found.score
    return plateau_without_gap.finding(
        case,
        status="confirmed",
        message=(
            f"plateau without a gap: validation skill {figure(score.value)}, "
            f"a reference {figure(best.value)}"
        ),
        observed=Observed(score.value, "skill on validation", score.low, score.high, score.n),
        expected=Expected(">=", best.value - ROOM, "a cheap reference on the same rows"),
        size=min(1.0, max(0.0, (best.value - score.value) / max(1 - score.value, 1e-9))),
        evidence=(
            f"second half of the epochs: loss {_moved(found.training)}, "
            f"val_loss {_moved(found.validation)}; {100 * DELTA_OF_LOSS:.0f} % would be movement",
            f"like for like: skill {figure(found.train.value)} on training rows, "
            f"{figure(score.value)} on validation rows",
        ),
        help="see what explains it; more epochs or more regularisation do not move it",
    )


def _moved(line: Trend) -> str:
    return f"{figure(line.last)} ({signed(line.change)})"
