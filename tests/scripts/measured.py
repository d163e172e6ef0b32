"""A watched script held against a plain one, and the ledger of its fit against what must hold."""

from __future__ import annotations

import json
from typing import Any

from runner import PLAIN, VALGAP, Folder

WHOLE = tuple(word for word in VALGAP if word != "--ledger-only")


def report_of(
    folder: Folder, script: str, command: tuple[str, ...] = VALGAP, **environment: str
) -> dict[str, Any]:
    """Runs the script with and without us; both end and print the same. Gives our report."""
    folder.write("train.py", script)
    plain = folder.run(*PLAIN, "train.py", **environment)
    assert plain.status == 0, plain.err
    written = ("--format", "json", "-o", "report.json")
    ours = folder.run(*command, *written, "train.py", **environment)
    assert (ours.status, ours.out) == (0, plain.out), ours.err
    return json.loads((folder.path / "report.json").read_text())


def final_accounts(fit: dict[str, Any], epoch: int, tolerance: float) -> list[dict[str, Any]]:
    """The accounts of the last epoch by row: all is measured, next to nothing unaccounted."""
    accounts = [a for a in fit["ledger"] if a["epoch"] == epoch]
    assert {a["metric"] for a in accounts} == {"loss", "accuracy"}
    found = [{r["row"]: r for r in a["rows"]} for a in accounts]
    for rows in found:
        assert {r["status"] for r in rows.values()} == {"measured"}
        assert abs(rows["unaccounted"]["delta"]) <= tolerance
        assert rows["noise-layers"]["delta"] != 0
    return found
