"""DAT104: the same input with different labels."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_split import picture, scored
from valgap.checks.outcome import GOOD, MATTERS, outcome
from valgap.checks.reference_skill import clipped, own_skill
from valgap.evidence.rows import Neighbours
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, percent

# DESIGN section 6: 1 point of a score is the smallest difference that matters.
ONE_POINT = 0.01
# Where most rows have the input of another class and there are few different inputs at all,
# the inputs were lost on the way, and labels are not to blame.
MOST, FEW_INPUTS = 0.5, 10


def _rows(conflicts: int, ceiling: float) -> Case:
    neighbours = Neighbours(1000, 450, 0.42, 0.41, 0.1, conflicts=conflicts, ceiling=ceiling)
    return example_case(
        measured_rows={"inputs": (picture(),), "neighbours": neighbours},
        measured_model={"predictions": scored(0.86, 0.70)},
    )


def _twice() -> Case:
    return _rows(240, 0.88)


def _once() -> Case:
    return _rows(2, 0.999)


@check(
    code="DAT104",
    name="conflicting-labels",
    family="DAT",
    severity="warning",
    needs=("neighbours",),
    fires_on=_twice,
    silent_on=_once,
)
def conflicting_labels(case: Case) -> Iterable[Finding]:
    """The same input stands in training with different labels.

    What it looks for: training rows of equal input and different target, and the accuracy
    that the best possible model is left with on them. A ceiling that lies less than one
    point below 1 is passed over; where the fit does well all the same it is harmless.

    Why it matters: no model can give one input two answers. Accuracy has a ceiling, and a
    model that is driven towards it learns by heart.

    What to do: look at the pairs and settle their labels, or leave them out; if both labels
    are right, the task has several labels a row.

    References: Northcutt, Athalye and Mueller, Pervasive Label Errors in Test Sets, 2021.
    """
    found = case.rows.neighbours if case.rows else None
    if found is None or found.rows_train <= 0 or not finite(found.ceiling):
        return
    lost = clipped(1 - found.ceiling)
    share = clipped(found.conflicts / found.rows_train)
    if share > MOST and found.groups_across < FEW_INPUTS:
        return
    if lost < ONE_POINT or not all(i.rows_differ for i in case.inputs()):
        return
    # A model that reaches its ceiling does what can be done; the ceiling is the fault.
    skill = outcome(case).validation
    is_good = skill is not None and skill.value >= GOOD
    status: Status = "harmless" if is_good else "confirmed"
    severity: Severity = "warning" if lost >= MATTERS and not is_good else "note"
    yield conflicting_labels.finding(
        case,
        severity=severity,
        status=status,
        message=f"{count(found.conflicts)} of {count(found.rows_train)} training rows have "
        "the input of another label",
        observed=Observed(lost, "accuracy out of reach", n=found.rows_train),
        expected=Expected("<", ONE_POINT, "1 point of a score, DESIGN section 6"),
        size=_size(case, lost),
        scope=Scope(rows=found.conflicts),
        evidence=(
            f"{percent(share)} of {count(found.rows_train)} training rows",
            f"no model can be right on more than {percent(clipped(found.ceiling))} of them",
        ),
        help="settle the labels of the rows with equal inputs, or leave them out",
        remedies=("drop-conflicting-rows",),
        explains=("DAT101", "DAT102", "DAT205", "DAT207", "CUR102", "CUR104"),
    )


def _size(case: Case, lost: float) -> float:
    """The share of what validation lacks that the ceiling takes."""
    own = own_skill(case, "validation")
    return lost if own is None else clipped(lost / max(1 - own.value, MATTERS))
