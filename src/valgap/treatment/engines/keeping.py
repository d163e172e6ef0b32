"""What is kept of a training: predictions, and the model of the last look, as files of a study."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np

from valgap.treatment.jobs import Floats, Result


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training, wherever it was made, before any of it is written.

    `predictions` are in the order of the validation rows of the fold, rows x classes or values;
    `model` is a `.keras` file, of trainings of the last look.
    """

    result: Result
    predictions: Floats | None = None
    model: bytes | None = None


def file_of(model: Any) -> bytes | None:
    """Gives back a model as its file; None of one that cannot be saved, judged all the same."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        try:
            model.save(path)
        except Exception:  # a layer of the user's own without a configuration, say
            return None
        return path.read_bytes()


def kept(outcome: Outcome, folder: Path) -> Result:
    """Writes what is to be kept, and gives back the result that knows the path.

    Args:
        outcome: of a training.
        folder: for predictions; a model lies beside them.

    Raises:
        OSError: if it cannot be written.
    """
    made, predicted = outcome.result, outcome.predictions
    if predicted is None:
        return made
    name = repr((made.job.arms, made.job.fold, made.job.seed))
    path = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.npy"
    _put(path, lambda file: np.save(file, predicted))
    model = outcome.model
    if model is not None:
        _put(path.with_suffix(".keras"), lambda file: file.write(model))
    return replace(made, predictions=str(path))


def _put(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Writes at one stroke; two trainings of one job write the same file."""
    partial = path.with_name(f".{path.stem}.{time.time_ns()}.tmp")
    try:
        with partial.open("wb") as file:
            write(file)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
