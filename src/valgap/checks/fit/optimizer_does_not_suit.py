"""FIT116: an optimiser that at its usual rate hardly moves the weights."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.step_tests import (
    FAR_AT_END,
    is_too_slow,
    moved_most,
    optimizer_of,
    rate_of,
    rate_text,
    step_test,
    usual_rate,
)
from valgap.checks.training_course import UNTRAINED
from valgap.checks.trouble import falls_short, loss_was_lost
from valgap.evidence.model import LayerMeasured, RateMeasured, RateStep
from valgap.evidence.records import Json
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure

# "To match the exact form in the original paper, use 1.0": Keras documentation, Adadelta, Adagrad.
MADE_FOR = {"adadelta": 1.0, "adagrad": 1.0}
NAMES = {"adadelta": "Adadelta", "adagrad": "Adagrad", "sgd": "SGD"}
# A tenth of that is still too little: what is slower than this was left at the default.
OFF_BY = 0.1
# Within a third and three times the default a rate is the usual one.
USUAL = 3.0


def _at_the_default() -> Case:
    return _case("Adadelta", 1000.0, 0.35)


def _adam() -> Case:
    return _case("Adam", 10.0, 0.86)


def _case(optimizer: str, best: float, score: float) -> Case:
    rates = tuple(RateMeasured(at, 0.001, 1.25, _steps(best), best) for at in ("start", "end"))
    return example_case(
        compiled={"optimizer": optimizer},
        measured_rows={"references": references(0.85, score, classes=3)},
        measured_model={
            "rates": rates,
            "layers": (LayerMeasured("dense_2", "Dense", has_weights=True, moved=0.003),),
            "predictions": classified(score, score, classes=3),
        },
    )


def _steps(best: float) -> tuple[RateStep, ...]:
    multiples = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
    return tuple(
        RateStep(m, 1.25 - 0.1 * m / best if m <= best else 1.25 + 0.2 * m / best)
        for m in multiples
    )


@check(
    code="FIT116",
    name="optimizer-does-not-suit",
    family="FIT",
    severity="warning",
    needs=("rates", "predictions"),
    fires_on=_at_the_default,
    silent_on=_adam,
)
def optimizer_does_not_suit(case: Case) -> Iterable[Finding]:
    """The optimiser hardly moves the weights at the rate that Keras gives it.

    What it looks for: training rows that are not learned, steps that could be a hundred
    times larger, and an optimiser whose papers take rates near 1 left at Keras' .001
    (Adadelta, Adagrad); or, as a note, plain SGD without momentum at its default.

    Why it matters: the script looks as any other does, and the fit ends where it began.

    What to do: Adam at .001; or the rate of the paper; or SGD with momentum .9.

    References: Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012; Duchi, Hazan and
    Singer, Adaptive Subgradient Methods, 2011; Sutskever et al., On the importance of
    initialization and momentum in deep learning, 2013; Keras documentation, Adadelta.
    """
    if loss_was_lost(case) or not falls_short(case):
        return
    rate, name = rate_of(case), optimizer_of(case)
    if not finite(rate) or rate <= 0:
        return
    is_slow = rate <= OFF_BY * MADE_FOR.get(name, 0.0) and is_too_slow(case)
    if is_slow or (name == "sgd" and _is_plain(case) and _is_slow(case, rate)):
        yield _finding(case, name, rate)


def _is_plain(case: Case) -> bool:
    """SGD without momentum; by its name alone it has Keras' default, which is none."""
    given: Json = case.fit.compile.optimizer_config.get("momentum") if case.fit.compile else None
    return not given


def _is_slow(case: Case, rate: float) -> bool:
    """At a usual rate, with room for far larger steps from both ends."""
    is_usual = usual_rate(case) / USUAL <= rate <= usual_rate(case) * USUAL
    tests = [step_test(case, at) for at in ("start", "end")]
    return is_usual and all(test is not None and test.wants_larger(FAR_AT_END) for test in tests)


def _finding(case: Case, name: str, rate: float) -> Finding:
    end, moved = step_test(case, "end"), moved_most(case)
    is_sgd = name == "sgd"
    made_for = "" if is_sgd else f", made for {rate_text(MADE_FOR[name])}"
    plain = " without momentum" if is_sgd else ""
    told = [] if moved is None else [f"weights moved by {figure(moved)} of their norm"]
    return optimizer_does_not_suit.finding(
        case,
        severity="note" if is_sgd else "warning",
        status="suspected",
        location=case.fit.compile.location if case.fit.compile else case.fit.location,
        message=f"{NAMES[name]}{plain} at {rate_text(rate)} hardly moves the weights{made_for}",
        observed=Observed(end.best if end else None, "best single step at the end, in steps"),
        expected=Expected("<", FAR_AT_END, "steps of fits too short at a rate that fits, measured"),
        size=(0.5 if is_sgd else 1.0) * lost_skill(case),
        evidence=(
            *(t.line for at in ("start", "end") if (t := step_test(case, at))),
            *told,
            *_loss_line(case),
            *skill_lines(case),
            "what settles it: pairs of fits with this optimiser and with Adam at 0.001",
        ),
        help="Adam at 0.001, or SGD with momentum=0.9" if is_sgd else "Adam at 0.001",
        remedies=("adam",),
        explains=() if is_sgd else (*UNTRAINED, "FIT102", "FIT103"),
    )


def _loss_line(case: Case) -> list[str]:
    losses = list(case.history("loss").values())
    if not losses:
        return []
    return [f"training loss {figure(losses[0])} at first, {figure(losses[-1])} at last"]
