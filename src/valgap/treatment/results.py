"""The folder with what a study found: `treatment.json`, `model.keras` and `treated.py`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from valgap.evidence.records import FitRecord
from valgap.evidence.source import read_source
from valgap.evidence.store import StoredRun
from valgap.evidence.writer import put_whole
from valgap.patches.registry import patched
from valgap.patches.subject import Subject
from valgap.treatment.jobs import Job, Store
from valgap.treatment.record import Treatment, to_json

# What these write into a script is not what was tried: rows are held out by other means.
_OTHER = ("keep-best-epoch",)


def write_results(
    folder: Path, run: StoredRun, fit: FitRecord, treatment: Treatment, model: Path | None
) -> tuple[str, ...]:
    """Writes what a study found, and gives back what could not be written, and why.

    What an earlier study has left there is taken away.

    Args:
        folder: is made if it is not there.
        run: with the text of its script.
        fit: the one that was treated.
        treatment: what was found.
        model: the one that is reported, None where there is none.
    """
    for name in ("treatment.json", "model.keras", "treated.py"):
        (folder / name).unlink(missing_ok=True)
    put_whole(folder / "treatment.json", to_json(treatment).encode())
    return tuple(_notes(folder, run, fit, treatment, model))


def _notes(
    folder: Path, run: StoredRun, fit: FitRecord, treatment: Treatment, model: Path | None
) -> Iterator[str]:
    if model is not None:
        shutil.copyfile(model, folder / "model.keras")
    elif treatment.treated:
        yield "no model.keras: the trial that made it has left none"
    if not treatment.treated:
        return
    source = read_source(run.path)
    text, left = _treated(source.text, treatment.treated, fit) if source else ("", [])
    if source is None or len(left) == len(treatment.treated):
        yield "no treated.py: none of the changes can safely be made in the text of the script"
        return
    put_whole(folder / "treated.py", text.encode())
    if left:
        yield f"not in treated.py, to be made by hand: {', '.join(left)}"


def _treated(source: str, arms: tuple[str, ...], fit: FitRecord) -> tuple[str, list[str]]:
    """The script with the changes that can be made in it, and the arms that cannot."""
    left = []
    for arm in arms:
        is_other = ":" in arm or arm in _OTHER
        changed = None if is_other else patched(source, arm, Subject(fit))
        if changed is None:
            left.append(arm)
        else:
            source = changed
    return source, left


def model_of(treatment: Treatment, fold: int | None, store: Store) -> Path | None:
    """Gives back the file of the model that is reported; None where there is none.

    Args:
        treatment: what was found.
        fold: the one that the model was trained on.
        store: with the trials; the model lies beside the predictions of its trial.
    """
    for made in treatment.runs:
        if made.phase == "final" and made.fold == fold and set(made.arms) == set(treatment.treated):
            result = store.get(Job(made.arms, made.fold, made.seed))
            if result is not None and result.is_sound and result.predictions is not None:
                model = Path(result.predictions).with_suffix(".keras")
                return model if model.is_file() else None
    return None
