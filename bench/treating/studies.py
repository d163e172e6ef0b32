"""One small study, what it said, and what is so by a large held-back pool."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from treating.small import METRIC, NOTHING, POOL, REAL, Networks, rings
from valgap.treatment.budget import Budget
from valgap.treatment.events import Ended
from valgap.treatment.jobs import Job, Memory
from valgap.treatment.locking import planned
from valgap.treatment.plan import Plan
from valgap.treatment.record import Treatment
from valgap.treatment.study import Study
from valgap.treatment.table import Table

Kind = Literal["locked", "nested"]
ROWS = {"locked": 800, "nested": 300}
# As in bench/treat_protocol.py; of the product's engine, which takes a second a fit, fewer.
TRIALS = {
    ("sklearn", "locked"): 150,
    ("sklearn", "nested"): 720,
    ("keras", "locked"): 60,
    ("keras", "nested"): 400,
}
NESTED_REMEDIES = 4
# The pool comes from the same rings by another seed than any study's.
OF_THE_POOL = 10**9


@dataclass(frozen=True, slots=True)
class Asked:
    """A study to be made; with `nothing` all remedies are without effect."""

    engine: Literal["sklearn", "keras"]
    kind: Kind
    seed: int
    nothing: bool

    @property
    def name(self) -> str:
        """Of the file of its result."""
        return f"{'null' if self.nothing else 'honesty'}-{self.engine}-{self.kind}-{self.seed}"


def made(asked: Asked, patients: Path) -> dict[str, Any]:
    """Makes a study and gives what it said and what is so.

    Args:
        asked: which.
        patients: folder of the recorded patient.
    """
    began, (x, y) = time.monotonic(), rings(ROWS[asked.kind], asked.seed)
    plan = planned(y, "classes", seed=asked.seed)
    with tempfile.TemporaryDirectory(prefix="valgap-study-") as folder:
        engine = _engine(asked, patients, (x, y), plan, Path(folder))
        budget = Budget(trials=TRIALS[asked.engine, asked.kind])
        arms = _arms(asked, patients)
        study = Study(plan, arms, METRIC, Table(y), engine, budget, Memory())
        (treatment,) = [e.treatment for e in study.run() if isinstance(e, Ended)]
        told = _told(treatment)
        if not asked.nothing and treatment.look and treatment.look.treated:
            told["truth"] = _truth(treatment, _judged_in(plan), engine)
            told["truth_given"] = _truth(treatment, plan.whole, engine)
    return {**asdict(asked), **told, "rows": len(y), "seconds": time.monotonic() - began}


def _engine(asked: Asked, patients: Path, rows: Any, plan: Plan, folder: Path) -> Any:
    x, y = rows
    if asked.engine == "sklearn":
        return Networks(x, y, plan, folder)
    from treating.product import keras_engine, register_nothing

    register_nothing()
    return keras_engine(patients, x, y, plan, folder)


def _arms(asked: Asked, patients: Path) -> list[str]:
    if asked.nothing:
        arms = list(NOTHING)
    elif asked.engine == "sklearn":
        arms = list(REAL)
    else:
        from treating.product import arms_of

        arms = [arm for arm in arms_of(patients) if arm.partition(":")[0] not in _names(NOTHING)]
    return arms[:NESTED_REMEDIES] if asked.kind == "nested" else arms


def _names(arms: tuple[str, ...]) -> set[str]:
    return {arm.partition(":")[0] for arm in arms}


def _told(treatment: Treatment) -> dict[str, Any]:
    side = treatment.look.treated if treatment.look else None
    return {
        "answer": treatment.answer,
        "treated": list(treatment.treated),
        "trials": treatment.trials,
        "failed": treatment.failed_trials,
        "score": side and side.score,
        "low": side and side.low,
        "high": side and side.high,
        "optimism_told": treatment.optimism,
        "truth": None,
        "truth_given": None,
    }


def _judged_in(plan: Plan) -> int | None:
    """The fold of the model that is reported; of a nested study the one of all rows."""
    return plan.main.final if plan.kind == "locked" else plan.whole


def _truth(treatment: Treatment, fold: int | None, engine: Any) -> float | None:
    """The figure on the pool of the model that was made in a fold; None where there is none."""
    assert treatment.look is not None
    assert treatment.look.treated is not None
    seed = treatment.look.treated.seed
    assert seed is not None
    assert fold is not None
    runs = (r for r in treatment.runs if r.fold == fold and r.seed == seed)
    arms = next((r.arms for r in runs if set(r.arms) == set(treatment.treated)), None)
    if arms is None:
        return None
    x, y = rings(POOL, OF_THE_POOL)
    return METRIC.score(y, engine.pool(Job(arms, fold, seed, "final"), x))
