"""Runs a script under `valgap run --format json` and reads the report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PROGRAMS = ROOT / "tests" / "scripts" / "programs"
# The suite has to stay within half an hour: three seeds of each case are for bench/cases.py.
SEEDS = (0, pytest.param(1, marks=pytest.mark.long))


@dataclass(frozen=True)
class Report:
    """A report in JSON, read for one of its fits, and what cases ask of it."""

    json: Mapping[str, Any]
    number: int = 0

    @property
    def fit(self) -> Mapping[str, Any]:
        return self.json["fits"][self.number]

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        return [each for each in self.json["findings"] if each["fit"] == self.number]

    @property
    def codes(self) -> list[str]:
        return [finding["code"] for finding in self.findings]

    def finding(self, code: str) -> Mapping[str, Any]:
        (found,) = [finding for finding in self.findings if finding["code"] == code]
        return found

    def history(self, metric: str) -> list[float]:
        return self.fit["history"][metric]

    def accounts(self, metric: str = "loss") -> list[Mapping[str, Any]]:
        return [entry for entry in self.fit["ledger"] if entry["metric"] == metric]

    def reestimations(self, condition: str, metric: str = "loss") -> list[Mapping[str, Any]]:
        return [
            each
            for each in self.fit["reestimations"]
            if each["metric"] == metric and each["condition"] == condition
        ]


def watch(
    script: Path,
    *args: str,
    folder: Path,
    number: int = 0,
    budget: str | None = None,
    known: Path | None = None,
    status: int = 0,
) -> Report:
    """Runs a script under observation in `folder` and gives back the report on one fit.

    Everything is used, not a sample: `--rows all`. `budget` is for experiments that train, None
    for what `valgap run` gives them; `known` is a file of groups and sub-classes,
    `status` what the script is to end with.
    """
    limit = () if budget is None else ("--budget", budget)
    told = () if known is None else ("--known", str(known))
    order = ("run", "--rows", "all", *limit, *told, *_into(folder), str(script), *args)
    return Report(_reported(order, folder, status), number)


def confirm(*codes: str, folder: Path, budget: str) -> Mapping[str, Any]:
    """Puts findings of the one run in `folder` to the test and gives back the new report."""
    (run,) = (folder / ".valgap" / "runs").iterdir()
    order = ("confirm", run.name, *codes, "--budget", budget, *_into(folder))
    return _reported(order, folder)


def _into(folder: Path) -> tuple[str, ...]:
    return ("--format", "json", "-o", str(folder / "report.json"))


def _reported(order: Sequence[str], folder: Path, status: int = 0) -> Mapping[str, Any]:
    ended = subprocess.run(
        (sys.executable, "-m", "valgap", *order),
        check=False,
        cwd=folder,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ended.returncode == status, ended.stderr[-3000:]
    told: Mapping[str, Any] = json.loads((folder / "report.json").read_text())
    return told


def share(account: Mapping[str, Any], row: str) -> float:
    """Gives the part of the gap of an account that one of its rows carries."""
    deltas = {each["row"]: each["delta"] or 0.0 for each in account["rows"]}
    return deltas[row] / sum(deltas.values())


def traced_share(point: Mapping[str, Any], row: str) -> float:
    """Gives the same of a point of the cheap ledger over the epochs."""
    deltas = {name: delta or 0.0 for name, delta in point["deltas"].items()}
    return deltas[row] / sum(deltas.values())
