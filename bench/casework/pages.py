"""A page about one case: question, answer, evidence, what was changed, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casework.facts import faults
from casework.markdown import linked, number, table
from casework.over_seeds import of_real_data, over_seeds
from casework.script import what_is_fixed
from valgap.cases.answering import UNANSWERED
from valgap.cases.system import System
from valgap.cases.told import Told
from valgap.evidence.store import load_run
from valgap.registry import diagnose

TITLES = {
    "overfit-sequences": "Image sequences that overfit",
    "plateau-attention": "An attention model that will not improve",
    "coin-toss-defects": "Defect pictures at the toss of a coin",
    "diverging-confidence": "Validation that goes the other way",
    "volatile-frames": "Video frames with volatile validation",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the runs of both sides put onto the page, as Markdown."""

    answer: str
    history: str
    ledger: str
    findings: str
    both: str
    left: str


def page(system: System, posted: Path, fixed: Path) -> str:
    """Gives the page as Markdown, of the folders of two runs and of what is kept over seeds."""
    before, after = (_report(side) for side in (posted, fixed))
    told = Told(diagnose(load_run(next((posted / ".valgap" / "runs").iterdir()))))
    seen = Seen(
        _answer(list(system.answer(told)), system.tried(told), system.given(told)),
        _history(before["fits"][-1]["history"]),
        _ledger(before),
        _findings(before),
        _both(before, after),
        _findings(after) or "No error or warning stands on the fixed side.",
    )
    return composed(system, seen)


def composed(system: System, seen: Seen) -> str:
    """Gives the page; where a code stands it leads to the page of the check."""
    options = " ".join(system.planted)
    parts = [
        f"# {TITLES[system.name]}",
        f"> {system.question}",
        "## The answer",
        seen.answer,
        "## What was seen",
        seen.history,
        "## The gap of the loss, last epoch",
        seen.ledger,
        "[How to read the ledger](../ledger.md).",
        "## What was found",
        seen.findings,
        "## What was changed, and what it brought",
        f"`--fixed` takes the causes away: {what_is_fixed(system.path)}",
        seen.both,
        seen.left,
        "## Over seeds",
        over_seeds(system.name),
        "## On real data",
        of_real_data(system.name),
        "## Run it",
        f"```console\n{_commands(system.name)}\n```",
        f"The script is `examples/{system.script}`. This page is made by "
        f"`python bench/cases.py --pages docs/cases` from one run a side of "
        f"`{system.script} {options}`, seed 0.",
    ]
    return linked("\n\n".join(parts)) + "\n"


def _commands(name: str) -> str:
    ways = ("", " --fixed", " --real")
    return "\n".join(f"$ valgap demo {name}{way}" for way in ways)


def _report(side: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((side / "report.json").read_text(encoding="utf-8"))
    return report


def _answer(answer: list[str], tried: Iterable[str], given: Iterable[str]) -> str:
    """The paragraphs of `valgap demo`, under headings."""
    parts = [*(answer or [UNANSWERED])]
    for title, paragraphs in (("What was tried already", tried), ("What they were told", given)):
        if found := list(paragraphs):
            parts += [f"### {title}", *found]
    return "\n\n".join(parts)


def _history(history: dict[str, list[float]]) -> str:
    length = len(next(iter(history.values()), []))
    shown = sorted({0, length // 4, length // 2, 3 * length // 4, length - 1})
    rows = [["epoch", *(str(i + 1) for i in shown)]]
    rows += [[name, *(number(values[i]) for i in shown)] for name, values in history.items()]
    return table(rows)


def _ledger(report: dict[str, Any]) -> str:
    entries = [e for e in report["fits"][-1]["ledger"] if e["metric"] == "loss"]
    if not entries:
        return "None was drawn up."
    last = max(entries, key=lambda e: e["epoch"])
    rows = [["row", "change", "95 % interval"]]
    for row in last["rows"]:
        if row["status"] == "measured" and row["delta"]:
            low, high = number(row["low"]), number(row["high"])
            rows.append([row["row"], f"{row['delta']:+.3f}", f"{low} to {high}"])
    return table(rows)


def _findings(report: dict[str, Any]) -> str:
    rows = [["code", "status", "what", "experiment"]]
    rows += [[f["code"], f["status"], f["message"], _made(f)] for f in faults(report)]
    return table(rows) if len(rows) > 1 else ""


def _made(found: dict[str, Any]) -> str:
    made = found["experiment"]
    if made is None or made["effect"] is None:
        return ""
    interval = f"{number(made['low'])} to {number(made['high'])}"
    return f"{made['name']}: {made['effect']:+.3f} ({interval}, {made['pairs']} {made['of']})"


def _both(before: dict[str, Any], after: dict[str, Any]) -> str:
    sides = [report["fits"][-1]["history"] for report in (before, after)]
    names = [name for name in sides[0] if name in sides[1]]
    rows = [["last epoch", "as posted", "fixed"]]
    rows += [[name, *(number(side[name][-1]) for side in sides)] for name in names]
    return table(rows)
