"""Random search over the same remedies, by the same engine: what any treatment has to beat.

Combinations of one to three remedies are drawn, each is trained on five folds, the best mean is
trained again on all rows. Nothing is locked, as it makes no honest estimate: all rows are its own.

    python -m treating.random_search RUN END SEED OUT
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

FOLDS, MOST_ARMS, AT_ONCE = 5, 3, 2


def main(run: Path, seconds: float, seed: int, out: Path) -> None:
    """Searches, and writes the model of the best.

    Args:
        run: folder of a recorded run.
        seconds: for all of it.
        seed: of all draws.
        out: where `model.keras` goes, which is the patient's if no combination was better.
    """
    from valgap.treatment.choosing import arms_in_order
    from valgap.treatment.engines.local import Local
    from valgap.treatment.engines.pool import pool_of
    from valgap.treatment.engines.work import Work, write_work
    from valgap.treatment.jobs import Job
    from valgap.treatment.patient import patient_of

    end = time.monotonic() + seconds
    patient = patient_of(run / "fits" / "0" / "recipe.pkl", "tensorflow")
    folder = out / "random"
    (folder / "predictions").mkdir(parents=True, exist_ok=True)
    folds = tuple(_folds(patient, seed))
    pool = pool_of(patient.recipe)
    work = Work(pool, folds, patient.given, patient.metric.of, None, folder / "predictions")
    write_work(folder / "work.pkl", work)
    engine = Local(folder / "work.pkl", "tensorflow")
    arms = arms_in_order(patient.recipe, [], unsafe=False)
    drawn, means, slowest = _drawn(arms, patient.recipe, seed), {}, 0.0
    # The last training has the time of the slowest so far, and half as much again.
    while time.monotonic() < end - 1.5 * slowest:
        combinations = [next(drawn) for _ in range(AT_ONCE)]
        jobs = [Job(c, f, seed * 1000 + f) for c in combinations for f in range(FOLDS)]
        results = {r.job: r for r in engine.run(jobs, end - 1.5 * slowest)}
        slowest = max([slowest, *(r.seconds for r in results.values())])
        for chosen in combinations:
            scores = [r.score for r in results.values() if r.job.arms == chosen and r.is_sound]
            if len(scores) == FOLDS:
                means[chosen] = patient.metric.better(float(np.mean(scores)))
    best = max(means, key=lambda c: means[c], default=())
    told = f"{' + '.join(best) or 'patient'}: {means.get(best, np.nan):.3f}"
    print(f"{len(means)} combinations; best: {told}")
    (made,) = engine.run([Job(best, FOLDS, seed * 1000 + FOLDS, "final")], None)
    engine.close()
    Path(str(made.predictions)).with_suffix(".keras").rename(out / "model.keras")


def _folds(patient, seed) -> Iterator:  # type: ignore[no-untyped-def]
    """Five folds, and one of all rows for the model that is kept."""
    from sklearn.model_selection import KFold, StratifiedKFold

    from valgap.treatment.plan import Fold

    y = patient.table.targets
    kind = StratifiedKFold if patient.metric.of == "classes" else KFold
    every = np.arange(len(y))
    for train, held in kind(FOLDS, shuffle=True, random_state=seed).split(every, y.ravel()):
        yield Fold(train, held)
    yield Fold(every, every)


def _drawn(arms: list[str], recipe, seed: int) -> Iterator[tuple[str, ...]]:  # type: ignore[no-untyped-def]
    """The patient, then combinations that can be put on it, none twice."""
    from valgap.remedies.base import remedied

    rng, had = np.random.default_rng(seed), {()}
    yield ()
    while True:
        count = int(rng.integers(1, MOST_ARMS + 1))
        chosen = tuple(sorted(str(a) for a in rng.choice(arms, count, replace=False)))
        if chosen in had:
            continue
        had.add(chosen)
        try:
            remedied(recipe, chosen)
        except Exception:  # some do not go together
            continue
        yield chosen


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) - time.time(), int(sys.argv[3]), Path(sys.argv[4]))
