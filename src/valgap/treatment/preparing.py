"""What is on disk before a study begins, and what it leaves beside its results."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from valgap.errors import UsageError
from valgap.experiments.arms import CannotVaryError
from valgap.treatment.budget import checked
from valgap.treatment.engines.pool import Pool, pool_of
from valgap.treatment.engines.work import Work as ForWorkers
from valgap.treatment.engines.work import write_work
from valgap.treatment.locking import planned
from valgap.treatment.naming import PREDICTIONS, WORK, name_of
from valgap.treatment.patient import Patient
from valgap.treatment.plan import Plan
from valgap.treatment.record import Treatment
from valgap.treatment.store import Trials, sqlite
from valgap.treatment.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Work:
    """A study that can begin; `path` is the file that its workers read.

    `taken_over` tells of trials of an earlier command, `notes` of what was left out.
    """

    path: Path
    patient: Patient
    plan: Plan
    store: Trials
    taken_over: str
    notes: tuple[str, ...]


def work_of(folder: Path, patient: Patient, wishes: Wishes, *, asks_for_split: bool) -> Work:
    """Gives back a study that can begin.

    Studies of another fit, other rows, another metric or version of valgap have another name:
    trials of one are none of the other.

    Args:
        folder: for all studies of the fit.
        patient: what is treated.
        wishes: how.
        asks_for_split: whether the patient trains on the rows that the script does, only.

    Raises:
        UsageError: if rows, budget or storage do not do.
        OSError: if it cannot be written.
    """
    table, metric = patient.table, patient.metric
    plan = planned(table.targets, metric.of, table.groups, seed=wishes.seed)
    checked(wishes.budget, plan)
    scripted = patient.recipe.train.count if asks_for_split else None
    name = name_of(metric.name, wishes.seed, _digest(patient, plan, scripted))
    folder.mkdir(parents=True, exist_ok=True)
    store = Trials(
        wishes.url or sqlite(folder / "trials.db"), name,
        is_greater_better=metric.is_greater_better, folder=folder, resume=wishes.resume,
    )  # fmt: skip
    own = folder / store.name
    (own / PREDICTIONS).mkdir(parents=True, exist_ok=True)
    for left in (own / PREDICTIONS).glob(".*.tmp"):  # by a worker that was killed
        left.unlink(missing_ok=True)
    work = ForWorkers(
        _pool(patient), plan.folds, patient.given, metric.of, table.groups, own / PREDICTIONS,
        scripted,
    )  # fmt: skip
    write_work(own / WORK, work)
    # Of a data set too large for the recipe a part is used, which its notes tell.
    notes = (*patient.recipe.notes, *patient.notes, *plan.notes)
    return Work(own / WORK, patient, plan, store, _taken_over(store, wishes), notes)


def _pool(patient: Patient) -> Pool:
    try:
        return pool_of(patient.recipe)
    except CannotVaryError as error:
        raise UsageError(f"cannot be treated: {error}") from None


def _taken_over(store: Trials, wishes: Wishes) -> str:
    if len(store):
        return f"{len(store)} trials are taken over"
    return "nothing to resume: no study of this fit, metric and seed" if wishes.resume else ""


def _digest(patient: Patient, plan: Plan, scripted: int | None) -> str:
    """What a trial is a trial of, beside its remedies, fold and seed."""
    import cloudpickle

    found = hashlib.sha256(patient.path.read_bytes())
    found.update(version("valgap").encode())
    given = patient.given
    found.update(given.encode() if isinstance(given, str) else cloudpickle.dumps(given))
    for fold in plan.folds:
        found.update(np.ascontiguousarray(fold.train).tobytes())
        found.update(np.ascontiguousarray(fold.validation).tobytes())
    if patient.table.groups is not None:
        groups = np.unique(patient.table.groups, return_inverse=True)[1]
        found.update(np.ascontiguousarray(groups, dtype=np.int64).tobytes())
    if scripted is not None:
        found.update(f"split:{scripted}".encode())
    return found.hexdigest()[:10]


def looks_at(work: Work, treatment: Treatment) -> int:
    """Notes that the locked rows have judged a treatment; gives back how many they have by now.

    They are counted over all studies of the fit that locked the same rows.
    """
    if work.plan.main.final is None:
        return treatment.looks
    locked = np.ascontiguousarray(work.plan.final_of(work.plan.main).validation)
    key, path = hashlib.sha256(locked.tobytes()).hexdigest()[:16], work.path.parents[1] / "looks"
    path.mkdir(exist_ok=True)
    mine = [treatment.metric, *sorted(treatment.treated)]
    name = hashlib.sha256(json.dumps(mine).encode()).hexdigest()[:16]
    (path / f"{key}-{name}.json").write_text(json.dumps(mine) + "\n", encoding="utf-8")
    return max(treatment.looks, len(list(path.glob(f"{key}-*.json"))))
