"""Plants faults, lets `valgap treat` at them, and judges what it hands back on 10,000 further rows.

Cured is what comes within two points of the same script without the fault, or within the interval
of the difference where that is wider. Where nothing is handed back the planted model itself is
judged. Results are kept fault by fault.

    python bench/cure.py --out bench/results/treatment/cure --shard 1/2
    python bench/cure.py --text sorted-split --fixed      # prints a script
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from diagnosis import makers
from diagnosis.scoring import wilson
from rich.console import Console
from rich.table import Table
from treating.called import called, predicted, recorded, valgap
from treating.faults import FAULTS, Fault
from treating.figures import Figure, answers_of, drawn, figure, is_cured, scores

COPIED = (Path(makers.__file__),)


def main() -> None:
    """Treats what is not treated yet, and prints the table over all results in the folder."""
    options = parse()
    if options.text:
        sys.stdout.write(FAULTS[options.text].text(fixed=options.fixed))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    part, of = map(int, options.shard.split("/"))
    for name in options.only or list(FAULTS)[part - 1 :: of]:
        path = options.out / f"{name}-{options.seed}.json"
        if not path.exists():
            result = treated(name, FAULTS[name], options)
            path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
            print(f"{name}: {result['answer']}", file=sys.stderr, flush=True)
    show([json.loads(p.read_text("utf-8")) for p in sorted(options.out.glob("*.json"))])


def treated(name: str, fault: Fault, options: argparse.Namespace) -> dict[str, Any]:
    """Gives what became of one planted script; one that could not be treated is not cured."""
    began = time.monotonic()
    about = {
        "fault": name,
        "of": fault.of,
        "seed": options.seed,
        "budget": options.budget,
        "cores": options.cores,
    }
    try:
        found = _treated(fault, options)
    except RuntimeError as error:
        found = {"answer": "failed", "failed": str(error), "arms": [], "cured": False}
    return {**about, **found, "hours": (time.monotonic() - began) / 3600}


def _treated(fault: Fault, options: argparse.Namespace) -> dict[str, Any]:
    env = {"SEED": str(options.seed)}
    with tempfile.TemporaryDirectory(prefix="valgap-cure-") as made:
        ill, sound = Path(made) / "ill", Path(made) / "sound"
        recorded(sound, fault.text(fixed=True), copied=COPIED, env=env, cores=options.cores)
        recorded(ill, fault.text(fixed=False), copied=COPIED, env=env, cores=options.cores)
        words = ("treat", "--budget", options.budget, "--seed", str(options.seed), "-o", "results")
        called(ill, valgap(*words), env, options.cores)
        found = json.loads((ill / "results" / "treatment.json").read_text("utf-8"))
        judged = _judged(fault, ill, sound)
    return {
        "answer": found["answer"],
        "failed": None,
        "arms": found["treated"],
        "trials": found["trials"],
        "rows": found["plan"]["rows"],
        "look": found["look"],
        **judged,
    }


def _judged(fault: Fault, ill: Path, sound: Path) -> dict[str, Any]:
    """The three models on the pool: planted, treated, and sound; and whether it is cured."""
    x, sound_x, y = fault.pool()
    handed = ill / "results" / "model.keras"
    models = {
        "planted": (ill / "model.keras", x),
        "treated": (handed if handed.exists() else ill / "model.keras", x),
        "sound": (sound / "model.keras", sound_x),
    }
    weights = drawn(y, fault.of, 0)
    found = {
        name: scores(y, answers_of(predicted(model, rows), fault.of), fault.of, weights)
        for name, (model, rows) in models.items()
    }
    away = figure(found["treated"] - found["sound"])
    told = {name: asdict(figure(values)) for name, values in found.items()}
    hurt = asdict(figure(found["sound"] - found["planted"]))
    return {**told, "away": asdict(away), "hurt": hurt, "cured": is_cured(away), "pool": len(y)}


def show(results: list[dict[str, Any]]) -> None:
    """Prints a line a fault, and how many are cured."""
    columns = ("fault", "planted", "treated", "sound", "treated - sound", "cured", "by", "trials")
    table = Table(*columns, "hours", title="balanced accuracy or R2 on 10,000 rows, x 100")
    for r in results:
        named = ("planted", "treated", "sound", "away")
        sides = ["" if r["failed"] else str(Figure(**r[side])) for side in named]
        by = " + ".join(r["arms"]) or r["answer"]
        cured = "yes" if r["cured"] else "no"
        table.add_row(r["fault"], *sides, cured, by, str(r.get("trials", "")), f"{r['hours']:.2f}")
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    hurts = [r for r in results if r["failed"] or r["hurt"]["low"] > 0]
    console.print(f"cured: {wilson(sum(r['cured'] for r in hurts), len(hurts))} that do harm")
    for r in results:
        if r["failed"]:
            console.print(f"failed: {r['fault']}: {r['failed']}")


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results/cure"))
    parser.add_argument("--only", action="append", choices=sorted(FAULTS))
    parser.add_argument("--shard", default="1/1", help="this of so many parts [1/1]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", default="5m", help="of a treatment [5m]")
    parser.add_argument("--cores", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--text", choices=sorted(FAULTS), help="print this script")
    parser.add_argument("--fixed", action="store_true", help="with --text: without the fault")
    return parser.parse_args()


if __name__ == "__main__":
    main()
