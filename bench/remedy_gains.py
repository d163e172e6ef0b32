"""What each remedy gains on healthy patients: the order that `valgap treat` tries them in.

Where no finding asks for a remedy, a study with time for a few has to begin somewhere. The order is
taken from here, from sets that bench/treatment.py does not compare on by default. Every arm is
trained on the same folds and seeds as the patient; what it costs is a ratio on the same unit.
Results are kept set by set: a run that was stopped goes on where it was.

    python bench/remedy_gains.py --out bench/results/treatment/gains --minutes 25
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from treating.called import recorded
from treating.figures import mean_with_interval
from treating.peers import PATIENTS
from treating.sets import SETS, MissingError, parted

from valgap.treatment.engines.local import Local
from valgap.treatment.engines.pool import pool_of
from valgap.treatment.engines.work import Work, write_work
from valgap.treatment.jobs import PATIENT, Job
from valgap.treatment.locking import planned

# Not those of the comparison with peers.
DEVELOPED_ON = ("fashion", "animals", "cars", "diabetes")
UNITS, BACKEND = 3, "tensorflow"


def main() -> None:
    """Trains what is not there yet, and prints the table over all sets."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * options.minutes
    for name in options.only or DEVELOPED_ON:
        try:
            of_set(name, options, end)
        except MissingError as error:
            print(f"{name}: left out: {error}")
    show(options.out)


def of_set(name: str, options: argparse.Namespace, end: float) -> None:
    """Adds to the results of one set, unit by unit, so that all arms have as many."""
    from valgap.treatment.choosing import arms_in_order
    from valgap.treatment.patient import patient_of

    path = options.out / f"{name}-{options.seed}.json"
    made = json.loads(path.read_text("utf-8")) if path.exists() else {}
    kept = SETS[name]
    rows = parted(kept.load(), kept.of, options.seed)
    with tempfile.TemporaryDirectory(prefix="valgap-gains-") as folder:
        place = Path(folder)
        np.savez(place / "rows.npz", x=rows.x, y=rows.y)
        text = (PATIENTS / f"{kept.patient}.py").read_text("utf-8")
        env = {"ROWS": str(place / "rows.npz"), "SEED": str(options.seed)}
        recorded(place, text, env=env)
        (recipe,) = place.glob(".valgap/runs/*/fits/0/recipe.pkl")
        patient = patient_of(recipe, BACKEND)
        plan = planned(patient.table.targets, patient.metric.of, seed=options.seed, kind="locked")
        (place / "predictions").mkdir()
        of = (plan.folds, patient.given, patient.metric.of, None, place / "predictions")
        write_work(place / "work.pkl", Work(pool_of(patient.recipe), *of))
        arms = [PATIENT, *((a,) for a in arms_in_order(patient.recipe, [], unsafe=False))]
        engine = Local(place / "work.pkl", BACKEND, slowest=patient.recipe.seconds)
        for unit in range(UNITS):
            jobs = [plan.job(a, plan.main.race, "race", unit) for a in arms]
            jobs = [job for job in jobs if _key(job) not in made]
            for result in engine.run(jobs, end):
                score = patient.metric.better(result.score) if result.is_sound else None
                made[_key(result.job)] = {"score": score, "seconds": result.seconds}
                path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
        engine.close()


def _key(job: Job) -> str:
    return f"{' + '.join(job.arms) or 'patient'} @ {job.fold} {job.seed}"


def gains_of(made: Mapping[str, Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Gives arm - patient and the ratio of seconds, unit by unit."""
    by = defaultdict(dict)
    for key, told in made.items():
        arm, _, unit = key.partition(" @ ")
        by[arm][unit] = told
    found = defaultdict(list)
    for arm, units in by.items():
        for unit, told in units.items():
            base = by["patient"].get(unit)
            if arm != "patient" and base and None not in (told["score"], base["score"]):
                ratio = told["seconds"] / base["seconds"]
                found[arm].append((told["score"] - base["score"], ratio))
    return found


def show(out: Path) -> None:
    """Prints the gain of each arm by set, and over sets in units of its spread there."""
    sets = {p.stem: gains_of(json.loads(p.read_text("utf-8"))) for p in sorted(out.glob("*.json"))}
    table = Table("remedy", *sets, "over sets, in spreads", "cost")
    spreads = {
        name: float(np.std([np.mean([g for g, _ in of]) for of in found.values()])) or 1.0
        for name, found in sets.items()
    }
    lines = []
    for arm in {arm for found in sets.values() for arm in found}:
        has = {name: found[arm] for name, found in sets.items() if found.get(arm)}
        means = {name: float(np.mean([g for g, _ in of])) for name, of in has.items()}
        over = mean_with_interval([means[n] / spreads[n] for n in means])
        cost = float(np.mean([c for of in has.values() for _, c in of]))
        cells = [f"{100 * means[n]:+.1f}" if n in means else "" for n in sets]
        lines.append(
            (over.value, [arm, *cells, f"{over.value:+.2f} of {len(means)}", f"{cost:.1f}"])
        )
    for _, line in sorted(lines, key=lambda each: -each[0]):
        table.add_row(*line)
    Console(width=120).print(table)


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results/gains"))
    parser.add_argument("--only", action="append", choices=sorted(SETS), metavar="SET")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no training after these")
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", BACKEND)
    main()
