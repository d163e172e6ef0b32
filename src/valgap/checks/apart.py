"""Whether rows of the two splits come from different sources: DAT204 and DAT303."""

from __future__ import annotations

from valgap.case import Case, finite
from valgap.checks.outcome import MATTERS
from valgap.checks.split_scales import differing_scales
from valgap.checks.twins import given_groups
from valgap.evidence.account import Estimate
from valgap.evidence.rows import Drift
from valgap.wording import figure

# Chance is .5; the random splits of real tables stay below .6 with their whole interval.
APART = 0.6
# Rows next to each other that are this much nearer than random ones belong together: splits by
# group or by time are then told apart by their groups, which is what such a split is for.
GO_TOGETHER = 0.5
# One feature whose mean lies half a spread off is worth naming.
MOVED = 0.5


def told_apart(case: Case) -> Estimate | None:
    """Gives back the area under ROC of a classifier that tells the splits apart.

    None where it does not, or where a difference of scale (DAT302) explains it.
    """
    auc = case.rows.drift.auc if case.rows and case.rows.drift else None
    if auc is None or not (finite(auc.value) and finite(auc.low) and auc.low > APART):
        return None
    return None if differing_scales(case) else auc


def rows_go_together(case: Case) -> bool:
    """Tells rows that stand in their order by group or time: neighbours are much alike."""
    near = case.rows.neighbours if case.rows else None
    return near is not None and finite(near.lag_similarity) and near.lag_similarity >= GO_TOGETHER


def keeps_given_groups_whole(case: Case) -> bool:
    """Tells a split that keeps groups whole which are known: it is told apart by its groups."""
    given = given_groups(case)
    return given is not None and not given.across


def reference_loses_too(case: Case) -> bool:
    """Tells whether a cheap reference does clearly better inside each split than across them."""
    found = case.rows.references if case.rows else None
    if found is None or found.within_train is None or found.within_validation is None:
        return False
    across = max(found.scores.values(), key=lambda e: e.value, default=None)
    lows = [found.within_train.low, found.within_validation.low]
    inside = [low for low in lows if finite(low)]
    if across is None or len(inside) < 2:
        return False
    top = across.high if finite(across.high) else across.value
    return min(inside) > top and min(inside) > across.value + MATTERS


def moved_feature(drift: Drift | None) -> str | None:
    """Gives back the feature whose mean differs most between the splits, in words."""
    if drift is None or not finite(drift.single_mean_shift) or not drift.single_feature:
        return None
    if abs(drift.single_mean_shift) < MOVED:
        return None
    return f"{drift.single_feature[:16]} lies {figure(abs(drift.single_mean_shift), 1)} spreads off"


def reference_lines(case: Case) -> list[str]:
    """Gives back the sentence that says what a reference loses between the splits."""
    found = case.rows.references if case.rows else None
    best = max((e.value for e in found.scores.values()), default=None) if found else None
    if found is None or best is None or found.within_train is None:
        return []
    inside = found.within_validation
    other = f", inside validation {figure(inside.value)}" if inside else ""
    return [
        f"a cheap reference: {found.measure} inside training {figure(found.within_train.value)}"
        f"{other}, from training to validation {figure(best)}"
    ]
