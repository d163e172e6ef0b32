"""Runs the five systems, as posted and fixed, over seeds; checks their facts; writes their pages.

python bench/cases.py --out bench-results/cases            # at the size of the demos
python bench/cases.py --seeds 3 --results bench/results/cases --pages docs/cases

A page tells of the first seed, and in a section what is kept of all seeds in bench/results.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from casework.facts import FACTS, faults, missing, to_confirm
from casework.pages import page
from rich.console import Console
from rich.table import Table

from valgap.cases.system import System, systems

SIDES = ("posted", "fixed")
WRITTEN = ("--format", "json", "-o", "report.json")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1"}


def main() -> None:
    """Runs what is not there yet, prints which facts were found, writes pages if asked to."""
    options = parse()
    chosen = [s for s in systems().values() if not options.case or s.name in options.case]
    table = Table("case", "seed", "side", "first", "facts missing", "errors and warnings")
    for system in chosen:
        results = looked_at(system, options)
        for r in results:
            lacks, told = " ".join(r["missing"]), ", ".join(r["told"])
            first = next(iter(r["told"]), "")
            table.add_row(r["case"], str(r["seed"]), r["side"], first, lacks, told)
        if options.results:
            put(options.results / f"{system.name}.json", json.dumps(results, indent=1) + "\n")
        if options.pages:
            sides = [folder(options.out, system, 0, side) for side in SIDES]
            put(options.pages / f"{system.name}.md", page(system, *sides))
    Console(width=140).print(table)


def looked_at(system: System, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Gives what was found on both sides of a case, by seed, and which facts were not."""
    results = []
    for seed, side in itertools.product(range(options.seeds), SIDES):
        report = run(system, seed, side, options)
        lacks = missing(system.name, report) if side == "posted" else []
        told = [f"{f['code']} {f['status']}" for f in faults(report)]
        about = {"case": system.name, "seed": seed, "side": side}
        results.append({**about, "missing": lacks, "told": told})
    return results


def put(path: Path, text: str) -> None:
    """Writes a file; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results/cases"))
    parser.add_argument("--case", action="append", choices=sorted(FACTS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--real", action="store_true", help="real data, not planted")
    parser.add_argument("--budget", default="2m", help="of the experiments of a run [2m]")
    parser.add_argument("--longer", default="15m", help="of the main cause, if that is too short")
    parser.add_argument("--results", type=Path, help="keep what was found in this folder")
    parser.add_argument("--pages", type=Path, help="write a page for each case into this folder")
    return parser.parse_args()


def folder(out: Path, system: System, seed: int, side: str) -> Path:
    """Gives the folder of one run."""
    return out.absolute() / f"{system.name}-{seed}-{side}"


def run(system: System, seed: int, side: str, options: argparse.Namespace) -> dict[str, Any]:
    """Gives the report on one side of a case; it is run if it was not yet."""
    where = folder(options.out, system, seed, side)
    if not (where / "report.json").exists():
        where.mkdir(parents=True, exist_ok=True)
        form, known = ("real" if options.real else "planted"), where / "known.npz"
        args = [*system.args(form, fixed=side == "fixed", known=known), "--seed", str(seed)]
        order = ["run", "--budget", options.budget, *WRITTEN]
        order += ["--known", str(known)] if form in system.known else []
        called(where, *order, str(system.path), *args)
    report = read(where)
    codes = to_confirm(system.name, report) if side == "posted" and not options.real else []
    if codes and not (where / "longer.txt").exists():
        (where / "longer.txt").write_text(" ".join(codes), encoding="utf-8")
        called(where, "confirm", "--budget", options.longer, *WRITTEN, report["run"]["id"], *codes)
        report = read(where)
    return report


def read(where: Path) -> dict[str, Any]:
    """Gives the report in a folder."""
    report: dict[str, Any] = json.loads((where / "report.json").read_text(encoding="utf-8"))
    return report


def called(where: Path, *words: str) -> None:
    """Calls valgap in a folder; what it prints is added to `output.txt` there."""
    with (where / "output.txt").open("ab") as output:
        subprocess.run(
            [sys.executable, "-m", "valgap", *words], cwd=where, env={**os.environ, **QUIET},
            stdout=output, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip


if __name__ == "__main__":
    main()
