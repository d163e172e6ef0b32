"""One script proved: run, put to the test with its decoys, and judged by the oracle."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from diagnosis.running import DATA, NOT_SAID, QUIET
from diagnosis.scripts import SCRIPTS
from diagnosis.truth import TRUTHS

from proving.decoys import put_in
from valgap.confirming import lab_of, reach_of
from valgap.evidence.store import StoredRun, load_run
from valgap.evidence.verdicts import VerdictRecord
from valgap.experiments.arms import Direction, load_experiments, parts_of
from valgap.experiments.inquiry import Inquiry
from valgap.experiments.lab import Ask, Lab
from valgap.experiments.order import candidates_of
from valgap.experiments.trial import PATIENT
from valgap.experiments.verdict import HALF, deficit_of, pairs_of
from valgap.registry import diagnose

# Full-length pairs, on seeds that no inquiry uses.
ORACLE = range(101, 111)
ORACLE_QUICK = range(101, 105)


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
class Proved:
    """What came of one script. `said` are codes in order of rank after the experiments."""

    name: str
    seed: int
    said: tuple[str, ...] = ()
    first: bool = False
    before: bool = False
    verdicts: tuple[Judged, ...] = ()
    seconds: float = 0.0
    failed: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Gives plain values."""
        return asdict(self)


def prove(name: str, seed: int, work: Path, budget: float, oracle: range) -> Proved:
    """Runs one script with a budget, its decoys after it, and the oracle on all that was said."""
    folder = work / f"{name}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "train.py").write_text(SCRIPTS[name].text(), encoding="utf-8")
    for each in DATA:
        shutil.copy(each, folder)
    truth = TRUTHS[name]
    _valgap(folder, seed, "run", "--budget", "0s", "-o", "before.json", "train.py")
    began = time.perf_counter()
    _valgap(folder, seed, "confirm", "--budget", f"{budget:.0f}s", "-o", "after.json")
    seconds = time.perf_counter() - began
    before, after = (_said(folder / f"{at}.json") for at in ("before", "after"))
    if after is None or before is None:
        return Proved(name, seed, failed="no report")
    verdicts = _judged(folder, truth.true, oracle)
    return Proved(
        name, seed, after, bool(truth.true & set(after[:1])), bool(truth.true & set(before[:1])),
        tuple(verdicts), seconds,
    )  # fmt: skip


def _valgap(folder: Path, seed: int, *words: str) -> None:
    surroundings = {**os.environ, **QUIET, "SEED": str(seed)}
    command = (sys.executable, "-m", "valgap", words[0], "--quiet", "--format", "json", *words[1:])
    output = (folder / f"{words[0]}.txt").open("wb")
    with output, contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            command, cwd=folder, env=surroundings, stdout=output, stderr=subprocess.STDOUT,
            timeout=900, check=False,
        )  # fmt: skip


def _said(path: Path) -> tuple[str, ...] | None:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return tuple(f["code"] for f in report["findings"] if f["status"] not in NOT_SAID)


def _judged(folder: Path, true: frozenset[str], oracle: range) -> list[Judged]:
    """The verdicts of the run, those on decoys, and the oracle's word on each."""
    run = load_run(next((folder / ".valgap" / "runs").iterdir()))
    found: list[Judged] = []
    for fit in run.fits:
        if fit.recipe is None:
            continue
        reach = reach_of(run, fit)
        lab = lab_of(run, fit)
        try:
            own_verdicts = [v for v in run.verdicts if v.fit == fit.id and v.effect is not None]
            found += [_held_against(lab, v, reach, oracle, decoy=False) for v in own_verdicts]
            found += _by_evidence(lab, run, fit, reach, oracle)
        finally:
            lab.close()
        if fit is run.fits[-1]:
            found += _decoys(lab, true, reach, oracle)
    return found


def _by_evidence(
    lab: Lab, run: StoredRun, fit: Any, reach: float | None, oracle: range
) -> list[Judged]:
    """The first finding where evidence alone confirmed it, held against the oracle likewise."""
    own = [f for f in diagnose(run).findings if f.fit == fit.id]
    is_proved = own and own[0].experiment is not None and own[0].experiment.of == "fits"
    if not own or is_proved or own[0].status != "confirmed" or own[0].severity == "note":
        return []
    inquiry = Inquiry(lab, load_experiments(), time.monotonic() + 600.0, reach)
    inquiry.epochs = lab.epochs
    found = []
    for candidate in candidates_of(own[:1], load_experiments(), (own[0].code,)):
        arm = inquiry.screened(candidate)
        if arm is not None:
            name, option = parts_of(arm)
            verdict = VerdictRecord(
                fit.id, own[0].code, None, name, option, "", "", "confirmed", "by evidence"
            )
            found.append(
                replace(_held_against(lab, verdict, reach, oracle, decoy=False), status="evidence")
            )
    return found


def _decoys(of: Lab, true: frozenset[str], reach: float | None, oracle: range) -> list[Judged]:
    """Decoys are put into a copy of the recipe, whose trials are kept apart."""
    apart = of.folder / "decoys"
    apart.mkdir()
    path = Path(shutil.copy(of.recipe, apart))
    suspects = put_in(path, true)
    lab = Lab(path, apart, of.backend, of.epochs, takes=of.takes)
    try:
        until = time.monotonic() + 60.0 * len(suspects)
        lab.stop = lambda: time.monotonic() > until
        told = list(Inquiry(lab, load_experiments(), until, reach).verdicts(suspects, ()))
        lab.stop = lambda: False
        return [
            _held_against(lab, v, reach, oracle, decoy=True) for v in told if v.effect is not None
        ]
    finally:
        lab.close()


def _held_against(
    lab: Lab, verdict: VerdictRecord, reach: float | None, oracle: range, *, decoy: bool
) -> Judged:
    experiment = next(e for e in load_experiments() if e.name == verdict.experiment)
    arm = experiment.arm(verdict.option)
    lab.make([Ask(a, s, lab.epochs) for s in oracle for a in (PATIENT, arm)])
    sides = ([t for s in oracle if (t := lab.known(Ask(a, s, lab.epochs)))] for a in (PATIENT, arm))
    pairs = pairs_of(*sides)
    made = Judged(verdict.code, arm, verdict.status, decoy, verdict.effect, verdict.proxy)
    if pairs is None or len(pairs.patient) < 2:
        return made
    effect, deficit = pairs.effect.value, deficit_of(pairs, reach=reach)
    return replace(
        made,
        oracle=effect,
        delta=pairs.delta,
        deficit=deficit,
        true=_is_true(effect, pairs.delta, deficit, experiment.direction),
    )


def _is_true(effect: float, delta: float, deficit: float, way: Direction) -> bool:
    """DESIGN section 6 on the oracle's mean: beyond delta, and half of the deficit."""
    if way == "same":
        return abs(effect) <= delta
    if way == "down":
        return effect < -delta
    return effect > delta and effect >= HALF * deficit
