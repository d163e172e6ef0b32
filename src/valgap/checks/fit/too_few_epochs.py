"""FIT103: training ends while the loss still falls."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.step_tests import is_below_usual, is_too_slow, rate_of, rate_text
from valgap.checks.training_course import (
    FEW_STEPS,
    UNTRAINED,
    Course,
    cut_short,
    has_steps_to_make,
    made_few_steps,
    mixed_up,
    steps_made,
)
from valgap.finding import Expected, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import figure, percent, plural

SETTLES = "what settles it: the same fit for three times as many epochs"

_FALLING = (2.28, 1.97, 1.68)
_FLAT = (1.71, 1.70, 1.69)


def _short() -> Case:
    return _case(_FALLING)


def _at_its_end() -> Case:
    return _case(_FLAT)


def _case(loss: tuple[float, ...]) -> Case:
    return example_case(
        loss=loss,
        val_loss=[v + 0.02 for v in loss],
        rows={},
        steps={i: _running(loss[max(0, i - 1)], v) for i, v in enumerate(loss)},
        measured_rows={"references": references(0.85, 0.55, classes=10)},
        measured_model={"predictions": classified(0.57, 0.55, classes=10)},
    )


def _running(start: float, end: float, steps: int = 22) -> tuple[float, ...]:
    """The running mean of batches on the way from one loss to another, a little noisy."""
    batches = [
        start + (end - start) * (i + 1) / steps + 0.03 * math.sin(7 * i) for i in range(steps)
    ]
    return tuple(math.fsum(batches[: i + 1]) / (i + 1) for i in range(steps))


@check(
    code="FIT103",
    name="too-few-epochs",
    family="FIT",
    severity="warning",
    needs=("predictions",),
    fires_on=_short,
    silent_on=_at_its_end,
)
def too_few_epochs(case: Case) -> Iterable[Finding]:
    """Training ends while its loss still falls and training rows are not yet learned.

    What it looks for: training rows that score below what a cheap reference reaches, and a
    validation loss that does not rise. The batches of the last third of the fit then have
    losses clearly below those of the middle third, with a tenth or more still to fall if the
    falls go on shrinking as they did; or single steps of ten times the rate and more, from
    the last weights, still lower the loss by a twentieth and more; or the fit made a hundred
    steps at most, and a straight line through the losses of its batches falls.

    Why it matters: the figures are those of a model half trained. Nothing about its design
    can be judged by them.

    What to do: more epochs with early stopping and the best weights kept; or the same in
    less time with a higher rate, momentum or Adam.

    References: Prechelt, Early Stopping - But When?, 1998; Aitken, On Bernoulli's Numerical
    Solution of Algebraic Equations, 1926 (what is left of a shrinking series).
    """
    if case.fit.status == "interrupted":
        return
    told = cut_short(case)
    if told is not None and not _is_the_rate(case):
        yield _finding(case, told)


def _is_the_rate(case: Case) -> bool:
    """Whether steps far below the usual are what makes it slow: FIT102 says so."""
    return is_too_slow(case) and is_below_usual(case)


def _finding(case: Case, told: Course) -> Finding:
    status = _status(case, told)
    share = told.fall / abs(told.middle) if told.middle else 0.0
    of_steps = share <= DELTA_OF_LOSS and made_few_steps(case, told)
    message, observed, expected = _of_steps(case) if of_steps else _of_fall(case, share)
    return too_few_epochs.finding(
        case,
        status=status,
        message=message,
        observed=observed,
        expected=expected,
        size=lost_skill(case),
        evidence=(
            f"mean loss of the batches by thirds of the fit: {figure(told.first)}, "
            f"{figure(told.middle)}, {figure(told.last)} (standard error of the last fall "
            f"{figure(told.error)}, {plural(told.values, 'value')})",
            _left_line(told),
            *skill_lines(case),
            *_rate_line(case),
            *([SETTLES] if status == "suspected" else []),
        ),
        help="more epochs, with EarlyStopping(restore_best_weights=True) to end them",
        remedies=("more-epochs",),
        explains=UNTRAINED,
    )


def _of_fall(case: Case, share: float) -> tuple[str, Observed, Expected]:
    epochs = plural(len(case.fit.epochs), "epoch")
    return (
        f"too few epochs: the loss still falls, {percent(min(share, 9.99))} in the last third of "
        f"{epochs}",
        Observed(share, "share of the loss, from the middle to the last third"),
        Expected("<=", DELTA_OF_LOSS, "5 % of the loss, DESIGN section 6"),
    )


def _of_steps(case: Case) -> tuple[str, Observed, Expected]:
    steps = steps_made(case)
    return (
        f"too few epochs: the loss still falls after {plural(steps, 'step')} in all",
        Observed(float(steps), "steps of the optimiser"),
        Expected(">", FEW_STEPS, "small sound fits at Adam's .001, measured"),
    )


def _status(case: Case, told: Course) -> Status:
    """Confirmed where steps from the end show it, and rate, noise and penalties are excluded."""
    is_clear = has_steps_to_make(case, told) and not is_too_slow(case)
    return "confirmed" if is_clear and not mixed_up(case) else "suspected"


def _left_line(told: Course) -> str:
    if math.isinf(told.left):
        return "its falls do not shrink yet: no end can be seen"
    return f"if its falls go on shrinking as they did, {figure(told.left)} is left to fall"


def _rate_line(case: Case) -> list[str]:
    if not (case.model and case.model.rates):
        return []
    slow = "is small for so few steps" if is_too_slow(case) else "is not what makes it slow"
    return [f"rate {rate_text(rate_of(case))} {slow}: see the steps measured from both ends"]
