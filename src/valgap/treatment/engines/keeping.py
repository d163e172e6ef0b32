"""What is kept of a training as files: predictions, and model and curves of the last look."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from valgap.evidence.whole import is_of_the_disk, put_by, put_whole
from valgap.treatment.engines.curves import Curves, write_curves
from valgap.treatment.jobs import Floats, Job, Result


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training, wherever it was made, before any of it is written.

    `predictions` are in the order of the validation rows of the fold, rows x classes or values;
    `model` is a `.keras` file, and `curves` are by epoch, both of trainings of the last look.
    """

    result: Result
    predictions: Floats | None = None
    model: bytes | None = None
    curves: Curves | None = None


def file_of(model: Any) -> bytes | None:
    """Gives back a model as its file; None of one that cannot be saved, judged all the same.

    Raises:
        OSError: if there is no room on the disk.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        try:
            model.save(path)
        except Exception as error:  # a layer of the user's own without a configuration, say
            if is_of_the_disk(error):
                raise
            return None
        return path.read_bytes()


def kept(outcome: Outcome, folder: Path) -> Result:
    """Writes what is to be kept, and gives back the result that knows the path.

    Args:
        outcome: of a training.
        folder: for predictions; model and curves lie beside them.

    Raises:
        OSError: if it cannot be written.
    """
    made, predicted = outcome.result, outcome.predictions
    if predicted is None:
        return made
    path = _place(folder, made.job)
    put_by(path, lambda file: np.save(file, predicted))
    if outcome.model is not None:
        put_whole(path.with_suffix(".keras"), outcome.model)
    if outcome.curves is not None:
        write_curves(path, outcome.curves)
    return replace(made, predictions=str(path))


def _place(folder: Path, job: Job) -> Path:
    """The file of the predictions of a job."""
    name = hashlib.sha256(repr((job.arms, job.fold, job.seed)).encode()).hexdigest()[:24]
    return folder / f"{name}.npy"
