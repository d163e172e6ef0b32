"""Asks the engine for what is not kept yet, and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from valgap.treatment.budget import Budget
from valgap.treatment.jobs import Engine, Job, Result, Store

ALMOST = 0.9  # of the time that is left is shared out: trials are not all of one length
# Of all trials this share takes less than one of those that are kept back for the last look.
LONGER = 0.9
# The first trainings of new workers wait for Keras to be imported: no later ones do.
TO_BEGIN = 2


@dataclass(slots=True)
class Desk:
    """All results of a study.

    Trials that a store has count like new ones: a study that is taken up again asks for the same
    trials as one that was never stopped.
    """

    engine: Engine
    store: Store
    budget: Budget
    clock: Callable[[], float]
    answers: dict[Job, Result] = field(default_factory=dict)
    _began: float = 0.0
    _new: int = 0
    _spent: float = 0.0
    _of_the_first: float = 0.0

    def __post_init__(self) -> None:
        self._began = self.clock()

    def asked(self, jobs: Sequence[Job], until: float | None) -> Iterator[tuple[Result, bool]]:
        """Yields what comes of jobs not answered yet, and whether it was kept."""
        wanted = [job for job in dict.fromkeys(jobs) if job not in self.answers]
        if self.budget.trials is not None:
            wanted = wanted[: self.budget.trials - len(self.answers)]
        kept = [r for job in wanted if (r := self.store.get(job)) is not None]
        for result in kept:
            self.answers[result.job] = result
            yield result, True
        fresh = [job for job in wanted if job not in self.answers]
        if fresh and not self._is_over(until):
            yield from ((result, False) for result in self._made(fresh, until))

    def _made(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:
        began = self.clock()
        for result in self.engine.run(tuple(jobs), until):
            if result.job in self.answers:  # told twice, as by a machine that was given up
                continue
            self.store.put(result)
            self.answers[result.job] = result
            self._new += 1
            self._spent += max(0.0, self.clock() - began)
            if self._new <= TO_BEGIN:
                self._of_the_first = self._spent
            began = self.clock()
            yield result
            began = self.clock()

    def left(self, scopes: int, *, kept: int = 0) -> int:
        """Gives back how many trials the next of so many selections may take, some kept back."""
        if self.budget.trials is not None:
            return (self.budget.trials - len(self.answers) - kept) // scopes
        return int(ALMOST * self._seconds_left() / scopes / self.rate)

    @property
    def rate(self) -> float:
        """Seconds a trial, side by side as the engine makes them; a tenth where none was made."""
        if self._new > 2 * TO_BEGIN:
            return max(1e-6, (self._spent - self._of_the_first) / (self._new - TO_BEGIN))
        if self._new:
            return max(1e-6, self._spent / self._new)
        taken = [r.seconds for r in self.answers.values()]
        return max(1e-6, sum(taken) / len(taken)) if any(taken) else 0.1

    @property
    def dear(self) -> float:
        """Seconds of one of the longer trials, side by side: what helps often takes longer."""
        taken = [r.seconds for r in self.answers.values() if r.seconds > 0]
        if not taken:
            return self.rate
        longer = sorted(taken)[int(LONGER * (len(taken) - 1))]
        return max(self.rate, self.rate * longer * len(taken) / sum(taken))

    def deadline(self, scopes: int, *, reserved: int = 0, kept: int = 0) -> float | None:
        """Gives back until when the next of so many selections may run, some trials kept back.

        Args:
            scopes: that are yet to run.
            reserved: trials of this one that come after.
            kept: trials that come after all of them.
        """
        if self.budget.seconds is None:
            return None
        shared = max(0.0, self._seconds_left() - kept * self.dear)
        return self.clock() + shared / scopes - reserved * self.dear

    def _seconds_left(self) -> float:
        return max(0.0, self._began + (self.budget.seconds or 0.0) - self.clock())

    def _is_over(self, until: float | None) -> bool:
        return until is not None and self.clock() >= until
