"""FIT101: steps so large that they raise the loss which they are to lower."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.outcome import outcome
from valgap.checks.step_tests import (
    StepTest,
    is_noisy,
    moved_most,
    rate_of,
    rate_text,
    sizes_are_odd,
    step_test,
    usual_rate,
)
from valgap.checks.training_course import course, mixed_up
from valgap.checks.trouble import OF_BLOWING_UP, OF_LEARNING, falls_short, loss_was_lost
from valgap.evidence.model import LayerMeasured, RateMeasured, RateStep
from valgap.finding import Expected, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import figure

# A step at a rate that fits lowers the loss of the rows that it was made for. Measured on some
# 200 simulated fits: at usual rates, inputs standardised, it raised it by a twentieth at most,
# where a hundred times Adam's default failed it more than doubled it.
UNAMBIGUOUS = 0.5
# What makes a rise the rate's fault is that a step a third as large does better.
A_THIRD = 0.34
# Beyond this multiple of Keras' default a rate is unusual, beyond TEN_TIMES it is far off.
UNUSUAL, TEN_TIMES = 3.0, 10.0
# Weights that end this far from where they began were thrown, not trained: at usual rates they
# moved by 2.2 times their norm at most, at rates that failed by 4 to 1,000 (same fits).
THROWN = 3.0
SETTLES = "what settles it: pairs of fits at this rate and at a tenth and a hundredth of it"

_STUCK = (2.41, *[1.11] * 11)


def _steps(rise: float) -> tuple[RateMeasured, ...]:
    losses = ((0.01, 1.18), (0.1, 1.09), (1.0, 1.25 * (1 + rise)), (10.0, 1.25 * (1 + 8 * rise)))
    made = tuple(RateStep(m, loss) for m, loss in losses)
    return (RateMeasured("start", 0.1, 1.25, made, 0.1),)


def _too_high() -> Case:
    return _at_a_tenth(_STUCK, 0.33, 1.4)


def _high_and_fine() -> Case:
    return _at_a_tenth((1.02, 0.6, *[0.2] * 10), 0.97, 0.1)


def _at_a_tenth(loss: tuple[float, ...], score: float, rise: float) -> Case:
    return example_case(
        loss=loss,
        val_loss=[v + 0.01 for v in loss],
        learning_rates=[0.1] * 12,
        steps={0: (1.25, 1.9, 2.41)},
        measured_rows={"references": references(0.85, score, classes=3)},
        measured_model={
            "rates": _steps(rise),
            "layers": (LayerMeasured("dense_2", "Dense", has_weights=True, moved=12.0),),
            "predictions": classified(score, score, classes=3),
        },
    )


@check(
    code="FIT101",
    name="learning-rate-too-high",
    family="FIT",
    severity="error",
    needs=("steps",),
    fires_on=_too_high,
    silent_on=_high_and_fine,
)
def learning_rate_too_high(case: Case) -> Iterable[Finding]:
    """The learning rate is so high that steps raise the loss which they are to lower.

    What it looks for: a fit that does not learn its training rows or ends in NaN, and single
    steps from its first weights: one at the rate in force raises the loss of the very rows
    that it was made for, one a third as large does better. Where no such step was seen, and at
    ten times the usual rate or more: weights thrown far from where they began, in a fit that
    learned nothing or whose first batches came out far worse than rows did before the first
    step; or batches that do so to the end.

    Why it matters: the first steps throw the weights to where units are dead or saturated
    and predictions constant; from there no later step leads back.

    What to do: a tenth or a hundredth of the rate; .001 for Adam and .01 for SGD are where to
    start. A warm-up or clipped gradients allow a higher one.

    References: Smith, Cyclical Learning Rates for Training Neural Networks, 2017 (range
    test); Goodfellow, Bengio and Courville, Deep Learning, 2016, section 11.4.1.
    """
    if not falls_short(case):
        return
    start = step_test(case, "start")
    if start is not None and _overshoots(case, start):
        yield _finding(case, start)
    elif _was_thrown(case):
        yield _finding(case, None)


def _overshoots(case: Case, start: StepTest) -> bool:
    rise, rate = start.rise, rate_of(case)
    if rise is None or rise <= DELTA_OF_LOSS or start.best > A_THIRD:
        return False
    is_unusual = finite(rate) and rate >= UNUSUAL * usual_rate(case)
    return rise > UNAMBIGUOUS or is_unusual


def _was_thrown(case: Case) -> bool:
    """Without such a step: a rate far beyond the usual, and weights or loss thrown far."""
    rate, moved = rate_of(case), moved_most(case)
    if not finite(rate) or rate < TEN_TIMES * usual_rate(case) or is_noisy(case):
        return False
    if _stays_above_its_start(case):
        return True
    is_far = moved is not None and moved >= THROWN
    if not (loss_was_lost(case) or outcome(case).has_not_learned):
        return is_far and _began_worse(case)
    return is_far or _jumped(case)


def _stays_above_its_start(case: Case) -> bool:
    """Whether batches, to the end, score worse than rows did before the first step."""
    start, told = step_test(case, "start"), course(case)
    # Noise and penalties lift the loss of batches above that of clean rows, whatever the rate.
    if start is None or told is None or mixed_up(case):
        return False
    return min(told.middle, told.last) > start.made.before > 0


def _began_worse(case: Case) -> bool:
    """Whether the first batches of all came out far worse than rows did before the first step."""
    start, told = step_test(case, "start"), course(case)
    if start is None or told is None or mixed_up(case):
        return False
    return told.first > (1 + UNAMBIGUOUS) * start.made.before > 0


def _jumped(case: Case) -> bool:
    first = [v for v in case.steps.get(0, ()) if finite(v)]
    return bool(first) and first[0] > 0 and max(first) >= THROWN * first[0]


def _finding(case: Case, start: StepTest | None) -> Finding:
    rate = rate_of(case)
    rise, status = start.rise if start else None, _status(case, start)
    is_lost = loss_was_lost(case) or outcome(case).has_not_learned
    # At a usual rate other faults can make steps too large: they come first.
    is_usual = finite(rate) and rate < UNUSUAL * usual_rate(case)
    return learning_rate_too_high.finding(
        case,
        severity="error" if is_lost and not is_usual else "warning",
        status=status,
        message=_message(rate, start),
        observed=Observed(
            rise if finite(rise) else None, "relative rise of the training loss by one step"
        ),
        expected=Expected("<=", DELTA_OF_LOSS, "a step lowers the loss; 5 %, DESIGN section 6"),
        size=(0.5 if is_usual else 1.0) * (1.0 if is_lost else lost_skill(case)),
        evidence=(
            *([start.line] if start else ["seen by where weights and loss went, not by a step"]),
            f"rate {rate_text(rate)}; Keras' default here is {rate_text(usual_rate(case))}",
            *_moved_line(case),
            *skill_lines(case),
            *([SETTLES] if status == "suspected" else []),
        ),
        help="a tenth or a hundredth of the rate, or a warm-up",
        remedies=("lower-learning-rate",),
        # At a usual rate a gradient that explodes is the cause of the step, not its symptom.
        explains=tuple(
            code
            for code in (*OF_LEARNING, *OF_BLOWING_UP, "CUR105")
            if code != "MOD116" or not is_usual
        ),
    )


def _status(case: Case, start: StepTest | None) -> Status:
    """Confirmed where the steps leave no doubt and neither inputs nor targets are rivals."""
    rate, rise = rate_of(case), start.rise if start else None
    if rise is None or rise <= UNAMBIGUOUS or not finite(rate):
        return "suspected"
    is_usual = rate < UNUSUAL * usual_rate(case)
    return "suspected" if is_usual or sizes_are_odd(case) else "confirmed"


def _message(rate: float | None, start: StepTest | None) -> str:
    if start is None:
        return f"learning rate too high: weights or loss were thrown far at {rate_text(rate)}"
    after = start.made.before + (start.rise or 0.0) * abs(start.made.before)
    becomes = figure(after) if math.isfinite(after) else "no number"
    return (
        f"rate too high: a step at {rate_text(rate)} takes the loss from "
        f"{figure(start.made.before)} to {becomes}"
    )


def _moved_line(case: Case) -> list[str]:
    moved = moved_most(case)
    return [] if moved is None else [f"weights moved by up to {figure(moved)} of their norm"]
