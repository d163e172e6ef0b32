"""A page about one case: what was seen, the ledger, the findings, the answer, before and after."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from casework.facts import faults
from valgap.cases.answering import write_answer
from valgap.cases.system import System
from valgap.evidence.store import load_run
from valgap.registry import diagnose

TITLES = {
    "overfit-sequences": "Image sequences that overfit",
    "plateau-attention": "An attention model that will not improve",
    "coin-toss-defects": "Defect pictures at the toss of a coin",
    "diverging-confidence": "Validation that goes the other way",
    "volatile-frames": "Video frames with volatile validation",
}


def page(system: System, posted: Path, fixed: Path) -> str:
    """Gives the page as Markdown, of the folders of two runs."""
    before, after = (_report(side) for side in (posted, fixed))
    options = " ".join(system.planted)
    parts = [
        f"# {TITLES[system.name]}",
        f"Made by `python bench/cases.py --pages docs/cases` from `{system.script} {options}`.",
        f"> {system.question}",
        "## What was seen",
        _history(before["fits"][-1]["history"]),
        "## The gap of the loss, last epoch",
        _ledger(before),
        "## What was found",
        _findings(before),
        "## The answer",
        _answer(system, posted),
        "## Before and after",
        _both(before, after),
        _findings(after) or "No error or warning stands on the fixed side.",
    ]
    return "\n\n".join(parts) + "\n"


def _report(side: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((side / "report.json").read_text(encoding="utf-8"))
    return report


def _history(history: dict[str, list[float]]) -> str:
    length = len(next(iter(history.values()), []))
    shown = sorted({0, length // 4, length // 2, 3 * length // 4, length - 1})
    rows = [["epoch", *(str(i + 1) for i in shown)]]
    rows += [[name, *(_number(values[i]) for i in shown)] for name, values in history.items()]
    return _table(rows)


def _ledger(report: dict[str, Any]) -> str:
    entries = [e for e in report["fits"][-1]["ledger"] if e["metric"] == "loss"]
    if not entries:
        return "None was drawn up."
    last = max(entries, key=lambda e: e["epoch"])
    rows = [["row", "change", "95 % interval"]]
    for row in last["rows"]:
        if row["status"] == "measured" and row["delta"]:
            low, high = _number(row["low"]), _number(row["high"])
            rows.append([row["row"], f"{row['delta']:+.3f}", f"{low} to {high}"])
    return _table(rows)


def _findings(report: dict[str, Any]) -> str:
    rows = [["code", "status", "what", "experiment"]]
    rows += [[f["code"], f["status"], f["message"], _made(f)] for f in faults(report)]
    return _table(rows) if len(rows) > 1 else ""


def _made(found: dict[str, Any]) -> str:
    made = found["experiment"]
    if made is None or made["effect"] is None:
        return ""
    interval = f"{_number(made['low'])} to {_number(made['high'])}"
    return f"{made['name']}: {made['effect']:+.3f} ({interval}, {made['pairs']} {made['of']})"


def _answer(system: System, posted: Path) -> str:
    run = load_run(next((posted / ".valgap" / "runs").iterdir()))
    text = io.StringIO()
    write_answer(system, diagnose(run), Console(file=text, width=100))
    return "```\n" + text.getvalue().strip() + "\n```"


def _both(before: dict[str, Any], after: dict[str, Any]) -> str:
    sides = [report["fits"][-1]["history"] for report in (before, after)]
    names = [name for name in sides[0] if name in sides[1]]
    rows = [["last epoch", "as posted", "fixed"]]
    rows += [[name, *(_number(side[name][-1]) for side in sides)] for name in names]
    return _table(rows)


def _table(rows: list[list[str]]) -> str:
    head, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *rest])


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.3g}"
