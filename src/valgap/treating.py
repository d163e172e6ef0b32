"""Finds what helps a recorded fit, and says by how much: DESIGN section 6."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valgap.confirming import missing
from valgap.errors import UsageError
from valgap.evidence.records import FitRecord
from valgap.evidence.store import StoredRun
from valgap.ranking import stands
from valgap.registry import diagnose
from valgap.treatment.budget import Budget
from valgap.treatment.events import Ended, Event
from valgap.treatment.locking import planned
from valgap.treatment.record import Treatment
from valgap.treatment.results import write_results
from valgap.treatment.study import Study

if TYPE_CHECKING:
    from valgap.treatment.patient import Patient
    from valgap.treatment.store import Trials

Metric = str | Callable[[Any, Any], float]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a study is to be made; `url` is of Optuna's storage, a file beside the run if None.

    With `resume` trials of an earlier study of the same design are taken over.
    """

    budget: Budget
    metric: Metric | None = None
    groups: Any = None
    seed: int = 0
    unsafe: bool = False
    resume: bool = False
    url: str | None = None
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class Treated:
    """What was found, the fit it is about, and the folder with the results."""

    treatment: Treatment
    fit: FitRecord
    folder: Path
    notes: tuple[str, ...] = ()


def treat(
    run: StoredRun, wishes: Wishes, on_event: Callable[[Event], None] = lambda _: None
) -> Treated:
    """Treats the last fit of a run that can be made again.

    Ctrl+C ends the study; its trials are kept, and `resume` goes on with them.

    Args:
        run: the run as stored.
        wishes: how.
        on_event: is told of what happens.

    Raises:
        UsageError: if nothing in the run can be treated, or not as wished.
    """
    from valgap.treatment.engines.local import Local
    from valgap.treatment.patient import patient_of

    fit = _fit(run)
    folder = run.path.absolute() / "fits" / str(fit.id)
    backend = run.record.environment.backend or "tensorflow"
    patient = patient_of(folder / str(fit.recipe), backend, wishes.metric, wishes.groups)
    work = _work(folder / "treat", patient, wishes)
    engine = Local(work.path, backend)
    try:
        study = _study(run, work, engine, wishes)
        for event in study.run():
            on_event(event)
            if isinstance(event, Ended):
                return _ended(run, fit, event.treatment, work, wishes)
    finally:
        engine.close()
    raise AssertionError("a study ends with Ended")


def _fit(run: StoredRun) -> FitRecord:
    fits = [fit for fit in run.fits if fit.recipe is not None]
    if fits:
        return fits[-1]
    if not run.fits:
        raise UsageError("nothing to treat: the run has no fit")
    raise UsageError(f"nothing to treat: the fit cannot be made again: {missing(run.fits[-1])}")


@dataclass(frozen=True, slots=True)
class _Work:
    """What is on disk before a study begins."""

    path: Path
    patient: Patient
    plan: Any
    store: Trials
    notes: tuple[str, ...]


def _work(folder: Path, patient: Patient, wishes: Wishes) -> _Work:
    from valgap.treatment.engines.work import Work, write_work
    from valgap.treatment.store import Trials, sqlite

    table = patient.table
    plan = planned(table.targets, patient.metric.of, table.groups, seed=wishes.seed)
    predictions = folder / "predictions"
    predictions.mkdir(parents=True, exist_ok=True)
    url = wishes.url or sqlite(folder / "trials.db")
    name = f"{patient.metric.name}-{wishes.seed}"
    store = Trials(
        url, name, is_greater_better=patient.metric.is_greater_better, resume=wishes.resume
    )
    path = folder / "work.pkl"
    write_work(path, Work(patient.path, plan.folds, patient.given, predictions))
    kept = f"{len(store)} trials are taken over" if len(store) else ""
    return _Work(path, patient, plan, store, tuple(filter(None, (kept, *plan.notes))))


def _study(run: StoredRun, work: _Work, engine: Any, wishes: Wishes) -> Study:
    from valgap.treatment.choosing import arms_in_order

    findings = [f for f in diagnose(run).findings if stands(f)]
    patient = work.patient
    arms = arms_in_order(patient.recipe, findings, unsafe=wishes.unsafe)
    return Study(work.plan, arms, patient.metric, patient.table, engine, wishes.budget, work.store)


def _ended(
    run: StoredRun, fit: FitRecord, treatment: Treatment, work: _Work, wishes: Wishes
) -> Treated:
    output = wishes.output or work.path.parent / "results"
    notes = write_results(output, run, fit, treatment, work.store)
    return Treated(treatment, fit, output, (*work.notes, *notes))
