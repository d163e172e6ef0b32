"""How a budget is shared out among the selections of a study.

Of trials each selection has as many. Of time that would be a tenth of ten minutes for the one
whose model is given back, where outer folds judge, and as little for each of them: selections
that race nothing, whose figure is that of the patient. So half is for the model, and as many
outer folds follow as there is time to judge a remedy in. Theirs are shorter searches: the figure
is of those, and told to be.
"""

from __future__ import annotations

from collections.abc import Callable

from valgap.treatment.budget import SMALL, least_trials, reserved_for
from valgap.treatment.desk import ALMOST, Desk
from valgap.treatment.plan import Plan
from valgap.treatment.refit import MEMBERS

# The main selection and all outer ones together.
SIDES = 2


def main_share(desk: Desk, plan: Plan) -> tuple[Callable[[], int], float | None]:
    """Gives back what the main selection may take: trials left to it at any moment, and until when.

    Args:
        desk: with the budget.
        plan: whose outer folds come after it, if there are any.
    """
    scopes = 1 + len(plan.outer)
    if plan.outer and desk.budget.seconds is not None:
        scopes = SIDES
    return _share(desk, plan, scopes)


def outer_share(
    desk: Desk, plan: Plan, number: int
) -> tuple[Callable[[], int], float | None] | None:
    """Gives back what an outer selection may take, as `main_share`.

    None where there is no time for a selection that could find anything.

    Args:
        desk: with the budget.
        plan: the design.
        number: of the outer fold, from 0.
    """
    left, kept = len(plan.outer) - number, _kept(desk, plan, number)
    if desk.budget.seconds is not None:
        left = min(left, _affordable(desk, plan, number, kept))
    if left < 1:
        return None
    return _share(desk, plan, left, kept)


def _kept(desk: Desk, plan: Plan, number: int) -> int:
    """Trials for the ensemble; of a budget in trials the outer folds have first what they need."""
    if desk.budget.trials is None:
        return MEMBERS - 1
    needed = sum(least_trials(scope) for scope in plan.outer[number:])
    return min(MEMBERS - 1, max(0, desk.left(1) - needed))


def _affordable(desk: Desk, plan: Plan, number: int, kept: int) -> int:
    """Outer folds that there is time to find a remedy in."""
    end = desk.deadline(1, kept=kept)
    assert end is not None
    seconds = least_trials(plan.outer[number]) * desk.rate
    return int(max(0.0, end - desk.clock()) / seconds)


def _share(
    desk: Desk, plan: Plan, scopes: int, kept: int = 0
) -> tuple[Callable[[], int], float | None]:
    _, reserved = reserved_for(plan, SMALL)
    before = len(desk.answers)
    until = desk.deadline(scopes, reserved=reserved, kept=kept)
    if desk.budget.trials is not None:
        share = desk.left(scopes, kept=kept)
        return lambda: share - (len(desk.answers) - before), until
    end = desk.deadline(scopes, kept=kept)
    assert end is not None
    return lambda: int(ALMOST * max(0.0, end - desk.clock()) / desk.rate), until
