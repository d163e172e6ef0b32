"""The trials of two fits by seed, side by side and within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from valgap.comparison.records import Side
from valgap.confirming import lab_of, missing, trial_line
from valgap.errors import UsageError
from valgap.evidence.signed import refuse_foreign
from valgap.evidence.trials import TrialRecord
from valgap.experiments.lab import Ask, Lab
from valgap.experiments.trial import PATIENT

Trials = list[TrialRecord]


@dataclass(slots=True)
class Pairing:
    """Trials of patients by seed, one lab a fit; the side that two comparisons share is made once.

    `until` is when the budget ends. No pair is begun that would not be done by then. `trust` is
    whether to read recipes that others made.
    """

    until: float
    progress: Callable[[str], None]
    trust: bool = False
    _labs: dict[object, Lab] = field(default_factory=dict)
    _stopped: bool = False

    def made(self, a: Side, b: Side, pairs: int) -> tuple[Trials, Trials]:
        """Gives back the trials of seeds 1 to `pairs` of both, those there was time for."""
        labs = (self._lab(a), self._lab(b))
        seeds = range(1, pairs + 1)
        try:
            self._make(labs, (a, b), seeds)
        except KeyboardInterrupt:
            self._stopped = True
        return _known(labs[0], seeds), _known(labs[1], seeds)

    def obstacle(self, side: Side, pairs: int) -> str | None:
        """Gives back why so many trials of a fit cannot be had, None if they can."""
        if side.case.fit.recipe is None:
            return missing(side.case.fit)
        lab = self._lab(side)
        if len(_known(lab, range(1, pairs + 1))) < pairs:
            try:
                refuse_foreign(lab.recipe, trust=lab.trust)
            except UsageError as error:
                return str(error)
        return None

    def notes(self) -> list[str]:
        """Gives back what stood in the way."""
        told = [note for lab in self._labs.values() for note in lab.notes]
        return list(dict.fromkeys((*told, *(["interrupted"] if self._stopped else []))))

    def close(self) -> None:
        """Ends the workers."""
        for lab in self._labs.values():
            lab.close()

    def _make(self, labs: tuple[Lab, Lab], sides: tuple[Side, Side], seeds: range) -> None:
        """Some seeds of one side, then of the other: whenever it ends, there are pairs."""
        step = labs[0].workers
        for first in range(seeds.start, seeds.stop, step):
            some = range(first, min(first + step, seeds.stop))
            lacking = [lab for lab in labs if len(_known(lab, some)) < len(some)]
            takes = sum(
                lab.seconds() or s.case.fit.seconds for lab, s in zip(labs, sides, strict=True)
            )
            if self._stopped or (lacking and self.until - time.monotonic() < takes):
                return
            for lab in lacking:
                lab.make([Ask(PATIENT, seed, lab.epochs) for seed in some])

    def _lab(self, side: Side) -> Lab:
        key = (side.run.path.absolute(), side.case.fit.id)
        if key not in self._labs:
            lab = lab_of(side.run, side.case.fit, trust=self.trust)
            lab.on_trial = lambda t: self.progress(trial_line(side.name, t, self.until))
            self._labs[key] = lab
        return self._labs[key]


def _known(lab: Lab, seeds: range) -> Trials:
    found = (lab.known(Ask(PATIENT, seed, lab.epochs)) for seed in seeds)
    return [trial for trial in found if trial is not None]
