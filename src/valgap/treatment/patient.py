"""What is treated: the recorded fit, its rows, and what it is judged by."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from valgap.errors import UsageError
from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import joined
from valgap.experiments.rebuild import unpacked
from valgap.ledger.probes.model.losses import losses_of, named
from valgap.ledger.probes.rows.tasks import task_of
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import leaves
from valgap.treatment.metrics import Function, Metric, metric_of
from valgap.treatment.table import Table
from valgap.treatment.windows import windows_together

DEFAULTS = {"binary": "balanced_accuracy", "multiclass": "balanced_accuracy", "regression": "r2"}


@dataclass(frozen=True, slots=True)
class Patient:
    """A fit that can be made again; `table` counts the rows of both splits, training first.

    `notes` say what was made of rows that go together.
    """

    path: Path
    recipe: Recipe
    backend: str
    table: Table
    metric: Metric
    given: str | Function
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The groups of training and of validation rows, None where they are not known."""
        every, count = self.table.groups, self.recipe.train.count
        return None if every is None else (every[:count], every[count:])


def patient_of(
    path: Path, backend: str, metric: str | Function | None = None, groups: Any = None
) -> Patient:
    """Gives back what is to be treated.

    Args:
        path: of the recipe.
        backend: of Keras, of the recorded fit.
        metric: a name of `METRICS`, or a callable; by the task if there is none.
        groups: one a row, training rows first; if there are none, those of the run, or windows
            that share steps.

    Raises:
        UsageError: if rows, outputs or metric are none that a study can judge.
    """
    recipe = _read(path, backend)
    try:
        every = joined(recipe.train, recipe.validation)
    except CannotVaryError as error:
        raise UsageError(f"cannot be treated: {error}") from None
    targets = [np.asarray(leaf) for leaf in leaves(every.y)]
    if len(targets) != 1:
        raise UsageError(f"cannot be treated: expected one output, the fit has {len(targets)}")
    task = _task(recipe, targets[0])
    _refuse_labels(targets[0], task)
    given = metric or DEFAULTS[task]
    found = metric_of(given, "values" if task == "regression" else "classes")
    if (found.of == "values") != (task == "regression"):
        raise UsageError(f"metric: {found.name} is of {found.of}, and the targets are {task}")
    known, note = _groups(recipe, groups), None
    if known is None:
        known, note = windows_together(every.x, targets[0], found.of)
    table, notes = Table(targets[0], known), () if note is None else (note,)
    return Patient(path, recipe, backend, table, found, given, notes)


def _read(path: Path, backend: str) -> Recipe:
    # Objects in it import Keras, which then is to be the recorded one.
    os.environ.setdefault("KERAS_BACKEND", backend)
    import cloudpickle

    try:
        recipe: Recipe = cloudpickle.loads(path.read_bytes())
    except Exception as error:  # deleted, cut off, or of a module that is not there any more
        raise UsageError(f"the fit cannot be made again: {type(error).__name__}: {error}") from None
    return recipe


def _task(recipe: Recipe, targets: np.ndarray) -> str:
    (loss,) = losses_of(unpacked(recipe.loss, recipe.custom), ("",))
    text, _ = named(loss)
    task = task_of(targets, text, targets.shape[1] if targets.ndim > 1 else 1)
    if task not in DEFAULTS:
        raise UsageError(f"cannot be treated: targets are {task}, not classes or values")
    return task


def _refuse_labels(targets: np.ndarray, task: str) -> None:
    """Classes are the columns of predictions: other labels would be judged as other classes."""
    if targets.ndim > 2:
        raise UsageError(
            f"cannot be treated: expected one target a row, received shape {targets.shape}"
        )
    if task == "regression" or (targets.ndim == 2 and targets.shape[1] > 1):
        return
    labels = np.unique(targets)
    if not np.array_equal(labels, np.arange(len(labels))):
        told = ", ".join(str(label) for label in labels[:4])
        raise UsageError(
            f"cannot be treated: expected classes from 0 on, none left out, received {told}; "
            "encode them, as with sklearn.preprocessing.LabelEncoder"
        )


def _groups(recipe: Recipe, given: Any) -> np.ndarray | None:
    if given is not None:
        return np.asarray(given)
    if not recipe.groups:
        return None
    return np.concatenate([recipe.groups["train"], recipe.groups["validation"]])
