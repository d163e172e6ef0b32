"""Finds what helps a recorded fit, and says by how much: DESIGN section 6."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valgap.confirming import missing
from valgap.errors import UsageError
from valgap.evidence.records import FitRecord
from valgap.evidence.signed import refuse_foreign
from valgap.evidence.store import StoredRun
from valgap.evidence.whole import put_whole
from valgap.finding import Finding
from valgap.ranking import stands
from valgap.registry import diagnose
from valgap.report.html.treatment.about import about_of
from valgap.report.html.treatment.page import PAGE, page_of
from valgap.treatment.claim import claimed
from valgap.treatment.dealing import split_asked_for
from valgap.treatment.events import Ended, Event
from valgap.treatment.record import Treatment, to_json
from valgap.treatment.results import ENSEMBLE, curves_of, members_of, model_of, write_results
from valgap.treatment.study import Study
from valgap.treatment.wishes import Wishes

if TYPE_CHECKING:
    from valgap.treatment.preparing import Work


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

    Ctrl+C ends the study, as a full disk or a kill does; its trials are kept, and `resume` goes
    on with them. One study of a fit is made at a time.

    Args:
        run: the run as stored.
        wishes: how.
        on_event: is told of what happens.

    Raises:
        UsageError: if nothing in the run can be treated, or not as wished.
    """
    fit = _fit(run)
    folder = run.path.absolute() / "fits" / str(fit.id)
    try:
        with claimed(folder / "treat"):
            return _treated(run, fit, folder, wishes, on_event)
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"the study was ended: {why}; --resume goes on with it") from None


def _treated(
    run: StoredRun, fit: FitRecord, folder: Path, wishes: Wishes, on_event: Callable[[Event], None]
) -> Treated:
    from valgap.treatment.engines.choice import engine_of
    from valgap.treatment.engines.work import rows_beside
    from valgap.treatment.patient import patient_of
    from valgap.treatment.preparing import work_of
    from valgap.treatment.unraced import unraced

    backend = run.record.environment.backend or "tensorflow"
    recipe = folder / str(fit.recipe)
    refuse_foreign(recipe, trust=wishes.trust)
    patient = patient_of(recipe, backend, wishes.metric, wishes.groups)
    findings = [f for f in diagnose(run).findings if stands(f)]
    split = split_asked_for(findings)
    work = work_of(folder / "treat", patient, wishes, asks_for_split=split is not None)
    slowest = patient.recipe.seconds
    try:
        with closing(engine_of(wishes.engine, work.path, backend, slowest)) as engine:
            study = _study(findings, split, work, engine, wishes)
            for event in study.run():
                on_event(event)
                if isinstance(event, Ended):
                    told = unraced(findings, work.plan, study.remedies)
                    notes = (*work.notes, *event.treatment.notes, *told)
                    made = replace(event.treatment, notes=notes)
                    return _ended(run, fit, made, work, wishes)
    finally:
        shutil.rmtree(rows_beside(work.path), ignore_errors=True)
    raise AssertionError("a study ends with Ended")


def _fit(run: StoredRun) -> FitRecord:
    fits = [fit for fit in run.fits if fit.recipe is not None]
    if not run.fits:
        raise UsageError("nothing to treat: the run has no fit")
    if not fits:
        raise UsageError(f"nothing to treat: the fit cannot be made again: {missing(run.fits[-1])}")
    before = [fit for fit in run.fits if fit.id < fits[-1].id and fit.goes_on]
    if before:
        # Its start has seen the rows that are to be locked: they would tell nothing.
        raise UsageError(
            f"nothing to treat: fit {fits[-1].id + 1} begins with the weights of fit "
            f"{before[-1].id + 1}, which has seen all training rows; treat a script with one fit"
        )
    return fits[-1]


def _study(
    findings: Sequence[Finding], split: str | None, work: Work, engine: Any, wishes: Wishes
) -> Study:
    from valgap.treatment.choosing import arms_in_order, can_be_tuned, placebos_of
    from valgap.treatment.tuner import OptunaTuner

    patient = work.patient
    first, metric = [] if split is None else [split], patient.metric.name
    others = arms_in_order(patient.recipe, findings, unsafe=wishes.unsafe, metric=metric)
    arms = [*first, *others]
    tuner = partial(OptunaTuner, wishes.seed) if can_be_tuned(patient.recipe) else None
    return Study(
        work.plan, arms, patient.metric, patient.table, engine, wishes.budget, work.store,
        placebos=placebos_of(patient.recipe), tuner=tuner,
    )  # fmt: skip


def _ended(
    run: StoredRun, fit: FitRecord, treatment: Treatment, work: Work, wishes: Wishes
) -> Treated:
    from valgap.treatment.preparing import looks_at

    curves = curves_of(treatment, work.store)
    looks = looks_at(work, treatment)
    treatment = replace(treatment, looks=looks, curves=curves)
    output = wishes.output or work.path.parent / "results"
    fold = _trained_on(work, treatment.model_rows)
    model = model_of(treatment, fold, work.store) if treatment.treated else None
    treatment = write_results(output, run, fit, treatment, model, work.patient.groups)
    treatment = _with_ensemble(output, run, treatment, work)
    put_whole(output / PAGE, page_of(treatment, about_of(run, fit, output, treatment)).encode())
    told = (work.taken_over,) if work.taken_over else ()
    return Treated(treatment, fit, output, (*told, *treatment.notes))


def _trained_on(work: Work, rows: int | None) -> int | None:
    """The fold of what is given back: of all rows, or of those that are not locked."""
    return work.plan.whole if rows == work.plan.rows else work.plan.main.final


def _with_ensemble(output: Path, run: StoredRun, treatment: Treatment, work: Work) -> Treatment:
    """Writes the mean of all seeds where there are several; what cannot be is noted."""
    from valgap.experiments.workers import workers_of
    from valgap.treatment.engines.averaging import average

    if treatment.ensemble_rows is None:
        return treatment
    fold = _trained_on(work, treatment.ensemble_rows)
    members = members_of(treatment, fold, work.store)
    if len(members) > 1:
        backend = run.record.environment.backend or "tensorflow"
        with workers_of(1, backend) as pool:
            fault = pool.submit(average, work.path, members, output / ENSEMBLE).result()
    else:
        fault = "its trials have left no models"
    if fault is not None:
        notes = (*treatment.notes, f"no {ENSEMBLE}: {fault}")
        treatment = replace(treatment, ensemble_rows=None, notes=notes)
        put_whole(output / "treatment.json", to_json(treatment).encode())
    return treatment
