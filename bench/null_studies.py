"""Studies with real fits: what is said where nothing helps, and whether reported figures hold.

Of remedies without any effect, `helped` must be rare; with `--honesty` remedies are real, and the
reported interval must hold the figure of the reported model on 20,000 further rows. Seeds are set:
1001 to 1100, and 2001 to 2120; every fourth study is of few rows and so nested. Fits are those of
scikit-learn's networks, or, with `--engine keras`, the product's own, which take a second each.
Results are kept study by study: a run that was stopped goes on where it was.

    python bench/null_studies.py --out bench/results/treatment/studies
    python bench/null_studies.py --out bench/results/treatment/studies --honesty
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from diagnosis.scoring import wilson
from rich.console import Console
from rich.table import Table
from treating.figures import mean_with_interval
from treating.studies import Asked, made

STUDIES = {False: 100, True: 120}
FIRST_SEED = {False: 1001, True: 2001}
# Keras never lets graphs go: a process makes so many studies.
STUDIES_A_PROCESS = 5
GOALS = {
    "null": "goal: 91 of 100 without a false claim",
    "honesty": "goal: 53 of 60 covered (88 %); the mean within a point, its interval around 0",
}


def main() -> None:
    """Makes what is not there yet, and prints the table over what is."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    asked, until = studies(options), time.monotonic() + 60 * options.minutes
    for one in asked:
        path = options.out / f"{one.name}.json"
        if not path.exists() and time.monotonic() < until:
            path.write_text(json.dumps(_in_a_process(one, options.out)) + "\n", encoding="utf-8")
            print(one.name, file=sys.stderr, flush=True)
    paths = [options.out / f"{one.name}.json" for one in asked]
    show([json.loads(p.read_text("utf-8")) for p in paths if p.exists()], honesty=options.honesty)


def studies(options: argparse.Namespace) -> list[Asked]:
    """Gives the studies, the same every time."""
    first = FIRST_SEED[options.honesty]
    count = options.studies or STUDIES[options.honesty]
    return [
        Asked(
            options.engine,
            "nested" if options.nested and (i + 1) % options.nested == 0 else "locked",
            first + i,
            not options.honesty,
        )
        for i in range(count)
    ]


_pools: list[ProcessPoolExecutor] = []


def _in_a_process(asked: Asked, out: Path) -> dict[str, Any]:
    if not _pools:
        os.environ.update(OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
        os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
        spawned = multiprocessing.get_context("spawn")
        _pools.append(ProcessPoolExecutor(1, spawned, max_tasks_per_child=STUDIES_A_PROCESS))
    return _pools[0].submit(made, asked, out.absolute() / "patient").result()


def show(results: list[dict[str, Any]], *, honesty: bool) -> None:
    """Prints one line a plan and one for all."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    table = Table(title=GOALS["honesty" if honesty else "null"])
    for column in (
        "plan",
        "studies",
        "seeds",
        *(_HONESTY if honesty else _NULL),
        "trials",
        "hours",
    ):
        table.add_column(column)
    for kind in ("locked", "nested", "all"):
        of = [r for r in results if kind in ("all", r["kind"])]
        if of:
            seeds = f"{min(r['seed'] for r in of)} to {max(r['seed'] for r in of)}"
            told = honest(of) if honesty else null(of)
            trials = f"{sum(r['trials'] for r in of) / len(of):.0f}"
            hours = f"{sum(r['seconds'] for r in of) / 3600:.2f}"
            table.add_row(kind, str(len(of)), seeds, *told, trials, hours)
    console.print(table)


_NULL = ("helped", "nothing helped", "undecided", "no false claim")
_HONESTY = ("covered", "share", "optimism left", "of the given back", "optimism told", "answers")


def null(results: list[dict[str, Any]]) -> list[str]:
    """Gives the columns of studies in which nothing helps."""
    answers = Counter(r["answer"] for r in results)
    right = wilson(len(results) - answers["helped"], len(results))
    return [*(str(answers[a]) for a in _NULL[:3]), str(right)]


def honest(results: list[dict[str, Any]]) -> list[str]:
    """Gives the columns of studies whose reported model was judged on the pool."""
    judged = [r for r in results if r["truth"] is not None and r["low"] is not None]
    covered = sum(r["low"] <= r["truth"] <= r["high"] for r in judged)
    left = mean_with_interval([r["score"] - r["truth"] for r in judged]) if judged else "-"
    given = [r for r in judged if r.get("truth_given") is not None]
    within = sum(r["low"] <= r["truth_given"] <= r["high"] for r in given)
    over = mean_with_interval([r["score"] - r["truth_given"] for r in given]) if given else "-"
    told = [r["optimism_told"] for r in judged if r["optimism_told"] is not None]
    answers = Counter(r["answer"] for r in results)
    return [
        f"{covered} of {len(results)}",
        str(wilson(covered, len(results))),
        str(left),
        f"{within} of {len(given)}, {over}" if given else "-",
        f"{100 * sum(told) / len(told):+.1f}" if told else "-",
        ", ".join(f"{n} {answer}" for answer, n in answers.most_common()),
    ]


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results/studies"))
    parser.add_argument("--honesty", action="store_true", help="real remedies, judged by a pool")
    parser.add_argument("--engine", choices=("keras", "sklearn"), default="sklearn")
    parser.add_argument("--studies", type=int, help="[100, with --honesty 120]")
    parser.add_argument("--nested", type=int, default=4, help="every so-manieth; 0: none [4]")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no study after these")
    return parser.parse_args()


if __name__ == "__main__":
    main()
