"""How trials are shared out among the phases."""

from __future__ import annotations

import math
from dataclasses import dataclass

from valgap.errors import UsageError
from valgap.experiments.verdict import pairs_needed
from valgap.treatment.noise import units_of_noise
from valgap.treatment.plan import Plan, Scope

# Units that an arm races on. With fewer a Student interval tells nothing.
LEAST_UNITS, MOST_UNITS = 4, 12
FINAL_SEEDS = 3
# The last look at the patient, at the treated, and the treated on all rows, which is given back.
SIDES = 3
# A study of fewer trials looks at the last rows with one seed, and gives back no ensemble.
SMALL = 36
# More than half to find, the rest to make sure.
TO_RACE = 0.55
# Of a study that nobody gave a budget.
DEFAULT_SECONDS = 1200.0
# One remedy in so many has a placebo beside it, two at most.
REMEDIES_A_PLACEBO, MOST_PLACEBOS = 5, 2


@dataclass(frozen=True, slots=True)
class Budget:
    """Trials, or seconds; one of the two. Only with trials is a study the same every time.

    Raises:
        UsageError: If both are given or none.
    """

    trials: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if (self.trials is None) == (self.seconds is None):
            raise UsageError("budget: expected trials or seconds, one of the two; as trials=200")


def budget_of(trials: int | None, seconds: float | None) -> Budget:
    """Gives back the budget that was asked for, 20 minutes if none was.

    Raises:
        UsageError: If both are given.
    """
    if trials is None and seconds is None:
        seconds = DEFAULT_SECONDS
    return Budget(trials, seconds)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a selection can afford: so many remedies and placebos on so many units each.

    `seeds` is how many fits of a side the last look has, `reserved` what it takes in all.
    """

    remedies: int
    placebos: int
    units: int
    seeds: int
    reserved: int


def least_trials(scope: Scope) -> int:
    """Gives back the fewest trials that one remedy can be judged with."""
    return units_of_noise(len(scope.race)) + 2 * LEAST_UNITS + 2 * pairs_needed(1) + SIDES


def trials_for(scope: Scope, remedies: int) -> int:
    """Gives back how many trials race so many remedies beside placebos, and confirm one."""
    placebos = min(MOST_PLACEBOS, max(1, remedies // REMEDIES_A_PLACEBO))
    race = math.ceil(max((remedies + placebos) * LEAST_UNITS, 2 * pairs_needed(1)) / TO_RACE)
    return units_of_noise(len(scope.race)) + race + SIDES * FINAL_SEEDS


def checked(budget: Budget, plan: Plan) -> None:
    """Says before anything is trained that trials are too few.

    Raises:
        UsageError: If they are.
    """
    if budget.trials is None:
        return
    least = sum(least_trials(scope) for scope in (plan.main, *plan.outer))
    if budget.trials < least:
        why = f", as {plan.rows} rows take nested cross-validation" if plan.outer else ""
        raise UsageError(
            f"trials: expected {least} or more to judge one remedy{why}, received {budget.trials}"
        )


def reserved_for(plan: Plan, left: int) -> tuple[int, int]:
    """Gives back the seeds of the last look, and the trials that it takes.

    Each outer fold has one fit of patient and treated, and nothing is given back of it.
    """
    if plan.kind == "nested":
        return 1, 2
    seeds = FINAL_SEEDS if left >= SMALL else 1
    return seeds, SIDES * seeds


def allotted(left: int, remedies: int, plan: Plan) -> Allowance:
    """Gives back what to race, after the noise of the patient was measured.

    Fewer remedies on enough units, those of least priority left out, rather than all on too few
    to say anything.

    Args:
        left: trials.
        remedies: how many there are.
        plan: whether rows are locked.
    """
    seeds, reserved = reserved_for(plan, left)
    rest = left - reserved
    race = min(int(TO_RACE * rest), rest - 2 * pairs_needed(1))
    race = max(race, 2 * LEAST_UNITS)
    arms = race // LEAST_UNITS
    placebos = min(MOST_PLACEBOS, max(1, remedies // REMEDIES_A_PLACEBO), max(1, arms // 4))
    entered = max(1, min(remedies, arms - placebos))
    units = min(MOST_UNITS, max(LEAST_UNITS, race // (entered + placebos)))
    return Allowance(entered, placebos, units, seeds, reserved)
