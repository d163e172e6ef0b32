"""What all phases of one selection have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from valgap.treatment.intervals import Share
from valgap.treatment.jobs import Answers, Floats, Job, Phase
from valgap.treatment.metrics import Metric
from valgap.treatment.plan import Plan, Scope
from valgap.treatment.table import Table

# An arm whose name begins so does nothing: the engine makes the patient's fit with random numbers
# that are drawn from the name, too. With those of the patient it would differ by nothing. One with
# a number behind it is no remedy at all.
PLACEBO = "placebo"
PLACEBOS = tuple(f"{PLACEBO}-{i}" for i in (1, 2))


@dataclass(frozen=True, slots=True)
class Setting:
    """A scope of a plan, the rows, and the figure.

    `order` is the remedies by priority, `placebos` what does nothing and races beside them.
    """

    plan: Plan
    scope: Scope
    metric: Metric
    table: Table
    order: tuple[str, ...]
    placebos: tuple[str, ...] = PLACEBOS

    @property
    def racing(self) -> Share:
        """How the folds of the race share rows."""
        return Share(self.scope.ratio, len(self.scope.race))

    @property
    def fresh(self) -> Share:
        """How the folds of the confirmation share rows."""
        return Share(self.scope.ratio, len(self.scope.fresh))

    def jobs(self, arms: tuple[str, ...], phase: Phase, units: Iterable[int]) -> list[Job]:
        """Gives back the jobs of some arms on units, in their order.

        Arms stand in the order of priority, whatever the order they were chosen in: the same
        training is one job.
        """
        folds = self.scope.fresh if phase == "confirm" else self.scope.race
        return [self.plan.job(self.ordered(arms), folds, phase, unit) for unit in units]

    def ordered(self, arms: tuple[str, ...]) -> tuple[str, ...]:
        """Gives back the arms in the order of priority."""
        return tuple(sorted(arms, key=self._rank))

    def _rank(self, arm: str) -> tuple[int, str]:
        return (self.order.index(arm) if arm in self.order else len(self.order), arm)

    def scores(self, jobs: Iterable[Job], answers: Answers) -> Floats:
        """Gives back the scores of jobs as more is better, shape (jobs,); NaN where none is."""
        found = (answers.get(job) for job in jobs)
        return np.array(
            [
                self.metric.better(r.score) if r is not None and r.is_sound and r.score is not None
                else np.nan
                for r in found
            ],
            dtype=np.float64,
        )  # fmt: skip

    def differences(self, arm: Iterable[Job], other: Iterable[Job], answers: Answers) -> Floats:
        """Gives back arm - other on the units that both came to an end on, more is better."""
        made = self.scores(arm, answers) - self.scores(other, answers)
        return made[~np.isnan(made)]


def error_of(jobs: Iterable[Job], answers: Answers) -> str | None:
    """Gives back how the first of the jobs that failed did."""
    for job in jobs:
        result = answers.get(job)
        if result is not None and not result.is_sound:
            return result.error or "no score that is a number"
    return None
