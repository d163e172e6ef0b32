"""What each row contributes to a figure that is a mean over rows.

The scorer checks every one of these against Keras' own bookkeeping before it relies on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.ledger.bookkeeping import Bookkeeping
from valgap.observe.sources.nested import is_nested, rows_of

Floats = NDArray[np.float64]


def contributions(
    books: Bookkeeping, y: Any, predicted: Any, weights: Any, sizes: tuple[int, ...]
) -> dict[str, Floats]:
    """Returns one array of shape (rows,) a figure whose mean is the figure.

    Figures that cannot be taken apart (no mean over rows) are left out.
    """
    n = rows_of(predicted)
    found = _losses(books.model, y, predicted, weights, n)
    # One output's loss is a mean over batches of means over rows, not always over rows.
    share = np.repeat(books.share_of_batch(sizes) * float(np.mean(sizes)) / sizes, sizes)
    found = {name: rows if name == "loss" else rows * share for name, rows in found.items()}
    for name, (metric, y_t, y_p, w) in books.metrics(y, predicted, weights).items():
        rows = _metric_rows(metric, y_t, y_p, n)
        if rows is not None:
            found[name] = _weighted_mean(rows, w)
    return found


def _losses(model: Any, y: Any, predicted: Any, weights: Any, n: int) -> dict[str, Floats]:
    loss = model._compile_loss
    if loss is None or not loss.built:
        return {}
    y, predicted = _aligned(loss, y, predicted)
    total = np.zeros(n)
    found: dict[str, Floats] = {}
    for path, function, weight, name in loss._flat_losses:
        rows = _loss_rows(function, _at(y, path), _at(predicted, path), n)
        if rows is None:
            return {}
        w = weights if weights is None or not is_nested(weights) else _at(weights, path)
        weighted = rows if w is None else rows * _flat_weight(w, n)
        found[f"{name}_loss"] = weighted
        total = total + weighted * (1.0 if weight is None else float(weight))
    found["loss"] = total
    return found


def _aligned(loss: Any, y: Any, predicted: Any) -> tuple[Any, Any]:
    import keras

    if not is_nested(y) and not is_nested(predicted):
        return y, predicted
    pack = keras.tree.pack_sequence_as
    try:
        names = loss.output_names
        if isinstance(y, dict) and not isinstance(predicted, dict) and set(names) == set(y):
            y = [y[name] for name in names]
        return (
            pack(loss._y_true_build_structure, keras.tree.flatten(y)),
            pack(loss._y_pred_build_structure, keras.tree.flatten(predicted)),
        )
    except (ValueError, TypeError):
        return y, predicted


def _loss_rows(function: Any, y: Any, predicted: Any, n: int) -> Floats | None:
    import keras

    if function.reduction not in ("sum_over_batch_size", "mean"):
        return None
    dtype = function.dtype
    y, predicted = (keras.ops.convert_to_tensor(a, dtype=dtype) for a in (y, predicted))
    return _by_row(function.call(y, predicted), n)


def _metric_rows(metric: Any, y: Any, predicted: Any, n: int) -> Floats | None:
    import keras

    if not isinstance(metric, keras.metrics.MeanMetricWrapper):
        return None
    y, predicted = (keras.ops.convert_to_tensor(a) for a in (y, predicted))
    predicted = keras.ops.cast(predicted, metric.dtype)
    return _by_row(metric._fn(y, predicted, **metric._fn_kwargs), n)


def _by_row(values: Any, n: int) -> Floats | None:
    import keras

    values = keras.ops.convert_to_tensor(values)  # a function may give back a variable
    array = np.asarray(keras.ops.convert_to_numpy(values), dtype=np.float64)
    if array.ndim == 0 or len(array) != n:
        return None
    return np.asarray(array.reshape(n, -1).mean(axis=1), dtype=np.float64)


def _weighted_mean(rows: Floats, weights: Any) -> Floats:
    """The influence of each row on a weighted mean; equal to the rows where unweighted."""
    if weights is None:
        return rows
    w = _flat_weight(weights, len(rows))
    mean = float(np.sum(w * rows) / np.sum(w))
    return mean + w / np.mean(w) * (rows - mean)


def _flat_weight(weights: Any, n: int) -> Floats:
    flat = np.asarray(weights, dtype=np.float64).reshape(n, -1)
    return np.asarray(flat.mean(axis=1), dtype=np.float64)


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        tree = tree[step]
    return tree
