"""DAT105: far fewer independent rows than there are rows."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_split import picture, scored
from valgap.checks.outcome import outcome
from valgap.checks.reference_skill import clipped, lost_share
from valgap.checks.twins import grouped_lines, groups_held_out, is_lower_by_group, near_twin_share
from valgap.evidence.rows import GivenGroups, Neighbours
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, figure, percent, plural

# The name is deserved where at most a quarter of the rows is left ...
QUARTER = 0.25
# ... and neighbours are nearer to equal than to unrelated.
HALF = 0.5
# Copies whatever their order: validation rows lie three times as far from training as training
# rows from each other, and most of these have a near twin or lie half as far apart as
# validation rows do (random splits of five data sets of scikit-learn: .82 to 1.28).
MOST, THREE_TIMES, CLOSER = 0.5, 3.0, 0.5
# From here on twins in the other split carry a score.
LEAST_TWINS = 0.2
# Tests of two splits against each other count rows as if each told something of its own.
EXPLAINS = (
    *("DAT203", "DAT206", "DAT303", "CUR101", "CUR105", "EVL105", "EVL109", "FIT113", "MOD105"),
)


def _frames(similarity: float, effective: float) -> Case:
    neighbours = Neighbours(
        1000, 450, 0.3, 0.4, 0.1, lag_similarity=similarity, effective_rows=effective
    )
    return example_case(
        measured_rows={"inputs": (picture(side=64),), "neighbours": neighbours},
        measured_model={"predictions": scored(0.99, 0.72)},
    )


def _of_a_clip() -> Case:
    return _frames(0.93, 40.0)


def _apart() -> Case:
    return _frames(0.02, 960.0)


@check(
    code="DAT105",
    name="correlated-rows",
    family="DAT",
    severity="warning",
    needs=("validation", "neighbours"),
    fires_on=_of_a_clip,
    silent_on=_apart,
)
def correlated_rows(case: Case) -> Iterable[Finding]:
    """Rows next to each other are near copies, so that few of them are independent.

    What it looks for: how much nearer rows in the stored order are to their neighbours than
    to random rows of their class, and how many independent rows that leaves: at most a
    quarter; or, in whatever order, training rows that lie near each other, nearer than as many
    validation rows do, and far from any of those; or that lie nearer to one of their own group,
    where groups were given, than to rows of others. It is said where validation stays behind
    training, or as a note where twins stand on both sides or data are audited; confirmed where a
    cheap reference inside training does worse with whole groups held out than with rows.

    Why it matters: frames of a clip and windows of a recording tell a model little more than
    one of them does; intervals that count rows are too narrow, and a random split leaks.

    What to do: more clips or recordings rather than more rows of each; split by group; thin
    out rows that are near copies.

    References: Kish, Survey Sampling, 1965 (design effect); Roberts et al., Cross-validation
    strategies for data with temporal, spatial, hierarchical structure, 2017.
    """
    found = case.rows.neighbours if case.rows else None
    if found is None:
        return
    came_out = outcome(case)
    stays_behind = came_out.overfits and not came_out.is_good
    if not _is_correlated(found):
        if (stays_behind or case.is_audit) and _are_copies(found):
            yield _of_copies(case, found)
        elif (given := found.given) and _are_near_in_groups(given, found):
            yield _of_groups(given, case, found)
        return
    twins = near_twin_share(case) or 0.0
    if not (stays_behind or case.is_audit) and twins < LEAST_TWINS:
        return
    is_settled = not stays_behind or is_lower_by_group(case) is True
    left = clipped((found.effective_rows or 0.0) / found.rows_train)
    yield correlated_rows.finding(
        case,
        severity="warning" if stays_behind else "note",
        status="confirmed" if is_settled else "suspected",
        message=f"correlated rows: {count(found.rows_train)} rows tell as much as "
        f"{count(round(left * found.rows_train))}",
        observed=Observed(found.effective_rows, "independent rows", n=found.rows_train),
        expected=Expected(">", QUARTER * found.rows_train, "a quarter of the rows"),
        size=0.5 * lost_share(case),
        experiment=groups_held_out(case) if is_settled and stays_behind else None,
        evidence=(
            f"of the way from unrelated to equal, neighbours in the stored order have gone "
            f"{figure(found.lag_similarity, 2)}",
            *grouped_lines(case),
            *([] if is_settled else ["what settles it: a score with whole groups held out"]),
        ),
        help="more clips or recordings, a split by group, near copies thinned out",
        remedies=("split-by-group", "thin-out-rows"),
        explains=EXPLAINS,
    )


def _of_groups(given: GivenGroups, case: Case, found: Neighbours) -> Finding:
    """Rows in any order, most of them nearer to one of their group than other groups come."""
    return correlated_rows.finding(
        case,
        severity="note",
        status="confirmed",
        message=f"correlated rows: {count(found.rows_train)} rows are of "
        f"{plural(given.train, 'group')} of near-alike ones",
        observed=Observed(float(given.train), "groups", n=found.rows_train),
        expected=Expected(">", QUARTER * found.rows_train, "a quarter of the rows"),
        evidence=(
            f"{percent(clipped(found.twins_within_train / found.rows_train))} of training rows "
            "lie nearer to another one than rows of other groups do",
        ),
        help="more clips or recordings, a split by group, near copies thinned out",
        remedies=("split-by-group", "thin-out-rows"),
    )


def _are_near_in_groups(given: GivenGroups, found: Neighbours) -> bool:
    few = given.train <= QUARTER * found.rows_train
    return few and _are_twins(found) and found.twins > LEAST_TWINS * found.rows_validation


def _are_copies(found: Neighbours) -> bool:
    within, across = found.train_to_train, found.validation_to_train
    if not (finite(within) and finite(across)) or found.rows_train <= 1:
        return False
    if across <= THREE_TIMES * within:
        return False
    return _are_twins(found) or (finite(found.spacing) and found.spacing < CLOSER)


def _are_twins(found: Neighbours) -> bool:
    return found.twins_within_train > MOST * found.rows_train


def _of_copies(case: Case, found: Neighbours) -> Finding:
    message, observed, expected = _told_of_twins(found) if _are_twins(found) else _told(found)
    return correlated_rows.finding(
        case,
        status="suspected",
        message=f"correlated rows: {message}",
        observed=observed,
        expected=expected,
        size=lost_share(case),
        scope=Scope(rows=found.twins_within_train) if _are_twins(found) else Scope(),
        evidence=(
            f"nearest training row, in distances of two random rows: "
            f"{figure(found.train_to_train)} from training, "
            f"{figure(found.validation_to_train)} from validation",
            "a fit on one row of each group of twins would settle it",
        ),
        help="more rows of other origin: copies of few rows add nothing to them",
        remedies=("split-by-group", "thin-out-rows"),
        explains=EXPLAINS,
    )


def _told_of_twins(found: Neighbours) -> tuple[str, Observed, Expected]:
    share = clipped(found.twins_within_train / found.rows_train)
    return (
        f"{percent(share)} of {count(found.rows_train)} have a near twin in training",
        Observed(share, "training rows with a near twin", n=found.rows_train),
        Expected("<=", MOST, "rows that were drawn one by one"),
    )


def _told(found: Neighbours) -> tuple[str, Observed, Expected]:
    return (
        f"training rows lie {figure(found.spacing, 2)} as far apart as validation rows",
        Observed(found.spacing, "nearest distances, training over validation", n=found.rows_train),
        Expected(">=", CLOSER, "1 for splits of one source"),
    )


def _is_correlated(found: Neighbours) -> bool:
    similarity, effective = found.lag_similarity, found.effective_rows
    if not finite(similarity) or not finite(effective) or found.rows_train <= 1:
        return False
    return similarity >= HALF and 0 < effective <= QUARTER * found.rows_train
