"""DAT308: training targets without any variance."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.heads_and_targets import KERAS_LOSSES, pairs
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, percent

# Twenty rows drawn from two classes of which one makes up a sixth are all alike in 1 of 40 draws.
ENOUGH_ROWS = 20
_LONGEST = 20


def _labels(counts: dict[str, int]) -> Case:
    rows = sum(counts.values())
    share = counts.get("1", 0) / rows
    target = TargetRecord(
        "train", "output", "classes", (), "int64", rows, 0.0, 1.0 if share else 0.0, share,
        (share * (1 - share)) ** 0.5, len(counts), True, counts,
    )  # fmt: skip
    head = HeadRecord(
        "output", "dense_4", (1,), "sigmoid", "binary_crossentropy", False, "binary", ()
    )
    return example_case(
        measured_rows={"targets": (target,)},
        measured_model={"heads": (head,)},
    )


def _one_class_only() -> Case:
    return _labels({"0": 1000})


def _two_classes() -> Case:
    return _labels({"0": 940, "1": 60})


@check(
    code="DAT308",
    name="constant-target",
    family="DAT",
    severity="error",
    needs=("targets", "heads"),
    audits=("targets",),
    fires_on=_one_class_only,
    silent_on=_two_classes,
)
def constant_target(case: Case) -> Iterable[Finding]:
    """All training rows have the same target.

    What it looks for: training targets with one distinct value, under one of Keras' own losses.
    Targets of a loss of the user's own are left out, since those may stand for form's sake. In an
    audit no loss is known, and any constant target is told.

    Why it matters: there is nothing to be learned. The loss falls to 0 and accuracy reads
    100 % whatever the inputs are, and any other target in validation is missed.

    What to do: look at how targets are made: a comparison that is never true, the wrong
    column, a slice of rows sorted by class, a folder that holds one class.

    References: Keras documentation, Losses.
    """
    if case.is_audit:
        yield from (_finding(case, target) for target in case.targets() if _is_constant(target))
    for pair in pairs(case):
        if pair.head.loss in KERAS_LOSSES and _is_constant(pair.target):
            yield _finding(case, pair.target)


def _is_constant(target: TargetRecord) -> bool:
    return target.distinct == 1 and target.rows >= ENOUGH_ROWS and not target.non_finite


def _finding(case: Case, target: TargetRecord) -> Finding:
    name, total = target.name[:_LONGEST], case.fit.train.rows
    read = f"{count(target.rows)} rows read"
    share = f", {percent(target.rows / total)} of them all" if total else ""
    value = next(iter(target.counts), None)
    told = f"class {value}" if value is not None else figure(target.mean)
    return constant_target.finding(
        case,
        status="confirmed",
        message=f"target {name} is the same in all {count(target.rows)} training rows",
        observed=Observed(1.0, "distinct targets", n=target.rows),
        expected=Expected(">", 1.0, "what is to be learned varies"),
        size=1.0,
        evidence=(f"target {target.name} is {told} throughout ({read}{share})",),
        help="look at how targets are made: the column, the comparison, the slice, the folder",
        remedies=("repair-targets",),
        explains=(
            "CUR102", "CUR104", "CUR105", "CUR106", "CUR107", "DAT202", "DAT203", "DAT208",
            "EVL102", "EVL107", "EVL109",
        ),
    )  # fmt: skip
