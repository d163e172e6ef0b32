"""A study: the selection, then the one look, within a budget."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeVar

from valgap.treatment.assembling import assembled
from valgap.treatment.budget import Budget, checked, trials_for
from valgap.treatment.desk import Desk
from valgap.treatment.events import Chosen, Ended, Event, PhaseBegan, Tried
from valgap.treatment.final import Look, first_asked, last_jobs, looked
from valgap.treatment.jobs import Engine, Memory, Steps, Store
from valgap.treatment.metrics import Metric
from valgap.treatment.nested import Outer, judged_outside, pooled
from valgap.treatment.noise import NoPatientError
from valgap.treatment.plan import Plan, Scope
from valgap.treatment.refit import MEMBERS, fitted_on_all, given_back
from valgap.treatment.selection import Selection, selected
from valgap.treatment.setting import PLACEBOS, Setting
from valgap.treatment.sharing import main_share, outer_share
from valgap.treatment.table import Table
from valgap.treatment.tuning import MakeTuner

T = TypeVar("T")
# Of remedies that a study should have time for, where findings are right those first in order.
MORE = 12
Telling = Generator[Event, None, T]


@dataclass(slots=True)
class Study:
    """Finds what helps, and says by how much.

    With `Budget(trials=...)` and one seed of the plan it comes to the same, whatever the order
    in which results arrive, and whether it was stopped and taken up again with the same store.

    Attributes:
        plan: the rows, as `locking.planned` gives them.
        remedies: names, those first that findings ask for; the order also says which are left
            out where the budget is too small for all.
        metric: to go by.
        table: targets and groups of all rows.
        engine: makes the trials.
        budget: trials or seconds.
        store: keeps them.
        clock: seconds, as `until` of the engine counts them.
        placebos: names of arms that do nothing, two or more.
        tuner: makes what proposes settings of the plain baseline, anew for each selection.
    """

    plan: Plan
    remedies: Sequence[str]
    metric: Metric
    table: Table
    engine: Engine
    budget: Budget
    store: Store = field(default_factory=Memory)
    clock: Callable[[], float] = time.monotonic
    placebos: Sequence[str] = PLACEBOS
    tuner: MakeTuner | None = None

    def run(self) -> Telling[None]:
        """Yields what happens; the last event is `Ended`, with the treatment.

        Raises:
            UsageError: If the budget is too small for anything, or the patient cannot be trained.
        """
        checked(self.budget, self.plan)
        desk = Desk(self.engine, self.store, self.budget, self.clock)
        end, until = main_share(desk, self.plan)
        setting = self._setting(self.plan.main)
        found = yield from self._driven(desk, selected(setting, end, self.tuner), until, 0)
        yield Chosen(0, found)
        if self.plan.kind == "locked":
            look: Look | None = yield from self._looked(desk, setting, found)
        else:
            look = yield from self._outside(desk, setting, found.treated)
        made = assembled(setting, found, look, desk.answers, self._looks(setting, found))
        notes = (*made.notes, *self._left_out(desk, found), *self._shorter(desk, look))
        given = given_back(setting, found.treated, look, desk.answers)
        yield Ended(
            replace(
                made,
                notes=notes,
                model_rows=given.model_rows,
                ensemble_rows=given.ensemble_rows,
                ensemble_members=given.members,
            )
        )

    def _looked(self, desk: Desk, setting: Setting, found: Selection) -> Telling[Look]:
        """The last look: its first seed is made even if time is over, as all else is for it."""
        yield from self._driven(desk, first_asked(setting, found.treated), None, 0)
        if found.treated:
            yield from self._driven(desk, fitted_on_all(setting, found.treated), None, 0)
        every = looked(setting, found.treated, found.seeds, desk.answers)
        look = yield from self._driven(desk, every, desk.deadline(1), 0)
        yield from self._together(desk, setting, found.treated)
        return look

    def _together(self, desk: Desk, setting: Setting, treated: tuple[str, ...]) -> Telling[None]:
        """What is left of the budget trains the ensemble, where models are kept."""
        last = (r for r in desk.answers.values() if r.job.phase == "final")
        if not any(r.predictions for r in last):
            return
        every = fitted_on_all(setting, treated, MEMBERS)
        yield from self._driven(desk, every, desk.deadline(1), 0)

    def _left_out(self, desk: Desk, found: Selection) -> tuple[str, ...]:
        """How much longer it would take to try more; of a budget in trials that is plain."""
        if not found.untried or self.budget.seconds is None or self.plan.outer:
            return ()
        raced = sum(not standing.is_placebo for standing in found.race.standings)
        wanted = min(MORE, raced + len(found.untried))
        trials = trials_for(self.plan.main, wanted)
        minutes = math.ceil(trials * desk.rate / 60)
        return (
            f"{len(found.untried)} remedies were not tried, as a trial takes {desk.rate:.1f} s: "
            f"to race {wanted} takes some {trials} trials, {minutes} minutes here",
        )

    def _shorter(self, desk: Desk, look: Look | None) -> tuple[str, ...]:
        """Outer searches that had less time than the one whose model they stand for."""
        if not self.plan.outer or self.budget.seconds is None or look is None or not look.treated:
            return ()
        judging = look.treated.reported.units
        main = {*self.plan.main.race, *self.plan.main.fresh, self.plan.whole}
        searched = sum(job.fold in main and job.phase != "final" for job in desk.answers)
        each = sum(job.fold not in main for job in desk.answers) // judging
        return (
            f"{judging} of {len(self.plan.outer)} outer folds judge, by searches of some {each} "
            f"trials each; the model's had {searched}, so that the figure is rather too low; "
            "with --trials all of them search alike",
        )

    def _outside(self, desk: Desk, main: Setting, treated: tuple[str, ...]) -> Telling[Look | None]:
        """The model of all rows, then the whole selection again in each outer fold."""
        model = yield from self._driven(desk, fitted_on_all(main, treated), desk.deadline(1), 0)
        made: list[Outer] = []
        for i, scope in enumerate(self.plan.outer):
            outer = yield from self._outer(desk, scope, i)
            made += [] if outer is None else [outer]
        yield from self._together(desk, main, treated)
        return pooled(main, made, model) if made else None

    def _outer(self, desk: Desk, scope: Scope, number: int) -> Telling[Outer | None]:
        """One outer fold; None where there was no time for it, or no fit came to an end."""
        shared = outer_share(desk, self.plan, number)
        if shared is None:
            return None
        setting, (left, until) = self._setting(scope), shared
        choosing = selected(setting, left, self.tuner)
        try:
            found = yield from self._driven(desk, choosing, until, number + 1)
        except NoPatientError:
            return None
        yield Chosen(number + 1, found)
        steps = judged_outside(setting, found.treated, desk.answers)
        # Made even if its time is over, as all that came before is for it.
        return (yield from self._driven(desk, steps, None, number + 1))

    def _looks(self, setting: Setting, found: Selection) -> int:
        """Treatments that the locked rows have judged, now or under an earlier command.

        Those that this study considered are looked for; a store cannot be listed.
        """
        if setting.scope.final is None:
            return 0
        considered = {(name,) for name in setting.order} | {c.arms for c in found.claims}
        considered |= set(found.unconfirmed)
        jobs = (last_jobs(setting, arms, 1)[0] for arms in sorted(considered))
        return max(1, sum(self.store.get(job) is not None for job in jobs))

    def _setting(self, scope: Scope) -> Setting:
        names = tuple(self.remedies), tuple(self.placebos)
        return Setting(self.plan, scope, self.metric, self.table, *names)

    def _driven(self, desk: Desk, steps: Steps[T], until: float | None, scope: int) -> Telling[T]:
        """Answers the jobs that a phase asks for until it comes to its end."""
        try:
            jobs = next(steps)
            while True:
                for phase, part in groupby(jobs, key=lambda job: job.phase):
                    yield PhaseBegan(phase, scope, len(list(part)))
                for result, is_kept in desk.asked(jobs, until):
                    yield Tried(result, is_kept)
                jobs = steps.send(desk.answers)
        except StopIteration as stopped:
            found: T = stopped.value
            return found
