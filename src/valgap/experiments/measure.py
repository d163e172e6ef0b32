"""What a trained model is worth on rows: one number from 0, chance, to 1, perfect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from valgap.evidence.rows import Task
from valgap.ledger.probes.model.classes import classified, threshold
from valgap.ledger.probes.model.losses import losses_of, named
from valgap.ledger.probes.model.subject import Output, names_of, targets_of
from valgap.ledger.probes.rows.tasks import encoding_of, task_of
from valgap.observe.recipe import Rows
from valgap.observe.sources.nested import leaves

# Of more columns than these, as of pictures, all variance is taken together.
MANY_COLUMNS = 8
# Numbers that name classes can be judged as either, whatever the loss takes them for.
_EITHER: tuple[Task, ...] = ("multiclass", "regression")


def outputs_of(model: Any, loss: Any, rows: Rows, predicted: Any) -> tuple[Output, ...]:
    """Returns what the targets of training rows and the loss make of each output."""
    names = names_of(model, predicted)
    found = []
    for name, target, given, values in zip(
        names, targets_of(rows.y, names), losses_of(loss, names), leaves(predicted), strict=True
    ):
        text, logits = named(given)
        units = values.shape[-1] if values.ndim > 1 else 1
        task: Task = "unknown" if target is None else task_of(target, text, units)
        found.append(Output(name, encoding_of(target), task, text, logits))
    return tuple(found)


def skills(outputs: tuple[Output, ...], rows: Rows, predicted: Any) -> Mapping[str, float]:
    """Returns the skill on rows by the task that it is judged as, of outputs the worst.

    The key "" holds it for the task that targets and loss tell.
    """
    targets = targets_of(rows.y, tuple(o.name for o in outputs))
    found: dict[str, list[float]] = {}
    for output, target, values in zip(outputs, targets, leaves(predicted), strict=True):
        if target is None:
            continue
        also = _EITHER if output.encoding == "classes" else ()
        for key, task in (("", output.task), *((t, t) for t in also)):
            told = _skill(replace(output, task=task), np.asarray(target), np.asarray(values))
            if told is not None:
                found.setdefault(key, []).append(max(0.0, told))
    return {key: min(values) for key, values in found.items()}


def _skill(output: Output, target: np.ndarray, values: np.ndarray) -> float | None:
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        return 0.0
    if output.task == "regression":
        return _explained(target.reshape(len(target), -1), values.reshape(len(values), -1))
    if output.task == "multilabel":
        return _flags(output, target, values)
    found = classified(output, target, values)
    if found is None:
        return None
    recalls = [float((found.chosen == k)[found.truth == k].mean()) for k in np.unique(found.truth)]
    chance = 1 / max(2, len(recalls))
    return (float(np.mean(recalls)) - chance) / (1 - chance)


def _explained(target: np.ndarray, values: np.ndarray) -> float | None:
    from sklearn.metrics import r2_score

    if target.shape != values.shape or not target.std() > 0:
        return None
    how = "variance_weighted" if target.shape[1] > MANY_COLUMNS else "uniform_average"
    return float(r2_score(target, values, multioutput=how))


def _flags(output: Output, target: np.ndarray, values: np.ndarray) -> float | None:
    """The mean over flags of both recalls, from chance."""
    if target.shape != values.shape:
        return None
    truth = (target > 0.5).reshape(-1, target.shape[-1]).T
    chosen = (values > threshold(output)).reshape(-1, target.shape[-1]).T
    both = [
        np.mean([(c[t == k] == k).mean() for k in (False, True)])
        for t, c in zip(truth, chosen, strict=True)
        if 0 < t.sum() < len(t)
    ]
    return 2 * float(np.mean(both)) - 1 if both else None
