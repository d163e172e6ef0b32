"""DAT103: groups of rows that go together stand on both sides of the split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_split import estimate, picture, referred
from valgap.checks.outcome import MATTERS
from valgap.checks.reference_skill import clipped, own_skill
from valgap.checks.twins import (
    FEW_GROUPS,
    does_as_well_without_twins,
    grouped,
    grouped_lines,
    groups_held_out,
    is_lower_by_group,
    near_twin_share,
    scored_by_given,
    scores_apart,
    twins_left_out,
)
from valgap.evidence.rows import GivenGroups, Neighbours
from valgap.finding import Expected, Experiment, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import count, percent, plural

# Two groups across are the fewest that a split by row must have made.
LEAST_GROUPS = 2
# Groups that hold fewer of the rows than this cannot carry a score.
LEAST_SHARE = 0.2
# Without a score by group, chains must hold most of validation to be worth a word.
MOST = 0.5


def _frames(groups: int, twins: int, by_group: float) -> Case:
    neighbours = Neighbours(
        rows_train=1000,
        rows_validation=450,
        train_to_train=0.05,
        validation_to_train=0.06,
        twin_distance=0.1,
        twins=twins,
        largest_group=120,
        groups_across=groups,
    )
    references = referred(
        (0.95, 0.93), 0.95, (0.99, 0.95), classes=3, within_train_grouped=estimate(by_group, 1000)
    )
    measured: Mapping[str, Any] = {
        "inputs": (picture(side=64),),
        "neighbours": neighbours,
        "references": references,
    }
    return example_case(measured_rows=measured)


def _across() -> Case:
    return _frames(12, 430, 0.48)


def _kept_together() -> Case:
    return _frames(0, 2, 0.48)


@check(
    code="DAT103",
    name="groups-split-across",
    family="DAT",
    severity="warning",
    needs=("validation", "neighbours"),
    fires_on=_across,
    silent_on=_kept_together,
)
def groups_split_across(case: Case) -> Iterable[Finding]:
    """Rows that go together, as frames of a clip do, stand on both sides of the split.

    What it looks for: groups that were given, or chains of three or more near twins, with rows
    in training and in validation, and the skill of a cheap reference inside training when
    whole groups are held out instead of rows. Where that changes less than 5 points it is
    harmless.

    Why it matters: a model recognises the clip, the subject or the recording, and the figure
    says nothing of a new one.

    What to do: split by group, as with `GroupKFold` or `GroupShuffleSplit`; frames of one
    clip by blocks with a gap between.

    References: Saeb et al., The Need to Approximate the Use-Case in Clinical Machine
    Learning, 2017; Kapoor and Narayanan, Leakage and the Reproducibility Crisis, 2023.
    """
    found = case.rows.neighbours if case.rows else None
    across = None if found is None else _across_of(case, found)
    if found is None or across is None or across.groups < LEAST_GROUPS:
        return
    share = across.share
    is_lower = is_lower_by_group(case) if across.are_scored else None
    if share < (MOST if is_lower is None else LEAST_SHARE):
        return
    status = _status(is_lower)
    yield groups_split_across.finding(
        case,
        severity="note" if status == "harmless" else "warning",
        status=status,
        message=f"{plural(across.groups, 'group')} {across.what} stand in training and in "
        "validation",
        observed=Observed(float(across.groups), "groups", n=found.rows_validation),
        expected=Expected("<", float(LEAST_GROUPS), "no group stands on both sides"),
        size=_open_size(case, share) if is_lower is None else _size(case, share),
        scope=Scope(rows=across.rows),
        experiment=None if is_lower is None else _experiment(case, found),
        evidence=(
            across.evidence,
            *(grouped_lines(case) if across.are_scored else []),
            *(["a fit on a split by group settles it"] if is_lower is None else []),
        ),
        help="split by group: GroupKFold, or blocks of a clip with a gap between",
        remedies=("split-by-group",),
        explains=("DAT102", "DAT206"),
    )


@dataclass(frozen=True, slots=True)
class _OfBoth:
    """Groups with rows in both splits, and validation rows that are of such.

    `are_scored` says whether these are the groups that references keep together.
    """

    groups: int
    rows: int
    share: float
    what: str
    evidence: str
    are_scored: bool = True


def _across_of(case: Case, found: Neighbours) -> _OfBoth | None:
    """By the groups that were given, else by chains of near twins."""
    if (given := found.given) is not None:
        share = clipped(given.rows_across / max(1, given.rows_validation))
        told = f"{percent(share)} of {count(given.rows_validation)} validation rows are of a group"
        are_scored = scored_by_given(case)
        return _OfBoth(
            given.across,
            given.rows_across,
            share,
            f"of {given.source}" if given.source else "that were told of",
            f"{told} that training knows; training has {plural(given.train, 'group')}"
            f"{'' if are_scored else _not_estimable(given)}",
            are_scored,
        )
    share_of_twins = near_twin_share(case)
    if share_of_twins is None:
        return None
    told = f"{percent(share_of_twins)} of {count(found.rows_validation)} validation rows have a "
    return _OfBoth(
        found.groups_across,
        found.twins,
        share_of_twins,
        "of near-alike rows",
        f"{told}near twin in training; the largest group has {plural(found.largest_group, 'row')}",
    )


def _not_estimable(given: GivenGroups) -> str:
    few = "there are" if given.fewest is None else "a class has"
    return f"; a score by group is not estimable, as {few} fewer than {FEW_GROUPS}"


def _status(is_lower: bool | None) -> Status:
    if is_lower is None:
        return "suspected"
    return "confirmed" if is_lower else "harmless"


def _experiment(case: Case, found: Neighbours) -> Experiment | None:
    """What the verdict rests on: twins that lift no score of the own model, else groups whole."""
    if found.given is None and does_as_well_without_twins(case):
        return twins_left_out(found, scores_apart(case, found)[0])
    return groups_held_out(case)


def _size(case: Case, share: float) -> float:
    """The share of the skill seen that a split by group takes away."""
    scores = grouped(case)
    if scores is None:
        return share
    singly, together = scores
    return clipped((singly.value - together.value) / max(singly.value, MATTERS))


def _open_size(case: Case, share: float) -> float:
    """Half of the own skill on rows of such groups: how much of it they carry nothing tells."""
    own = own_skill(case, "validation")
    return 0.5 * share * clipped(1.0 if own is None else own.value)
