"""DAT102: rows of validation that have a near twin in training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_split import picture
from valgap.checks.measures import is_score
from valgap.checks.outcome import MATTERS
from valgap.checks.reference_skill import clipped, is_below
from valgap.checks.twins import (
    grouped_lines,
    groups_held_out,
    is_lower_by_group,
    near_twin_share,
    twins_left_out,
)
from valgap.evidence.account import Estimate
from valgap.evidence.rows import Neighbours
from valgap.finding import Expected, Experiment, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, figure, percent

# Below this share twins that are all right cannot lift a score by 5 points.
FEW = 0.05
# A twin for nearly every row leaves nothing to compare with.
NEARLY_ALL = 0.8
# Rows drawn one by one are as near to their own split as to another: copies are not.
MANY, THREE_TIMES = 0.2, 3.0


def _pictures(twins: int, with_twin: float, without: float) -> Case:
    neighbours = Neighbours(
        rows_train=1000,
        rows_validation=450,
        train_to_train=0.42,
        validation_to_train=0.40,
        twin_distance=0.1,
        twins=twins,
        twins_within_train=300,
        with_twin={"accuracy": Estimate(with_twin, with_twin - 0.02, 1.0, twins)},
        without={"accuracy": Estimate(without, without - 0.05, without + 0.05, 450 - twins)},
    )
    measured: Mapping[str, Any] = {"inputs": (picture(),), "neighbours": neighbours}
    return example_case(measured_rows=measured)


def _copied() -> Case:
    return _pictures(160, 0.98, 0.79)


def _hardly_any() -> Case:
    return _pictures(6, 0.98, 0.79)


@check(
    code="DAT102",
    name="near-duplicates-between-splits",
    family="DAT",
    severity="warning",
    needs=("validation", "neighbours"),
    fires_on=_copied,
    silent_on=_hardly_any,
)
def near_duplicates_between_splits(case: Case) -> Iterable[Finding]:
    """Rows of validation have a near twin in training, and score better for it.

    What it looks for: validation rows far nearer to a training row than rows are to each
    other, copies bit for bit left out (DAT101); and the own model's scores on rows with and
    without a twin, at least 5 points apart beyond their intervals. Rows of fewer than ten
    numbers are near each other anyway and are not judged. In an audit of pictures those count
    that show the same once they are laid over one another, and few of them make a note.

    Why it matters: a model can look up a near twin. The figure then says how well training
    rows are remembered, not what new rows will get.

    What to do: keep the rows of one scene, clip or original on one side of the split, or
    take near copies out before it.

    References: Barz and Denzler, Do We Train on Test Data?, 2020; Recht et al., Do ImageNet
    Classifiers Generalize to ImageNet?, 2019.
    """
    found = case.rows.neighbours if case.rows else None
    if found is not None and case.is_audit and found.matched is not None:
        yield from _matched(case, found, found.matched)
        return
    share = near_twin_share(case)
    if found is None or share is None or share < FEW:
        return
    metric = _lifted(case, found)
    is_proven = is_lower_by_group(case) is True
    if metric is None and not (is_proven and share >= NEARLY_ALL) and not _are_copies(found, share):
        return
    yield near_duplicates_between_splits.finding(
        case,
        status="confirmed" if is_proven else "suspected",
        message=f"near duplicates: {percent(share)} of {count(found.rows_validation)} "
        "validation rows have one in training",
        observed=Observed(share, "share of validation rows", n=found.rows_validation),
        expected=Expected("<", FEW, "twins all right lift a score by less than 5 points"),
        size=share,
        scope=Scope(rows=found.twins),
        experiment=_experiment(case, found, metric, is_proven=is_proven),
        evidence=(*_lines(found, metric), *grouped_lines(case), *_open(is_proven)),
        help="keep the rows of one scene, clip or original on one side of the split",
        remedies=("split-by-group", "split-without-duplicates"),
        explains=("DAT206",),
    )


def _matched(case: Case, found: Neighbours, rows: int) -> Iterable[Finding]:
    """Finds pictures that were laid over one another and show the same."""
    share = clipped(rows / max(1, found.matched_of))
    if not rows:
        return
    is_proven = is_lower_by_group(case) is True
    yield near_duplicates_between_splits.finding(
        case,
        severity="warning" if share >= FEW else "note",
        status="confirmed",
        message=f"near duplicates: {count(rows)} of {count(found.matched_of)} validation rows "
        f"show a training row ({percent(share)})",
        observed=Observed(share, "share of validation rows", n=found.matched_of),
        expected=Expected("<", FEW, "twins all right lift a score by less than 5 points"),
        size=share,
        scope=Scope(rows=rows),
        experiment=groups_held_out(case) if is_proven else None,
        evidence=(
            *([f"such as {'; '.join(found.matched_names[:3])}"] if found.matched_names else []),
            *grouped_lines(case),
        ),
        help="keep the rows of one scene, clip or original on one side of the split",
        remedies=("split-by-group", "split-without-duplicates"),
        explains=("DAT206",),
    )


def _are_copies(found: Neighbours, share: float) -> bool:
    """Whether validation rows lie far nearer to training than training rows to each other."""
    across, within = found.validation_to_train, found.train_to_train
    if share < MANY or not (finite(across) and finite(within)):
        return False
    return across * THREE_TIMES < within


def _lifted(case: Case, found: Neighbours) -> str | None:
    """The score that is clearly better on rows with a twin than on the others."""
    scores = (m for m in found.with_twin if m in found.without and _is_better(case, found, m))
    return next(scores, None)


def _is_better(case: Case, found: Neighbours, metric: str) -> bool:
    apart, rest = found.with_twin[metric], found.without[metric]
    if not is_score(case, metric, apart.value, rest.value):
        return False
    return finite(apart.value - rest.value) and (
        apart.value - rest.value >= MATTERS and is_below(rest, apart)
    )


def _experiment(
    case: Case, found: Neighbours, metric: str | None, *, is_proven: bool
) -> Experiment | None:
    """What the verdict rests on: the own model's score, else that of a split by group."""
    if metric is not None:
        return twins_left_out(found, metric)
    return groups_held_out(case) if is_proven else None


def _lines(found: Neighbours, metric: str | None) -> list[str]:
    if metric is None:
        return []
    apart, rest = found.with_twin[metric], found.without[metric]
    share = clipped(found.twins / found.rows_validation)
    lift = share * (apart.value - rest.value)
    return [
        f"val_{metric} {figure(apart.value, 3)} on {count(found.twins)} rows with a near twin, "
        f"{figure(rest.value, 3)} on the others ({figure(rest.low, 3)} to "
        f"{figure(rest.high, 3)})",
        f"on all rows that lifts val_{metric} by {figure(lift, 3)}",
    ]


def _open(is_proven: bool) -> list[str]:
    if is_proven:
        return []
    return ["rows in dense places can be easier too: the score under a split by group settles it"]
