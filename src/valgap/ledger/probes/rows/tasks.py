"""What a target asks for: how it is encoded, the task it makes, the class of each row."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from valgap.evidence.rows import Encoding, Task
from valgap.ledger.probes.rows.arrays import Array, Floats, numeric

# More different whole numbers than these are counts rather than names of classes, unless they
# stand in an integer array that leaves hardly any out.
FEW_CLASSES, MOST_CLASSES = 20, 1000
# Each class is met that often where numbers name classes.
ROWS_A_CLASS = 5
_FOR_CLASSES = ("crossentropy", "hinge", "kldivergence", "bce", "cce", "kld", "logloss")
_FOR_NUMBERS = ("error", "huber", "logcosh", "poisson", "mse", "mae", "mape", "msle", "cosine")


def encoding_of(target: Any) -> Encoding:
    """Returns how a target is encoded, told by its values alone, whatever the loss."""
    array = numeric(target)
    if array is None or array.size == 0:
        return "none"
    columns = _columns(array)
    if columns.shape[1] == 1:
        return "classes" if _names_classes(columns[:, 0]) else "numbers"
    finite = columns[np.isfinite(columns).all(axis=1)]
    if len(finite) == 0 or not _is_0_or_1(finite):
        return "numbers"
    return "one-hot" if np.all(finite.sum(axis=1, dtype=np.float64) == 1) else "flags"


def task_of(target: Any, loss: str = "", units: int | None = None) -> Task:
    """Returns the task that a target makes, by its encoding, values and shape.

    The loss decides only where values leave it open, so that a loss which does not suit the
    target is not taken for the task. `binary` is one column of two values; two columns, or
    two values before a head of two units, are `multiclass`. Masks and sequences of labels
    are `unknown`: they have no class a row.

    Args:
        target: one output's targets, rows first.
        loss: its name, in snake case or as a class; empty where not known.
        units: size of the last axis of the head.
    """
    array = numeric(target)
    encoding = encoding_of(target)
    if array is None or encoding == "none":
        return "unknown"
    if math.prod(array.shape[1:]) > _columns(array).shape[1]:
        return "regression" if encoding == "numbers" else "unknown"
    if encoding == "one-hot":
        return "multiclass"
    if encoding == "flags":
        return "multilabel"
    if _columns(array).shape[1] > 1:
        return _task_of_columns(_columns(array), _meant_for(loss))
    return _task_of_column(_columns(array)[:, 0], encoding, _meant_for(loss), units)


def class_of_rows(target: Any) -> Floats:
    """Returns the number that names the class of each row: of columns, the largest; else NaN."""
    array = numeric(target)
    if array is None:
        raise ValueError("expected numbers as targets")
    columns = _columns(array).astype(np.float64)
    if columns.shape[1] == 1:
        return np.where(np.isfinite(columns[:, 0]), columns[:, 0], np.nan)
    known = np.isfinite(columns).all(axis=1)
    return np.where(known, np.argmax(np.where(np.isfinite(columns), columns, 0), axis=1), np.nan)


def _columns(array: Array) -> Array:
    """Rows and columns: one column where a row holds one number, else the last axis."""
    if array.ndim == 1 or array.shape[-1] == 1:
        return array.reshape(-1, 1)
    return array.reshape(-1, array.shape[-1])


def _is_0_or_1(values: Array) -> bool:
    return bool(np.all((values == 0) | (values == 1)))


def _names_classes(column: Array) -> bool:
    values = column[np.isfinite(column)]
    if len(values) == 0 or np.any(values != np.floor(values)):
        return False
    found = np.unique(values)
    if len(found) <= 2 or (len(found) <= FEW_CLASSES and len(values) >= ROWS_A_CLASS * len(found)):
        return True
    # Numbers 0 to k - 1 with hardly a gap name classes even where there are few rows of each.
    is_dense = found[0] in (0, 1) and found[-1] - found[0] <= 1.25 * len(found)
    most = MOST_CLASSES if column.dtype.kind in "iu" else FEW_CLASSES
    return bool(is_dense and 2 * len(found) <= len(values) and len(found) <= most)


def _meant_for(loss: str) -> Literal["classes", "numbers", ""]:
    name = loss.replace("_", "").lower()
    if any(part in name for part in _FOR_CLASSES):
        return "classes"
    return "numbers" if any(part in name for part in _FOR_NUMBERS) else ""


def _task_of_column(column: Array, encoding: Encoding, meant_for: str, units: int | None) -> Task:
    values = column[np.isfinite(column)]
    if len(values) == 0:
        return "unknown"
    found = np.unique(values)
    if len(found) == 1 and meant_for != "classes" and found[0] not in (0, 1):
        return "regression"
    two: Task = "multiclass" if (units or 1) > 1 else "binary"
    if encoding == "classes":
        if len(found) <= 2:
            return two
        return "regression" if meant_for == "numbers" and (units or 1) == 1 else "multiclass"
    is_named = len(values) >= ROWS_A_CLASS * len(found) and len(found) <= MOST_CLASSES
    if meant_for != "classes" or not is_named:
        return "regression"
    return two if len(found) <= 2 else "multiclass"


def _task_of_columns(columns: Array, meant_for: str) -> Task:
    finite = columns[np.isfinite(columns).all(axis=1)].astype(np.float64)
    if meant_for != "classes" or len(finite) == 0:
        return "regression"
    is_share = bool(np.all(finite >= 0) and np.allclose(finite.sum(axis=1), 1, atol=1e-3))
    if is_share or np.all((finite != 0).sum(axis=1) == 1):
        return "multiclass"
    return "multilabel" if len(np.unique(finite)) == 2 else "regression"
