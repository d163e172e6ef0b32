"""The folder with what a study found: `treatment.json`, `model.keras` and `treated.py`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from valgap.evidence.records import FitRecord
from valgap.evidence.source import read_source
from valgap.evidence.store import StoredRun
from valgap.patches.registry import patched
from valgap.patches.subject import Subject
from valgap.treatment.jobs import Job, Store
from valgap.treatment.record import Treatment, to_json


def write_results(
    folder: Path, run: StoredRun, fit: FitRecord, treatment: Treatment, store: Store
) -> tuple[str, ...]:
    """Writes what a study found, and gives back what could not be written, and why.

    Args:
        folder: is made if it is not there.
        run: with the text of its script.
        fit: the one that was treated.
        treatment: what was found.
        store: with the trials; that of the model that is reported has the model beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder / "treatment.json", to_json(treatment))
    return tuple(_notes(folder, run, fit, treatment, store))


def _notes(
    folder: Path, run: StoredRun, fit: FitRecord, treatment: Treatment, store: Store
) -> Iterator[str]:
    model = _model(treatment, store)
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
    _put(folder / "treated.py", text)
    if left:
        yield f"not in treated.py, to be made by hand: {', '.join(left)}"


def _treated(source: str, arms: tuple[str, ...], fit: FitRecord) -> tuple[str, list[str]]:
    """The script with the changes that can be made in it, and the arms that cannot."""
    left = []
    for arm in arms:
        changed = None if ":" in arm else patched(source, arm, Subject(fit))
        if changed is None:
            left.append(arm)
        else:
            source = changed
    return source, left


def _model(treatment: Treatment, store: Store) -> Path | None:
    """The model of the last look that is reported."""
    look = treatment.look
    side = look.treated if look else None
    if side is None or side.seed is None:
        return None
    for made in treatment.runs:
        is_it = made.phase == "final" and set(made.arms) == set(treatment.treated)
        if is_it and made.seed == side.seed:
            result = store.get(Job(made.arms, made.fold, made.seed))
            if result is not None and result.predictions is not None:
                model = Path(result.predictions).with_suffix(".keras")
                return model if model.is_file() else None
    return None


def _put(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.tmp")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
