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
from proving.oracle import Asked, Judged, Oracle
from valgap.confirming import lab_of, reach_of
from valgap.evidence.records import FitRecord
from valgap.evidence.store import StoredRun, load_run
from valgap.evidence.verdicts import VerdictRecord
from valgap.experiments.arms import load_experiments, parts_of
from valgap.experiments.inquiry import Inquiry
from valgap.experiments.lab import Lab
from valgap.experiments.order import candidates_of
from valgap.registry import diagnose

SCRIPT, SECONDS_A_DECOY = "train.py", 60.0


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


def prove(name: str, seed: int, work: Path, budget: float, oracle: Oracle) -> Proved:
    """Runs one script with a budget, its decoys after it, and the oracle on what was confirmed."""
    folder = work / f"{name}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / SCRIPT).write_text(SCRIPTS[name].text(), encoding="utf-8")
    for each in DATA:
        shutil.copy(each, folder)
    truth = TRUTHS[name]
    _valgap(folder, seed, "run", "--budget", "0s", "-o", "before.json", SCRIPT)
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


def _judged(folder: Path, true: frozenset[str], oracle: Oracle) -> list[Judged]:
    """The verdicts of the run, those on decoys, and the oracle's word on them."""
    run = load_run(next((folder / ".valgap" / "runs").iterdir()))
    found: list[Judged] = []
    for fit in run.fits:
        if fit.recipe is None:
            continue
        reach, lab = reach_of(run, fit), lab_of(run, fit)
        with oracle.of(lab, f"{folder.name}-{fit.id}", _script(folder), reach) as asked:
            own = [v for v in run.verdicts if v.fit == fit.id and v.effect is not None]
            found += [asked.judged(v) for v in own]
            found += _by_evidence(lab, run, fit, asked)
        if fit is run.fits[-1]:
            found += _decoys(lab, folder, true, reach, oracle)
    return found


def _by_evidence(lab: Lab, run: StoredRun, fit: FitRecord, asked: Asked) -> list[Judged]:
    """The first finding where evidence alone confirmed it, held against the oracle likewise."""
    own = [f for f in diagnose(run).findings if f.fit == fit.id]
    is_proved = own and own[0].experiment is not None and own[0].experiment.of == "fits"
    if not own or is_proved or own[0].status != "confirmed" or own[0].severity == "note":
        return []
    inquiry = Inquiry(lab, load_experiments(), time.monotonic() + 600.0, asked.reach)
    inquiry.epochs = lab.epochs
    found = []
    try:
        for candidate in candidates_of(own[:1], load_experiments(), (own[0].code,)):
            arm = inquiry.screened(candidate)
            if arm is not None:
                name, option = parts_of(arm)
                verdict = VerdictRecord(
                    fit.id, own[0].code, None, name, option, "", "", "confirmed", "by evidence"
                )
                found.append(replace(asked.judged(verdict), status="evidence"))
    finally:
        lab.close()
    return found


def _decoys(
    of: Lab, folder: Path, true: frozenset[str], reach: float | None, oracle: Oracle
) -> list[Judged]:
    """Decoys are put into a copy of the recipe, whose trials are kept apart."""
    apart = of.folder / "decoys"
    apart.mkdir()
    path = Path(shutil.copy(of.recipe, apart))
    suspects = put_in(path, true, folder.name)
    if not suspects:
        return []
    lab = Lab(path, apart, of.backend, of.epochs, takes=of.takes)
    try:
        until = time.monotonic() + SECONDS_A_DECOY * len(suspects)
        lab.stop = lambda: time.monotonic() > until
        told = list(Inquiry(lab, load_experiments(), until, reach).verdicts(suspects, ()))
    finally:
        lab.close()
    with oracle.of(lab, f"{folder.name}-decoys", _script(folder), reach) as asked:
        return [asked.judged(v, decoy=True) for v in told if v.effect is not None]


def _script(folder: Path) -> str:
    return (folder / SCRIPT).read_text(encoding="utf-8")
