"""Predictions of classes made comparable: true and chosen class and probabilities, by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.ledger.probes.model.subject import Output

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Classified:
    """True and chosen class, shape (rows, steps), and the probabilities of classes, if any.

    A model without steps has one step. `names` are the classes by their number.
    """

    truth: Ints
    chosen: Ints
    probabilities: Floats | None
    names: tuple[str, ...]


def classified(output: Output, target: Any, predicted: Any) -> Classified | None:
    """Returns one output's classes, or None where targets and outputs do not fit each other."""
    target, predicted = np.asarray(target), np.asarray(predicted, dtype=np.float64)
    named = output.encoding == "classes" or output.task in ("binary", "multiclass")
    if not target.size or not np.isfinite(target).all():
        return None
    if output.encoding == "one-hot" or (output.task == "multiclass" and _has_columns(target)):
        truth, width = target.argmax(axis=-1), target.shape[-1]
    elif named:
        truth, width = _values(target, predicted), 0
    else:
        return None
    if predicted.ndim == truth.ndim:
        predicted = predicted[..., None]
    if predicted.shape[:-1] != truth.shape:
        return None
    rows = len(truth)
    units = predicted.shape[-1]
    names, truth = _named(truth, max(width, units if units > 1 else 2))
    truth = truth.reshape(rows, -1)
    predicted = predicted.reshape(rows, truth.shape[1], units)
    probabilities = as_probabilities(output, predicted)
    if units == 1:
        return _of_one_unit(output, truth, predicted[..., 0], probabilities, names)
    chosen = np.where(np.isfinite(predicted).all(-1), predicted.argmax(-1), 0)
    if units > len(names):
        return None
    return Classified(truth, chosen, probabilities, names)


def _has_columns(target: Any) -> bool:
    return bool(target.ndim > 1 and target.shape[-1] > 1)


def _values(target: Any, predicted: Floats) -> Any:
    """Class values without a last axis of one."""
    one = target.ndim > 1 and target.shape[-1] == 1 and target.ndim >= predicted.ndim
    return target[..., 0] if one else target


def _named(truth: Any, least: int) -> tuple[tuple[str, ...], Ints]:
    """Classes as 0, 1, 2 ... with their names; of others than whole numbers from 0, the k-th."""
    if truth.min() < 0 or np.any(truth != np.floor(truth)):
        values, codes = np.unique(truth, return_inverse=True)
        return tuple(f"{v:g}" for v in values), codes.reshape(truth.shape).astype(np.int64)
    return tuple(str(i) for i in range(max(least, int(truth.max()) + 1))), truth.astype(np.int64)


def _of_one_unit(
    output: Output, truth: Ints, score: Floats, probabilities: Floats | None, names: tuple[str, ...]
) -> Classified:
    """One number a row: a threshold between two classes, else the nearest class number."""
    if len(names) > 2:
        safe = np.nan_to_num(score, nan=0.0, posinf=len(names) - 1, neginf=0)
        return Classified(truth, np.clip(np.rint(safe), 0, len(names) - 1).astype(int), None, names)
    at = threshold(output)
    both = None
    if probabilities is not None:
        p = probabilities[..., 0]
        both = np.stack([1 - p, p], axis=-1)
    return Classified(truth, (score > at).astype(np.int64), both, names)


def threshold(output: Output) -> float:
    """Returns the number above which one unit means yes."""
    return 0.0 if output.logits or "hinge" in output.loss else 0.5


def as_probabilities(output: Output, predicted: Floats) -> Floats | None:
    """Returns probabilities where the output has them, or scores that the loss turns into them."""
    flags = output.task == "multilabel" or predicted.shape[-1] == 1 or "binary" in output.loss
    if output.logits:
        return sigmoid(predicted) if flags else softmax(predicted)
    if not np.isfinite(predicted).all() or predicted.min() < 0 or predicted.max() > 1:
        return None
    if not flags and np.abs(predicted.sum(-1) - 1).max() > 1e-3:
        return None
    return predicted


def softmax(scores: Floats) -> Floats:
    """Probabilities along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float64)


def sigmoid(scores: Floats) -> Floats:
    """Probabilities of each flag."""
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -500, 500))), dtype=np.float64)
