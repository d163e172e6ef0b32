"""Watched or not, a seeded script trains the same weights to the bit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SEEDED = Path(__file__).parent / "seeded"
VALGAP = [sys.executable, "-m", "valgap", "run", "-o", "report.txt"]


def printed(command: list[str], folder: Path) -> str:
    ran = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout


@pytest.mark.parametrize("name", ["arrays_twice.py", "generators.py"])
def test_a_watched_script_trains_the_same_weights_to_the_bit(name: str, tmp_path: Path) -> None:
    script = str(SEEDED / name)
    plain = printed([sys.executable, script], tmp_path)
    assert len(plain.splitlines()) >= 2
    assert printed([*VALGAP, script], tmp_path) == plain
    assert (tmp_path / "report.txt").read_text().count("──") > 0


@pytest.mark.long
def test_ledgers_drawn_between_fits_leave_no_trace(tmp_path: Path) -> None:
    script = str(SEEDED / "in_the_middle.py")
    plain = printed([sys.executable, script], tmp_path)
    for form in ("context", "callback"):
        assert printed([sys.executable, script, form], tmp_path) == plain, form
        assert len(list(tmp_path.glob(".valgap/runs/*"))) == 4, form
        for run in tmp_path.glob(".valgap/runs/*"):
            run.rename(tmp_path / f"{form}-{run.name}")
