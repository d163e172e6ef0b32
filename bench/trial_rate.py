"""Measures how many trainings a minute `valgap treat` makes, beside a plain loop over a script.

The loop starts a process a training, as a shell loop does: one after the other, and as many at
once as there are cores. The three take turns, so that what else the machine does troubles all
alike; what counts is the ratio within one run. Workers of the engine are started before: a study
has hundreds of trainings.

    python bench/trial_rate.py --out bench/results/treatment
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import cloudpickle
import numpy as np
from diagnosis import makers
from rich.console import Console
from rich.table import Table
from treating.called import called, python, recorded

from valgap.treatment.engines.local import Local
from valgap.treatment.engines.pool import pool_of
from valgap.treatment.engines.work import Work, write_work
from valgap.treatment.jobs import Job
from valgap.treatment.locking import planned

PATIENT = Path(__file__).parent / "treating" / "patients" / "table.py"
ROWS, GOAL = 600, 3.0
BACKEND = "tensorflow"


def main() -> None:
    """Measures in turns, and prints trainings a minute and their ratio."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    path, rounds = options.out / "trial_rate.json", list[dict[str, float]]()
    with tempfile.TemporaryDirectory(prefix="valgap-rate-") as made:
        folder = Path(made)
        ways = ways_of(folder, options.trials)
        ways["engine"]()  # its workers import Keras
        for _ in range(options.rounds):
            rounds.append({name: rate(way, options.trials) for name, way in ways.items()})
            path.write_text(_told(options, rounds), encoding="utf-8")
            show(rounds)


def _told(options: argparse.Namespace, rounds: list[dict[str, float]]) -> str:
    about = {"rows": ROWS, "trials": options.trials, "cores": len(os.sched_getaffinity(0))}
    about["load"] = round(os.getloadavg()[0], 1)
    return json.dumps({**about, "rounds": rounds, "ratios": ratios(rounds)}, indent=1) + "\n"


def ways_of(folder: Path, trials: int) -> dict[str, Callable[[], None]]:
    """Gives the ways to make so many trainings of the same fit on the same rows."""
    x, y = makers.rings(ROWS, np.random.default_rng(0), noise=0.4)
    np.savez(folder / "rows.npz", x=x, y=y)
    rows = {"ROWS": str(folder / "rows.npz")}
    recorded(folder, PATIENT.read_text("utf-8"), env=rows)
    engine = Local(_work(folder, y), BACKEND)
    counted = iter(range(1, 1_000_000))
    jobs = partial(_jobs, counted, trials)
    return {
        "engine": lambda: _all_made(engine, jobs()),
        "loop": lambda: _looped(folder, rows, trials, 1),
        "loop, all cores": lambda: _looped(folder, rows, trials, len(os.sched_getaffinity(0))),
    }


def _work(folder: Path, y: Any) -> Path:
    (path,) = folder.glob(".valgap/runs/*/fits/0/recipe.pkl")
    pool = pool_of(cloudpickle.loads(path.read_bytes()))
    plan = planned(y.astype(np.int64), "classes")
    (folder / "predictions").mkdir()
    work = Work(pool, plan.folds, "accuracy", "classes", None, folder / "predictions")
    write_work(folder / "work.pkl", work)
    return folder / "work.pkl"


def _jobs(counted: Any, trials: int) -> list[Job]:
    """Patients on the first fold by seeds that were not had yet."""
    return [Job((), 0, next(counted)) for _ in range(trials)]


def _all_made(engine: Local, jobs: list[Job]) -> None:
    failed = [r.error for r in engine.run(jobs, None) if not r.is_sound]
    if failed:
        raise RuntimeError(failed[0])


def _looped(folder: Path, rows: dict[str, str], trials: int, at_once: int) -> None:
    threads = str(max(1, len(os.sched_getaffinity(0)) // at_once))
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    env = {**rows, **dict.fromkeys(names, threads)}
    with ThreadPoolExecutor(at_once) as pool:
        words = [python(str(folder / "train.py")) for _ in range(trials)]
        list(pool.map(lambda each: called(folder, each, env), words))


def rate(way: Callable[[], None], trials: int) -> float:
    """Gives trainings a minute."""
    began = time.monotonic()
    way()
    return 60 * trials / (time.monotonic() - began)


def ratios(rounds: list[dict[str, float]]) -> dict[str, float]:
    """Gives the median over rounds of how many times as many the engine makes."""
    others = [name for name in rounds[0] if name != "engine"]
    return {name: median(r["engine"] / r[name] for r in rounds) for name in others}


def show(rounds: list[dict[str, float]]) -> None:
    """Prints what was measured so far."""
    table = Table("way", "trainings a minute, by round", "engine / way, median", "goal")
    found = ratios(rounds)
    for name in rounds[0]:
        told = ", ".join(f"{r[name]:.0f}" for r in rounds)
        goal = f"{GOAL:g}" if name == "loop" else ""
        table.add_row(name, told, f"{found[name]:.1f}" if name in found else "", goal)
    Console(width=110).print(table)


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results/treatment"))
    parser.add_argument("--trials", type=int, default=8, help="a way and round [8]")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
