"""What ten full-length pairs say of a verdict: computed once, and kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import valgap.experiments
from valgap.evidence.trials import append_trial, read_trials
from valgap.evidence.verdicts import VerdictRecord
from valgap.experiments.arms import Direction, load_experiments, parts_of
from valgap.experiments.lab import Ask, Lab
from valgap.experiments.trial import PATIENT
from valgap.experiments.verdict import (
    HALF,
    MATTERS,
    NORMAL,
    Pairs,
    behind_reference,
    deficit_of,
    pairs_of,
)

# Seeds that no inquiry uses.
FIRST_SEED = 101
CODE = Path(valgap.experiments.__path__[0])
DIGESTS = "digests.json"
DECOYS = Path(__file__).with_name("decoys.py")
# What makes a trial, beside the experiment itself; the rest judges it.
MAKING = (
    *("asked", "change", "feed", "measure", "rebuild", "scaling", "structure", "trial"),
    *("weighting", "widths"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict beside what ten full-length pairs say: `true`, if they say anything."""

    code: str
    experiment: str
    status: str
    decoy: bool
    effect: float | None
    proxy: str | None
    pairs: int = 0
    oracle: float | None = None
    delta: float | None = None
    deficit: float | None = None
    true: bool | None = None


@dataclass(frozen=True, slots=True)
class Oracle:
    """Full-length pairs of each script and experiment, in a folder.

    What is kept holds for one text of the script and of all that makes a trial: where any of it
    changes, it is made anew.
    """

    folder: Path
    pairs: int = 10

    @contextmanager
    def of(self, lab: Lab, name: str, script: str, reach: float | None) -> Iterator[Asked]:
        """Gives what is asked about one fit; its trials are kept under `name`."""
        own = self.folder / name
        own.mkdir(parents=True, exist_ok=True)
        _let_go_of_others(own, script)
        made = Lab(lab.recipe, own, lab.backend, lab.epochs, takes=lab.takes)
        try:
            yield Asked(made, range(FIRST_SEED, FIRST_SEED + self.pairs), reach)
        finally:
            made.close()
            _keep_digests(own, script)
            if not read_trials(own):
                shutil.rmtree(own)


@dataclass(frozen=True, slots=True)
class Asked:
    """The oracle on one fit. `reach` is the skill that a cheap reference shows can be had."""

    lab: Lab
    seeds: range
    reach: float | None

    def judged(self, verdict: VerdictRecord, *, decoy: bool = False) -> Judged:
        """Gives back a verdict with the truth beside it, where it claims something.

        That it is settled is a claim, and so is what shortened fits say of whole ones. A decoy
        that pairs measured to be harmless is not asked about again.
        """
        experiment = next(e for e in load_experiments() if e.name == verdict.experiment)
        arm = experiment.arm(verdict.option)
        made = Judged(verdict.code, arm, verdict.status, decoy, verdict.effect, verdict.proxy)
        made = replace(made, pairs=verdict.pairs)
        is_settled = verdict.status == "harmless" if decoy else verdict.status == "inconclusive"
        if is_settled and (decoy or not verdict.proxy):
            return made
        pairs = self._pairs(arm)
        if pairs is None or len(pairs.patient) < 2:
            return made
        deficit = deficit_of(pairs, reach=self.reach)
        if experiment.direction == "same":
            # What shuffled labels gain is no reference.
            deficit = behind_reference(pairs, self.reach) or 0.0
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
    """DESIGN section 6 on the oracle's mean: beyond delta, and half of the deficit.

    Labels tell nothing where shuffled ones lose no more than guesses differ by on so many rows,
    and no reference does better.
    """
    effect, delta = pairs.effect.value, pairs.delta
    if way == "same":
        return effect >= -max(delta, NORMAL * pairs.by_chance) and deficit <= MATTERS
    if way == "down":
        return effect < -delta
    return effect > delta and effect >= HALF * deficit


def _let_go_of_others(folder: Path, script: str) -> None:
    """Deletes trials of another text of the script or of the code that makes trials.

    Those of an experiment stay where others were changed.
    """
    kept = folder / DIGESTS
    before = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    trials, now = read_trials(folder), _digests(script)
    (folder / "trials.jsonl").unlink(missing_ok=True)
    for trial in trials:
        name = parts_of(trial.arm)[0]
        if before.get(name) == now[name]:
            append_trial(folder, trial)


def _keep_digests(folder: Path, script: str) -> None:
    """Says by which texts the trials were made."""
    names, now = {parts_of(trial.arm)[0] for trial in read_trials(folder)}, _digests(script)
    told = {name: now[name] for name in sorted(names)}
    (folder / DIGESTS).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _digests(script: str) -> dict[str, str]:
    shared = [DECOYS.read_text("utf-8")]
    shared += [path.read_text("utf-8") for path in sorted(CODE / f"{name}.py" for name in MAKING)]
    own = {
        path.stem.replace("_", "-"): path.read_text("utf-8") for path in CODE.glob("training/*.py")
    }
    return {name: _digest(script, text, *shared) for name, text in own.items()} | {
        PATIENT: _digest(script, *shared)
    }


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
