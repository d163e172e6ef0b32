"""What ten full-length pairs say of a verdict: computed once, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from valgap.evidence.verdicts import VerdictRecord
from valgap.experiments.arms import Direction, load_experiments
from valgap.experiments.lab import Ask, Lab
from valgap.experiments.trial import PATIENT
from valgap.experiments.verdict import HALF, Pairs, deficit_of, pairs_of

# Seeds that no inquiry uses.
FIRST_SEED = 101


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict beside what ten full-length pairs say: `true`, if they say anything."""

    code: str
    experiment: str
    status: str
    decoy: bool
    effect: float | None
    proxy: str | None
    oracle: float | None = None
    delta: float | None = None
    deficit: float | None = None
    true: bool | None = None


@dataclass(frozen=True, slots=True)
class Oracle:
    """Full-length pairs of each script and experiment, in a folder.

    What is kept holds for one text of a script and of an experiment: where either is changed,
    delete the folder of the script.
    """

    folder: Path
    pairs: int = 10

    @contextmanager
    def of(self, lab: Lab, name: str, reach: float | None) -> Iterator[Asked]:
        """Gives what is asked about one fit; its trials are kept under `name`."""
        own = self.folder / name
        own.mkdir(parents=True, exist_ok=True)
        made = Lab(lab.recipe, own, lab.backend, lab.epochs, takes=lab.takes)
        try:
            yield Asked(made, range(FIRST_SEED, FIRST_SEED + self.pairs), reach)
        finally:
            made.close()
            if not any(own.iterdir()):
                own.rmdir()


@dataclass(frozen=True, slots=True)
class Asked:
    """The oracle on one fit. `reach` is the skill that a cheap reference shows can be had."""

    lab: Lab
    seeds: range
    reach: float | None

    def judged(self, verdict: VerdictRecord, *, decoy: bool = False) -> Judged:
        """Gives back a verdict with the truth beside it, where it claims something.

        That a cause is one is a claim, and so is what shortened fits say of whole ones.
        """
        experiment = next(e for e in load_experiments() if e.name == verdict.experiment)
        arm = experiment.arm(verdict.option)
        made = Judged(verdict.code, arm, verdict.status, decoy, verdict.effect, verdict.proxy)
        if verdict.status != "confirmed" and not (verdict.proxy and not decoy):
            return made
        pairs = self._pairs(arm)
        if pairs is None or len(pairs.patient) < 2:
            return made
        deficit = deficit_of(pairs, reach=self.reach)
        return replace(
            made,
            oracle=pairs.effect.value,
            delta=pairs.delta,
            deficit=deficit,
            true=_is_true(pairs, deficit, experiment.direction),
        )

    def _pairs(self, arm: str) -> Pairs | None:
        lab = self.lab
        lab.make([Ask(a, s, lab.epochs) for s in self.seeds for a in (PATIENT, arm)])
        patient, remedied = (
            [t for s in self.seeds if (t := lab.known(Ask(a, s, lab.epochs)))]
            for a in (PATIENT, arm)
        )
        return pairs_of(patient, remedied)


def _is_true(pairs: Pairs, deficit: float, way: Direction) -> bool:
    """DESIGN section 6 on the oracle's mean: beyond delta, and half of the deficit."""
    effect, delta = pairs.effect.value, pairs.delta
    if way == "same":
        return effect >= -max(delta, pairs.by_chance)
    if way == "down":
        return effect < -delta
    return effect > delta and effect >= HALF * deficit
