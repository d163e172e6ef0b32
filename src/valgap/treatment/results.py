"""The folder with what a study found: `treatment.json`, `model.keras` and `treated.py`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from valgap.evidence.records import FitRecord
from valgap.evidence.source import read_source
from valgap.evidence.store import StoredRun
from valgap.evidence.whole import put_whole
from valgap.patches.registry import patched
from valgap.patches.subject import Subject
from valgap.treatment.engines.curves import SPLITS, read_curves
from valgap.treatment.jobs import PATIENT, Job, Result, Store
from valgap.treatment.program import GROUPS, Groups, program_of, write_groups
from valgap.treatment.record import CurveRecord, RunRecord, Treatment, to_json

ENSEMBLE = "ensemble.keras"
FILES = ("treatment.json", "model.keras", ENSEMBLE, "treated.py", "treatment.html", GROUPS)
# What these write into a script is not what was tried: rows are held out by other means.
_OTHER = ("keep-best-epoch",)


def write_results(  # noqa: PLR0913, PLR0917
    folder: Path,
    run: StoredRun,
    fit: FitRecord,
    treatment: Treatment,
    model: Path | None,
    groups: Groups | None = None,
) -> Treatment:
    """Writes what a study found; gives it back with notes on what could not be written, and why.

    What an earlier study has left there is taken away.

    Args:
        folder: is made if it is not there.
        run: with the text of its script.
        fit: the one that was treated.
        treatment: what was found.
        model: the one that is reported, None where there is none.
        groups: of the rows of both splits, where they are known.
    """
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    notes = list(treatment.notes)
    if model is not None:
        shutil.copyfile(model, folder / "model.keras")
    elif treatment.treated:
        notes.append("no model.keras: the trial that made it has left none")
    script = _write_script(folder, run, fit, treatment, groups) if treatment.treated else None
    if treatment.treated and script is None:
        notes.append("no treated.py: the fit is of no script that can be run again")
    treatment = replace(treatment, script=script, notes=tuple(notes))
    put_whole(folder / "treatment.json", to_json(treatment).encode())
    return treatment


def _write_script(
    folder: Path, run: StoredRun, fit: FitRecord, treatment: Treatment, groups: Groups | None
) -> Literal["patched", "complete"] | None:
    """Writes the script with all changes in its text, or else a program that runs it."""
    source = read_source(run.path)
    text = _treated(source.text, treatment.treated, fit) if source else None
    if text is not None:
        put_whole(folder / "treated.py", text.encode())
        return "patched"
    text = program_of(run, fit, treatment, groups)
    if text is None:
        return None
    if groups is not None:
        write_groups(folder / GROUPS, groups)
    put_whole(folder / "treated.py", text.encode())
    return "complete"


def _treated(source: str, arms: tuple[str, ...], fit: FitRecord) -> str | None:
    """The script with all changes in its text; None where one of them cannot be made there."""
    for arm in arms:
        is_other = ":" in arm or arm in _OTHER
        changed = None if is_other else patched(source, arm, Subject(fit))
        if changed is None:
            return None
        source = changed
    return source


def model_of(treatment: Treatment, fold: int | None, store: Store) -> Path | None:
    """Gives back the file of the model that is reported; None where there is none.

    Args:
        treatment: what was found.
        fold: the one that the model was trained on.
        store: with the trials; the model lies beside the predictions of its trial.
    """
    for made, result in _last(treatment, treatment.treated, store):
        if made.fold == fold and result.predictions is not None:
            model = Path(result.predictions).with_suffix(".keras")
            return model if model.is_file() else None
    return None


def members_of(treatment: Treatment, fold: int | None, store: Store) -> tuple[Path, ...]:
    """Gives back the files of all seeds of the treated, or of the patient, on a fold."""
    found = []
    for made, result in _last(treatment, treatment.treated, store):
        if made.fold == fold and result.predictions is not None:
            path = Path(result.predictions).with_suffix(".keras")
            found += [path] if path.is_file() else []
    return tuple(found)


def curves_of(treatment: Treatment, store: Store) -> tuple[CurveRecord, ...]:
    """Gives back the curves of patient and treated of the first fold and seed that both have.

    Those of the patient alone where there is no treated; none where no fit has left any.
    """
    patient, treated = (
        {(made.fold, made.seed): result for made, result in _last(treatment, arms, store)}
        for arms in (PATIENT, treatment.treated)
    )
    for unit in sorted(patient.keys() & treated.keys()):
        found = [*_curves("patient", patient[unit])]
        if treatment.treated:
            found += _curves("treated", treated[unit])
        if found:
            return tuple(found)
    return ()


def _last(
    treatment: Treatment, arms: tuple[str, ...], store: Store
) -> Iterator[tuple[RunRecord, Result]]:
    """The fits of the last look with some arms that came to an end."""
    for made in treatment.runs:
        if made.phase == "final" and set(made.arms) == set(arms):
            result = store.get(Job(made.arms, made.fold, made.seed))
            if result is not None and result.is_sound:
                yield made, result


def _curves(side: Literal["patient", "treated"], result: Result) -> Iterator[CurveRecord]:
    if result.predictions is not None:
        for figure, told in read_curves(Path(result.predictions)).items():
            training, judging = (tuple(told.get(split, ())) for split in SPLITS)
            yield CurveRecord(side, figure, training, judging)
