"""EVL109: a cheap model of the same rows does clearly better."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.outcome import MATTERS, outcome
from valgap.evidence.account import Estimate
from valgap.evidence.rows import References
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, plural

# One in a hundred by chance (two-sided), as the best of several references is taken.
ERRORS = 2.58
# A 95 % interval is this many standard errors to each side.
_TO_EACH_SIDE = 1.96


def _beside_linear(linear: float, own: float) -> Case:
    return example_case(
        measured_rows={"references": references(linear, own, classes=4)},
        measured_model={"predictions": classified(0.74, own, classes=4)},
    )


def _linear_does_better() -> Case:
    return _beside_linear(0.89, 0.71)


def _own_model_does_better() -> Case:
    return _beside_linear(0.71, 0.89)


@check(
    code="EVL109",
    name="below-a-cheap-reference",
    family="EVL",
    severity="warning",
    needs=("validation", "references"),
    fires_on=_linear_does_better,
    silent_on=_own_model_does_better,
)
def below_a_cheap_reference(case: Case) -> Iterable[Finding]:
    """A linear model, nearest neighbours or the like do clearly better on the same split.

    What it looks for: the best cheap reference, trained on the training rows and scored on the
    validation rows, against the own model on the same rows: better by a twentieth of the way
    from chance to perfect, and by 2.58 standard errors of the difference, taken as if the rows
    were others, which errs towards silence. A note where the model does well all the same. It
    is a symptom: what explains it stands before it.

    Why it matters: what a model of seconds finds is there to be found. The network has a fault,
    or it is the wrong tool for so few rows.

    What to do: see what explains it: scaling, the rate, too much regularisation, too few epochs.
    If nothing does, use the reference, or feed the network what the reference uses.

    References: Grinsztajn, Oyallon and Varoquaux, Why do tree-based models still outperform
    deep learning on tabular data?, 2022; Dempster, Schmidt and Webb, MiniRocket, 2021.
    """
    found = case.rows.references if case.rows else None
    if found is None or found.own is None or not finite(found.own.value):
        return
    known = {k: e for k, e in found.scores.items() if k != "majority" and finite(e.value)}
    if not known:
        return
    kind = max(known, key=lambda name: known[name].value)
    gain = known[kind].value - found.own.value
    error = _error(known[kind], found.own)
    if error is not None and gain >= MATTERS * (1 - found.chance) and gain >= ERRORS * error:
        yield _finding(case, found, kind, found.own)


def _error(reference: Estimate, own: Estimate) -> float | None:
    """The standard error of the difference of two scores of independent rows."""
    widths = [
        (e.high - e.low) / 2 / _TO_EACH_SIDE
        for e in (reference, own)
        if finite(e.low) and finite(e.high)
    ]
    return math.hypot(*widths) if len(widths) == 2 else None


def _finding(case: Case, found: References, kind: str, own: Estimate) -> Finding:
    best = found.scores[kind]
    return below_a_cheap_reference.finding(
        case,
        severity="note" if outcome(case).is_good or _is_little(found, best, own) else "warning",
        status="confirmed",
        message=f"a cheap reference does better: {kind[:10]} {figure(best.value, 2)}, own model "
        f"{figure(own.value, 2)}",
        observed=Observed(own.value, found.measure, own.low, own.high, own.n),
        expected=Expected(">=", best.value, f"{kind} reference on the same rows"),
        # A symptom: what explains it has a size of its own.
        size=0.0,
        evidence=(
            f"{found.measure} on {plural(found.rows_validation, 'validation row')}: "
            f"{_listed(found)}",
            f"the own model {figure(own.value, 3)} ({figure(own.low, 3)} to "
            f"{figure(own.high, 3)}), a constant prediction {figure(found.chance, 3)}",
            f"references trained on {count(found.rows_train)} rows in {figure(found.seconds)} s",
        ),
        help="see what explains it; if nothing does, use the reference or what it uses",
    )


def _is_little(found: References, best: Estimate, own: Estimate) -> bool:
    """Whether what the reference wins is a difference, but no great one."""
    return best.value - own.value < 2 * MATTERS * (1 - found.chance)


def _listed(found: References) -> str:
    ordered = sorted(found.scores.items(), key=lambda pair: -pair[1].value)
    return ", ".join(
        f"{kind} {figure(e.value, 3)} ({figure(e.low, 3)} to {figure(e.high, 3)})"
        for kind, e in ordered
    )
