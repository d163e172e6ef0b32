"""Stored runs: found by name, and read back without Keras."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from valgap.errors import RunUnreadableError
from valgap.evidence.account import Ledger
from valgap.evidence.arrays import read_arrays
from valgap.evidence.codec import decode
from valgap.evidence.inside import refuse_links_out, refuse_paths
from valgap.evidence.model import ModelMeasured
from valgap.evidence.records import EpochRecord, FitRecord, RunRecord
from valgap.evidence.rows import RowsRecord
from valgap.evidence.verdicts import VerdictRecord, Verdicts
from valgap.evidence.writer import SCHEMA

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as read back: its fits with their epochs, and the ledgers drawn up for them."""

    path: Path
    record: RunRecord
    fits: tuple[FitRecord, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    rows: tuple[RowsRecord, ...] = ()
    models: tuple[ModelMeasured, ...] = ()
    verdicts: tuple[VerdictRecord, ...] = ()

    def ledger(self, fit_id: int) -> Ledger | None:
        """Gives back the ledger of a fit, or None where none was drawn up."""
        return next((ledger for ledger in self.ledgers if ledger.fit == fit_id), None)

    def steps_of(self, fit: FitRecord) -> dict[int, tuple[float, ...]]:
        """Gives back the loss as Keras reported it step by step, by epoch; nothing if unread."""
        if fit.steps_file is None or "loss" not in fit.step_figures:
            return {}
        try:
            table = read_arrays(self.path / "fits" / str(fit.id) / fit.steps_file)[0]
        except RunUnreadableError:  # a record beside the others: without it they still stand
            return {}
        column = 2 + fit.step_figures.index("loss")
        epochs = np.unique(table[:, 0]).astype(int)
        return {int(e): tuple(table[table[:, 0] == e, column].tolist()) for e in epochs}

    def rows_of(self, fit_id: int) -> RowsRecord | None:
        """Gives back what was measured of the rows of a fit, or None."""
        return next((rows for rows in self.rows if rows.fit == fit_id), None)

    def model_of(self, fit_id: int) -> ModelMeasured | None:
        """Gives back what was measured of the model of a fit, or None."""
        return next((model for model in self.models if model.fit == fit_id), None)


def is_audit(run: StoredRun) -> bool:
    """Tells a run in which data were audited and nothing was trained."""
    return bool(run.fits) and all(fit.status == "audited" for fit in run.fits)


def load_run(path: Path) -> StoredRun:
    """Gives back the run kept in the folder `path`, which may come from anybody.

    Raises:
        RunUnreadableError: If it is no run, damaged, of a newer schema, or leads out of its folder.
    """
    if not (path / "run.json").is_file():
        raise RunUnreadableError(f"{path} is not a run: expected a folder with run.json")
    refuse_links_out(path)
    value = _read_json(path / "run.json")
    _refuse_newer(path, value)
    record = decode(RunRecord, value, f"{path / 'run.json'}: run")
    folders = [folder for folder in _fit_folders(path) if not _left_empty(folder)]
    fits = tuple(_load_fit(folder) for folder in folders)
    ledgers = _beside(folders, "ledger", Ledger)
    rows, models = _beside(folders, "rows", RowsRecord), _beside(folders, "model", ModelMeasured)
    verdicts = tuple(v for found in _beside(folders, "verdicts", Verdicts) for v in found.records)
    return StoredRun(path, record, fits, ledgers, rows, models, verdicts)


def _beside(folders: list[Path], name: str, cls: type[T]) -> tuple[T, ...]:
    """Gives back the records of one kind that were written beside fits."""
    return tuple(
        decode(cls, _read_json(file), f"{file}: {name}")
        for folder in folders
        if (file := folder / f"{name}.json").exists()
    )


def _fit_folders(path: Path) -> list[Path]:
    folders = [p for p in (path / "fits").glob("*") if p.is_dir() and p.name.isdecimal()]
    return sorted(folders, key=lambda folder: int(folder.name))


def _left_empty(folder: Path) -> bool:
    """Tells a fit that a kill caught between the making of its folder and its record."""
    return all(item.name.startswith(".") for item in folder.iterdir())


def _load_fit(folder: Path) -> FitRecord:
    file = folder / "fit.json"
    fit = decode(FitRecord, _read_json(file), f"{file}: fit")
    epochs = _load_epochs(folder / "epochs.jsonl")
    of_epochs = (name for e in epochs for name in (e.weights, e.validation_weights))
    own = (fit.steps_file, fit.start_weights, fit.recipe, fit.best_weights)
    refuse_paths((*own, *of_epochs), file)
    return dataclasses.replace(fit, epochs=epochs)


def _load_epochs(file: Path) -> tuple[EpochRecord, ...]:
    if not file.exists():
        return ()
    lines = _read_text(file).split("\n")
    # A kill in mid-write leaves a last line without its end; the epochs before it stand.
    whole, tail = lines[:-1], lines[-1]
    epochs = [
        decode(EpochRecord, _parse(line, file, i), f"{file}:{i}: epoch")
        for i, line in enumerate(whole, 1)
    ]
    if tail:
        try:
            epochs.append(decode(EpochRecord, _parse(tail, file, len(lines))))
        except RunUnreadableError:
            return tuple(epochs)
    return tuple(epochs)


def _refuse_newer(path: Path, value: object) -> None:
    schema = value.get("schema") if isinstance(value, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise RunUnreadableError(
            f"{path} has schema {schema}, this valgap reads up to {SCHEMA}: update valgap"
        )


def _read_json(file: Path) -> object:
    return _parse(_read_text(file), file, None)


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        reason = e.strerror if isinstance(e, OSError) else "it is not text"
        raise RunUnreadableError(f"{file} cannot be read: {reason}") from e


def _parse(text: str, file: Path, line: int | None) -> object:
    where = f"{file}:{line}" if line else f"{file}"
    try:
        value: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as e:
        raise RunUnreadableError(f"{where} is damaged: {e}".splitlines()[0]) from e
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"expected a number, received {name}")
