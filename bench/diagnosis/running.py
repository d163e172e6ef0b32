"""Runs one case the way a user would: its script under valgap, in a folder of its own."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from diagnosis.peers.peer import Peer
from diagnosis.said import Said
from diagnosis.scripts import SCRIPTS

HERE = Path(__file__).parent
# Copied beside each script, which may import them.
DATA = (HERE / "makers.py", HERE / "fresh" / "sources.py")
VALGAP = (
    *("-m", "valgap", "run", "--quiet", "--budget", "0s", "--format", "json"),
    *("-o", "report.json", "train.py"),
)
QUIET = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
# What was tested and is not so, or does no harm, is not said.
NOT_SAID = frozenset({"refuted", "harmless"})


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one case: what was said, first things first, and how long it took."""

    name: str
    seed: int
    seconds: float
    exit_status: int
    said: tuple[Said, ...] = ()
    harmless: tuple[str, ...] = ()
    crashed: tuple[str, ...] = ()
    failed: str | None = None
    fit_seconds: float | None = None
    ledger_seconds: float | None = None
    peers: Mapping[str, tuple[Said, ...] | str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Gives plain values."""
        return asdict(self)

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Result:
        """Gives back what `as_json` made plain."""
        peers = {
            name: heard if isinstance(heard, str) else _heard(heard)
            for name, heard in values["peers"].items()
        }
        tuples = {name: tuple(values[name]) for name in ("harmless", "crashed")}
        return cls(**{**values, **tuples, "said": _heard(values["said"]), "peers": peers})


def _heard(said: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
    return tuple(Said(tuple(each["codes"]), each["severity"], each["message"]) for each in said)


@dataclass(frozen=True, slots=True)
class Ways:
    """How cases are run: the peers, the Python that has them, seconds a run, a folder to keep."""

    peers: Sequence[Peer]
    python: str
    timeout: float
    keep: Path | None


def run_case(name: str, seed: int, ways: Ways) -> Result:
    """Runs a case with a seed, then the peers on the log of that run."""
    with tempfile.TemporaryDirectory(prefix="valgap-bench-") as made:
        folder = Path(made)
        (folder / "train.py").write_text(SCRIPTS[name].text(), encoding="utf-8")
        for each in DATA:
            shutil.copy(each, folder)
        started = time.perf_counter()
        status = run_script(folder, seed, ways.timeout)
        seconds = time.perf_counter() - started
        ran = Result(name, seed, seconds, status)
        result = read_report(folder, ran, ways)
        if ways.keep:
            shutil.copytree(folder, ways.keep / f"{name}-{seed}", dirs_exist_ok=True)
    return result


def run_script(folder: Path, seed: int, timeout: float) -> int:
    """Gives the exit status of the script under valgap; its output goes to a file."""
    surroundings = {**os.environ, **QUIET, "SEED": str(seed)}
    with (folder / "output.txt").open("wb") as output:
        try:
            return subprocess.run(
                (sys.executable, *VALGAP), cwd=folder, env=surroundings, stdout=output,
                stderr=subprocess.STDOUT, timeout=timeout, check=False,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            return -1


def read_report(folder: Path, ran: Result, ways: Ways) -> Result:
    """Gives the result with what the report and the peers tell."""
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return replace(ran, failed=last_words(folder))
    stands = [each for each in report["findings"] if each["status"] not in NOT_SAID]
    logged = write_log(report["fits"], folder / "log.csv")
    return replace(
        ran,
        said=tuple(Said((f["code"],), f["severity"], f["message"]) for f in stands),
        harmless=tuple(f["code"] for f in report["findings"] if f["status"] == "harmless"),
        crashed=tuple(each["code"] for each in report["not_run"] if each["detail"]),
        fit_seconds=total(report["fits"], "seconds"),
        ledger_seconds=total(report["fits"], "ledger_seconds"),
        peers={
            peer.name: peer.diagnose(folder, ways.python) if logged else "no epoch was logged"
            for peer in ways.peers
        },
    )


def total(fits: Sequence[Mapping[str, Any]], name: str) -> float:
    """Gives a sum over the fits of a run."""
    return sum(fit.get(name) or 0.0 for fit in fits)


def write_log(fits: Sequence[Mapping[str, Any]], path: Path) -> bool:
    """Writes the last fit as Keras' CSVLogger does; says whether there was an epoch."""
    if not fits or not fits[-1]["history"]:
        return False
    history = {name: fits[-1]["history"][name] for name in sorted(fits[-1]["history"])}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *history])
        for epoch, row in enumerate(zip(*history.values(), strict=True)):
            # A report holds null where the figure was not finite.
            writer.writerow([epoch, *("nan" if value is None else value for value in row)])
    return True


def last_words(folder: Path) -> str:
    """Gives the last line that a run without a report printed."""
    lines = (folder / "output.txt").read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "no output")
