"""DAT304: an input that is the same for all rows."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified
from valgap.checks.learning import lost_skill
from valgap.checks.outcome import outcome
from valgap.checks.trouble import (
    OF_GENERALISING,
    OF_LEARNING,
    fails_on_validation,
    falls_short,
    lost_on_validation,
)
from valgap.evidence.records import Split
from valgap.evidence.rows import InputRecord
from valgap.finding import Expected, Finding, Observed, Severity, Status
from valgap.registry import check
from valgap.wording import count, figure, plural

# One or two rows are always alike; ten that are have no chance to differ by accident.
ENOUGH_ROWS = 10
_LONGEST = 20


def _table(std: float, differ: bool, train: float, validation: float) -> Case:
    rows: dict[Split, int] = {"train": 1000, "validation": 450}
    inputs = tuple(
        InputRecord(
            split, "x", "table", (12,), "float32", n, 0.0, 1.0, 0.5, std, features=12,
            constant_count=0 if differ else 12, rows_differ=differ,
        )
        for split, n in rows.items()
    )  # fmt: skip
    return example_case(
        measured_rows={"inputs": inputs},
        measured_model={"predictions": classified(train, validation)},
    )


def _all_the_same() -> Case:
    return _table(0.3, False, 0.5, 0.5)


def _all_different() -> Case:
    return _table(0.3, True, 0.91, 0.9)


@check(
    code="DAT304",
    name="constant-input",
    family="DAT",
    severity="error",
    needs=("inputs",),
    fires_on=_all_the_same,
    silent_on=_all_different,
)
def constant_input(case: Case) -> Iterable[Finding]:
    """An input is the same in all rows, or features have no variance.

    What it looks for: inputs of training or validation whose rows do not differ, and features
    that are constant in training but not in validation. It is confirmed where the model has
    no other input and does no better than chance, and harmless where the fit does well. A
    feature that is constant in both splits says nothing and is not named.

    Why it matters: from an input that never changes nothing can be told. It hints at a mistake
    on the way: an array overwritten, a file read again and again, a column lost in a join.
    Weights of a feature that training never moves are still drawn at random when it does move.

    What to do: look at some rows of that input where it is made; leave it out if it is meant
    to be constant.

    References: scikit-learn user guide, "Removing features with low variance".
    """
    for given in case.inputs():
        same = _splits_without_change(case, given)
        if same:
            yield _finding(case, given, same)
        elif (woken := _woken(case, given)) and (case.is_audit or fails_on_validation(case)):
            yield _woken_finding(case, given, woken)


def _splits_without_change(case: Case, given: InputRecord) -> list[Split]:
    sides = [given, *(i for i in case.inputs("validation") if i.name == given.name)]
    return [i.split for i in sides if not i.rows_differ and i.rows >= ENOUGH_ROWS]


def _woken(case: Case, given: InputRecord) -> list[int]:
    """Features that are constant in training and move in validation."""
    held_out = next((i for i in case.inputs("validation") if i.name == given.name), None)
    if held_out is None or len(held_out.feature_std) != given.features:
        return []
    still = (f for f in given.constant_features if 0 <= f < given.features)
    return [f for f in still if held_out.feature_std[f] > 0]


def _finding(case: Case, given: InputRecord, same: list[Split]) -> Finding:
    is_only = len(case.inputs()) == 1
    status, severity = _verdict(case, is_only, same)
    where = "in validation" if "train" not in same else "in all rows"
    lost = lost_skill(case) if "train" in same else lost_on_validation(case)
    return constant_input.finding(
        case,
        severity=severity,
        status=status,
        message=f"input {given.name[:_LONGEST]} is the same {where}",
        observed=Observed(1.0, "distinct rows", n=given.rows),
        expected=Expected(">", 1.0, "rows that are to be told apart differ"),
        size=0.0 if severity == "note" else lost * (1.0 if is_only else 0.5),
        evidence=(
            f"input {given.name} of shape {given.shape}: no difference between "
            f"{count(given.rows)} rows ({', '.join(same)})",
            f"training values {figure(given.low)} to {figure(given.high)}",
            _last_line(status, is_only),
        ),
        help="look at rows where the input is made; leave it out if it is meant to be constant",
        remedies=("repair-or-drop-input",),
        explains=() if severity == "note" else _explained(same, is_only),
    )


def _verdict(case: Case, is_only: bool, same: list[Split]) -> tuple[Status, Severity]:
    came_out = outcome(case)
    in_training = "train" in same
    if is_only and (came_out.is_at_chance or case.is_audit):
        return "confirmed", "error"
    if came_out.is_good:
        return "harmless", "note"
    is_in_trouble = falls_short(case) if in_training else fails_on_validation(case)
    if is_in_trouble or came_out.is_at_chance or case.is_audit:
        return "suspected", "error" if is_only else "warning"
    return "suspected", "note"


def _explained(same: list[Split], is_only: bool) -> tuple[str, ...]:
    pairing = ("DAT208", "DAT209") if is_only else ()
    return (*(OF_LEARNING if "train" in same else OF_GENERALISING), *pairing)


def _last_line(status: Status, is_only: bool) -> str:
    if status == "confirmed":
        return "the model has no other input, and does no better than chance"
    if status == "harmless":
        return "the fit does well all the same"
    other = "" if is_only else ", the other inputs kept"
    return f"what settles it: the same fit with the input repaired{other}"


def _woken_finding(case: Case, given: InputRecord, woken: list[int]) -> Finding:
    listed = ", ".join(map(str, woken[:5]))
    return constant_input.finding(
        case,
        severity="warning",
        status="suspected",
        message=f"{plural(len(woken), 'feature')} never move in training but do in validation",
        observed=Observed(float(len(woken)), "features", n=given.rows),
        expected=Expected("==", 0.0, "what moves in validation moves in training"),
        size=0.5 * lost_on_validation(case),
        evidence=(
            f"input {given.name}: features {listed} (from 0) are constant in "
            f"{count(given.rows)} training rows",
            "their weights are as drawn at the start, or as penalties left them",
            "what settles it: validation scored with those features held constant",
        ),
        help="leave out features that are constant in training, or repair them",
        remedies=("repair-or-drop-input",),
        explains=OF_GENERALISING,
    )
