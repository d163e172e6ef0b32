"""DAT203: classes have other shares in validation than in training."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.class_counts import (
    SURE,
    ClassCounts,
    chance_of,
    class_counts,
    distance,
    recalls,
    shares,
)
from valgap.checks.example_case import example_case
from valgap.checks.example_split import labels, scored
from valgap.checks.outcome import MATTERS, outcome
from valgap.checks.reference_skill import clipped, short
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import percent, signed

# A tenth of the rows of another class is told, if only as harmless; a fifth is much.
TENTH, FIFTH = 0.1, 0.2
# DESIGN section 6: 1 point of a score is the smallest difference that matters.
ONE_POINT = 0.01


def _split(validation: dict[str, int]) -> Case:
    made = scored(0.9, 0.7, {c: (r, validation[c]) for c, r in (("0", 0.9), ("1", 0.5))})
    targets = (labels("train", {"0": 750, "1": 250}), labels("validation", validation))
    return example_case(measured_rows={"targets": targets}, measured_model={"predictions": made})


def _other_shares() -> Case:
    return _split({"0": 135, "1": 315})


def _same_shares() -> Case:
    return _split({"0": 338, "1": 112})


@check(
    code="DAT203",
    name="class-shares-differ-between-splits",
    family="DAT",
    severity="warning",
    needs=("validation", "targets"),
    fires_on=_other_shares,
    silent_on=_same_shares,
)
def class_shares_differ_between_splits(case: Case) -> Iterable[Finding]:
    """Classes have other shares in validation than in training.

    What it looks for: a chi-square test over the classes that both splits hold, beyond what
    a false-alarm rate of 1 % of all checks together allows; and validation accuracy were its
    classes as frequent as in training, by recall and class. Where that moves accuracy by
    less than a point it is harmless.

    Why it matters: accuracy is a mean over the rows there are, so it moves with the shares
    though the model is the same; and a model leans to what was frequent in training.

    What to do: split with `stratify=`; where validation is balanced on purpose, weigh the
    classes in training too, and read recall by class.

    References: Lipton, Wang and Smola, Detecting and Correcting for Label Shift with Black
    Box Predictors, 2018.
    """
    for counts in class_counts(case):
        if len(counts.common) < 2:
            continue
        here, there = (
            {c: of[c] for c in counts.common} for of in (counts.train, counts.validation)
        )
        moved = distance(shares(here, here), shares(there, there))
        if moved < TENTH or chance_of(here, there) >= SURE:
            continue
        effect = _effect(case, counts)
        verdict = _verdict(case, moved, effect)
        if verdict is not None:
            yield _finding(case, counts, (moved, effect), verdict)
            return


def _effect(case: Case, counts: ClassCounts) -> float | None:
    """Validation accuracy less what it were under the shares of training, or None."""
    by_class = recalls(case, counts.at)
    if any(c not in by_class for c in counts.common):
        return None
    of_train, of_val = (shares(of, counts.common) for of in (counts.train, counts.validation))
    return math.fsum((of_val[c] - of_train[c]) * by_class[c].value for c in counts.common)


def _verdict(case: Case, moved: float, effect: float | None) -> tuple[Severity, Status] | None:
    is_good = outcome(case).is_good
    if effect is None:
        return ("note", "suspected") if moved >= FIFTH and not is_good else None
    if abs(effect) < ONE_POINT or is_good:
        return "note", "harmless"
    return ("warning" if abs(effect) >= MATTERS else "note"), "confirmed"


def _finding(
    case: Case,
    counts: ClassCounts,
    found: tuple[float, float | None],
    verdict: tuple[Severity, Status],
) -> Finding:
    (moved, effect), (severity, status) = found, verdict
    of_train, of_val = (shares(of, counts.common) for of in (counts.train, counts.validation))
    most = max(counts.common, key=lambda c: abs(of_val[c] - of_train[c]))
    settled = "a fit on a stratified split settles it"
    line = settled if effect is None else _effect_line(effect)
    return class_shares_differ_between_splits.finding(
        case,
        severity=severity,
        status=status,
        message=f"class {short(most)} makes up {percent(of_train[most])} of training, "
        f"{percent(of_val[most])} of validation",
        observed=Observed(moved, "share of rows", n=sum(counts.validation.values())),
        expected=Expected("<", TENTH, "total variation, beyond a chi-square test at 0.0001"),
        size=clipped(abs(effect) if effect is not None else moved / 4),
        scope=Scope(class_name=short(most)),
        evidence=(f"{percent(moved)} of the rows would have to change their class", line),
        help="split with stratify=labels, or weigh the classes; read recall by class",
        remedies=("stratified-split", "class-weights"),
        explains=("DAT303", "CUR101", "CUR107"),
    )


def _effect_line(effect: float) -> str:
    return (
        "validation accuracy, less what it were with the shares of training: "
        f"{signed(effect, 3)} (figure by class, mixed anew)"
    )
