"""What is kept in bench/results of several seeds and of real data, in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from casework.facts import MAIN
from casework.markdown import table

RESULTS = Path(__file__).parents[1] / "results"


def over_seeds(case: str) -> str:
    """Gives the section on the seeds of the planted form."""
    found = _kept("cases", case)
    posted = [r for r in found if r["side"] == "posted"]
    first = sum(_leads(r) for r in posted)
    return "\n\n".join((
        f"Of {len(posted)} seeds, {' or '.join(MAIN[case])} stands first and is confirmed in "
        f"{first}. What stands, from `bench/results/cases/{case}.json`:",
        _table(found),
        _not_found(posted),
    ))  # fmt: skip


def of_real_data(case: str) -> str:
    """Gives the section on real data, which nobody planted anything in."""
    found = _kept("cases-real", case)
    return "\n\n".join((
        "The same script on the nearest real data that install from a registry, one seed "
        f"(`bench/results/cases-real/{case}.json`):",
        _table(found),
        _not_found([r for r in found if r["side"] == "posted"]),
    ))  # fmt: skip


def _kept(folder: str, case: str) -> list[dict[str, Any]]:
    path = RESULTS / folder / f"{case}.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _leads(result: dict[str, Any]) -> bool:
    return any(result["told"][:1] == [f"{code} confirmed"] for code in MAIN[result["case"]])


def _table(found: list[dict[str, Any]]) -> str:
    rows = [[str(r["seed"]), r["side"], ", ".join(r["told"]) or "none"] for r in found]
    return table([["seed", "side", "errors and warnings, in order"], *rows])


def _not_found(posted: list[dict[str, Any]]) -> str:
    """Of the facts that the planted form is made to show, those that a run did not tell."""
    codes = {r["seed"]: [m for m in r["missing"] if " " not in m] for r in posted}
    lacks = [f"{', '.join(missing)} (seed {seed})" for seed, missing in codes.items() if missing]
    if not lacks:
        return "All facts that the planted form is made to show were told of."
    return (
        f"Of the facts that the planted form is made to show, these were not told of: "
        f"{'; '.join(lacks)}. Whether they are there at all was not looked into."
    )
