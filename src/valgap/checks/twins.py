"""Rows that have a near twin in the other split, and what keeping them together does."""

from __future__ import annotations

from valgap.case import Case
from valgap.checks.counterfactual import difference, experiment, times
from valgap.checks.outcome import MATTERS
from valgap.checks.reference_skill import clipped, is_below, skill, values_a_row
from valgap.evidence.account import Estimate
from valgap.evidence.rows import GivenGroups, Neighbours
from valgap.finding import Experiment

# In so few dimensions rows lie near each other by density alone: Beyer et al., When Is
# "Nearest Neighbor" Meaningful?, 1999, see distances lose their contrast from 10 to 15 on.
FEW_VALUES = 10
# A class of fewer groups leaves none to learn from where some are held out.
FEW_GROUPS = 5
# Of twenty rows three wrong ones would show as 15 points.
ENOUGH_WITHOUT = 20


def given_groups(case: Case) -> GivenGroups | None:
    """Gives back what is known of groups that the user has told of, or None."""
    found = case.rows.neighbours if case.rows else None
    return found.given if found else None


def scored_by_given(case: Case) -> bool:
    """Tells whether the groups that references keep together are those that were given."""
    given = given_groups(case)
    if given is None:
        return False
    return (given.train if given.fewest is None else given.fewest) >= FEW_GROUPS


def near_twin_share(case: Case) -> float | None:
    """Gives back the share of validation rows with a near twin in training, or None.

    Copies bit for bit are left out, as DAT101 speaks of them; and None is given where rows
    hold so few numbers that they are near each other anyway.
    """
    found = case.rows.neighbours if case.rows else None
    if found is None or found.rows_validation <= 0 or found.rows_train <= 1:
        return None
    values = values_a_row(case)
    if values is not None and values < FEW_VALUES:
        return None
    return clipped(found.twins / found.rows_validation - copied_share(case))


def copied_share(case: Case) -> float:
    """Gives back the share of validation rows that stand in training bit for bit."""
    found = case.ledger.shared_rows if case.ledger else None
    if found is None or found.searched_validation <= 0:
        return 0.0
    return clipped(found.shared / found.searched_validation)


def grouped(case: Case) -> tuple[Estimate, Estimate] | None:
    """Gives back the skill of a reference inside training: rows split singly, and by group."""
    found = case.rows.references if case.rows else None
    if found is None:
        return None
    singly = skill(found.within_train, found)
    together = skill(found.within_train_grouped, found)
    return (singly, together) if singly is not None and together is not None else None


def is_lower_by_group(case: Case) -> bool | None:
    """Tells whether a split by group scores clearly less than one by row; None: not known.

    Where the own model does as well on validation rows without a twin, twins flatter nothing:
    rows of few degrees of freedom lie near each other by density, and a reference by neighbours
    loses by any thinning of them. Of groups that were given that says nothing; a reference that
    knows nothing of the task does as badly either way; and a loss that matters, but may be
    chance, leaves it open.
    """
    is_given = scored_by_given(case)
    if not is_given and does_as_well_without_twins(case):
        return False
    scores = grouped(case)
    if scores is None:
        return None
    singly, together = scores
    if is_given and (singly.low is None or singly.low < MATTERS):
        return None
    if singly.value - together.value < MATTERS:
        return False
    if is_below(together, singly):
        return True
    return None if is_given else False


def does_as_well_without_twins(case: Case) -> bool:
    """Tells whether a score of enough validation rows without a twin is that of those with one."""
    found = case.rows.neighbours if case.rows else None
    if found is None:
        return False
    scores = scores_apart(case, found)
    return bool(scores) and all(
        (found.without[m].n or 0) >= ENOUGH_WITHOUT
        and found.with_twin[m].value - found.without[m].value < MATTERS
        for m in scores
    )


def scores_apart(case: Case, found: Neighbours) -> list[str]:
    """Gives back the own model's scores that are known of rows with a near twin and without."""
    return [m for m in found.without if m in found.with_twin and case.higher_is_better(m)]


def twins_left_out(found: Neighbours, metric: str) -> Experiment | None:
    """Gives back a figure of all validation rows against that without rows that have a twin."""
    apart, rest = found.with_twin.get(metric), found.without.get(metric)
    if apart is None or rest is None or not apart.n or not rest.n:
        return None
    # All rows are a mixture of both kinds, so the rest lies that share of their difference off.
    share = apart.n / (apart.n + rest.n)
    return experiment(
        times(difference(apart, rest, same_rows=False), share),
        name="twins-left-out",
        varied=f"validation rows with a near twin in training, in val_{metric}",
        held="weights and other rows",
    )


def groups_held_out(case: Case) -> Experiment | None:
    """Gives back a reference's skill with rows split singly against that with groups whole."""
    scores = grouped(case)
    return scores and experiment(
        difference(*scores, same_rows=True),
        name="groups-held-out",
        varied="folds that split groups or keep them whole, in skill",
        held="reference and rows",
    )


def grouped_lines(case: Case) -> list[str]:
    """Gives back what a split by group does to a cheap reference, as a line of evidence."""
    scores = grouped(case)
    if scores is None:
        return []
    singly, together = (f"{s.value:.2f}"[:8] for s in scores)
    return [f"skill of a cheap reference: {singly} with rows split singly, {together} by group"]
