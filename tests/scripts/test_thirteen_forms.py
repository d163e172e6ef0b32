"""Every way of feeding data: the logged validation figure is met, and the account closes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FORMS = sorted((Path(__file__).parent / "forms").glob("f*.py"))
OPAQUE = "f13_one_shot_generator.py"


def watched(script: Path, folder: Path, *options: str) -> dict[str, Any]:
    report = folder / "report.json"
    command = [
        sys.executable,
        "-m",
        "valgap",
        "run",
        "--ledger-only",
        "--format",
        "json",
        "-o",
        str(report),
    ]
    ran = subprocess.run(
        [*command, *options, str(script)],
        cwd=folder,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(report.read_text())["fits"][0]  # type: ignore[no-any-return]


def skip_without_torch(script: Path) -> None:
    if "torch" in script.name:
        pytest.importorskip("torch", reason="the extra torch is not installed")


@pytest.mark.parametrize("script", FORMS, ids=lambda path: path.stem)
def test_on_all_rows_the_account_closes(script: Path, tmp_path: Path) -> None:
    skip_without_torch(script)
    fit = watched(script, tmp_path, "--rows", "all")
    entries = fit["ledger"]
    assert {e["metric"] for e in entries} >= {"loss"}
    assert {role for e in entries for role in e["roles"]} == {"last", "best", "worst"}
    for entry in entries:
        rows = {row["row"]: row for row in entry["rows"]}
        gap = entry["logged"]["validation"] - entry["logged"]["train"]
        left = rows["unaccounted"]
        assert left["before"] == pytest.approx(entry["logged"]["validation"], abs=1e-5)
        assert abs(left["delta"]) <= max(1e-3 * abs(gap), 2e-7)
        assert sum(row["delta"] or 0.0 for row in rows.values()) == pytest.approx(gap, abs=1e-9)
        measured = {name for name, row in rows.items() if row["status"] == "measured"}
        merged = {"augmentation", "generalisation"} if script.name == OPAQUE else set()
        assert set(rows) - measured <= merged


@pytest.mark.long
@pytest.mark.parametrize(
    "script", [f for f in FORMS if f.name[:3] in ("f01", "f05", "f09")], ids=lambda path: path.stem
)
def test_on_a_sample_the_interval_of_what_is_unaccounted_covers_zero(
    script: Path, tmp_path: Path
) -> None:
    fit = watched(script, tmp_path, "--rows", "64")
    losses = [e for e in fit["ledger"] if e["metric"] == "loss"]
    assert fit["sample"]["validation"] < fit["sample"]["validation_total"]
    for entry in losses:
        left = entry["rows"][-1]
        assert left["row"] == "unaccounted"
        assert left["low"] <= 0.0 <= left["high"]
        assert left["high"] - left["low"] > 1e-4
