"""FIT102: steps so small that the weights hardly move."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.outcome import outcome
from valgap.checks.step_tests import (
    FAR_AT_END,
    is_below_usual,
    is_too_slow,
    moved_most,
    rate_of,
    rate_text,
    signal_is_known,
    sizes_are_odd,
    step_test,
    usual_rate,
)
from valgap.checks.training_course import UNTRAINED
from valgap.checks.trouble import falls_short, loss_was_lost
from valgap.evidence.model import LayerMeasured, RateMeasured, RateStep
from valgap.finding import Expected, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import count, figure

SETTLES = "what settles it: pairs of fits at this rate, at ten and at a hundred times it"

_CREEPING = (1.25, 1.24, 1.24, 1.23, 1.22, 1.22, 1.21, 1.20, 1.20, 1.19, 1.18, 1.17)


def _ladder(at: str, rate: float, before: float, slope: float) -> RateMeasured:
    multiples = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
    steps = tuple(RateStep(m, before - slope * m) for m in multiples)
    return RateMeasured(at, rate, before, steps, 1000.0)


def _curved(at: str, rate: float, before: float) -> RateMeasured:
    losses = ((0.1, 0.998), (1.0, 0.98), (10.0, 0.86), (100.0, 3.2), (1000.0, 40.0))
    return RateMeasured(at, rate, before, tuple(RateStep(m, before * x) for m, x in losses), 10.0)


def _creeping() -> Case:
    rates = (_ladder("start", 1e-5, 1.25, 3e-4), _ladder("end", 1e-5, 1.17, 3e-4))
    return _case(_CREEPING, 0.36, rates, 0.02)


def _at_a_fitting_rate() -> Case:
    rates = (_curved("start", 1e-3, 1.25), _curved("end", 1e-3, 1.17))
    return _case(_CREEPING, 0.36, rates, 0.4)


def _case(
    loss: tuple[float, ...], score: float, rates: tuple[RateMeasured, ...], moved: float
) -> Case:
    return example_case(
        loss=loss,
        val_loss=[v + 0.01 for v in loss],
        rows={},
        learning_rates=[rates[0].rate] * 12,
        measured_rows={"references": references(0.85, score, classes=3)},
        measured_model={
            "rates": rates,
            "layers": (LayerMeasured("dense_2", "Dense", has_weights=True, moved=moved),),
            "predictions": classified(score, score, classes=3),
        },
    )


@check(
    code="FIT102",
    name="learning-rate-too-low",
    family="FIT",
    severity="error",
    needs=("rates", "predictions"),
    fires_on=_creeping,
    silent_on=_at_a_fitting_rate,
)
def learning_rate_too_low(case: Case) -> Iterable[Finding]:
    """The learning rate is so low that far larger steps would lower the loss far more.

    What it looks for: training rows that are not learned though they could be, and single
    steps from the first weights and from the last: the best one is a hundred times the rate
    in force at the start, and at the end still thirty times. That step takes more than 5 % off
    the loss, 3.5 % where the rate is a third of the usual or less; or it is a thousand times
    the rate, and no layer's weights moved by half of their norm. A rate of 0 is named too.

    Why it matters: the fit ends near where it began. It looks like a model too small or a
    task too hard, and neither a larger model nor more data helps.

    What to do: raise the rate by ten until the loss falls in the first epoch; .001 for Adam
    and .01 to .1 for SGD are where to start. Many more epochs would do the same, slowly.

    References: Smith, Cyclical Learning Rates for Training Neural Networks, 2017 (range
    test); Goodfellow, Bengio and Courville, Deep Learning, 2016, section 11.4.1.
    """
    if loss_was_lost(case) or not falls_short(case):
        return
    if _is_zero(case) or is_too_slow(case):
        yield _finding(case)


def _is_zero(case: Case) -> bool:
    rates = [e.learning_rate for e in case.fit.epochs]
    return bool(rates) and all(rate == 0 for rate in rates)


def _finding(case: Case) -> Finding:
    end, rate, status = step_test(case, "end"), rate_of(case), _status(case)
    best = end.best if end and not _is_zero(case) else None
    is_low = _is_zero(case) or is_below_usual(case)
    tests = [t.line for at in ("start", "end") if (t := step_test(case, at))]
    return learning_rate_too_low.finding(
        case,
        severity="error" if is_low and outcome(case).has_not_learned else "warning",
        status=status,
        message=_message(rate, best),
        observed=Observed(best, "best single step at the end, in steps at the rate in force"),
        expected=Expected("<", FAR_AT_END, "steps of fits too short at a rate that fits, measured"),
        size=(1.0 if is_low else 0.5) * lost_skill(case),
        evidence=(
            *tests,
            f"rate {rate_text(rate)}; Keras' default here is {rate_text(usual_rate(case))}",
            *_fall_line(case),
            *skill_lines(case),
            *([SETTLES] if status == "suspected" else []),
        ),
        help="ten times the rate, and again until the loss falls in the first epoch",
        remedies=("raise-learning-rate",),
        explains=(*UNTRAINED, "FIT103"),
    )


def _status(case: Case) -> Status:
    """Confirmed where the rate is unusual, both tests agree and there is something to learn."""
    if _is_zero(case):
        return "confirmed"
    told = step_test(case, "start") is not None and signal_is_known(case)
    return "confirmed" if is_below_usual(case) and told and not sizes_are_odd(case) else "suspected"


def _message(rate: float | None, best: float | None) -> str:
    if best is None:
        return "learning rate 0: no step changes the weights"
    return f"learning rate {rate_text(rate)} too low: the best step is {count(round(best))} x it"


def _fall_line(case: Case) -> list[str]:
    losses = list(case.history("loss").values())
    moved = moved_most(case)
    told = "" if moved is None else f"; weights moved by {figure(moved)} of their norm"
    if not losses:
        return []
    return [f"training loss {figure(losses[0])} at first, {figure(losses[-1])} at last{told}"]
