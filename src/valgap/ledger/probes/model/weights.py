"""Weights by layer: how large, how far they moved, whether units are copies; their penalties."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.ledger.probes.model.subject import Subject, Weights
from valgap.ledger.probes.model.units import learned, norm, places

# Units trained from one start by the same gradients part by rounding alone, which grows with
# the steps; units that were drawn at random differ in the first digit.
_SAME = 1e-4


def weights(subject: Subject, layers: list[Any]) -> dict[int, dict[str, Any]]:
    """Returns the fields of each layer that has weights, by identity of the layer."""
    where = places(subject.model)
    found = {}
    for layer in layers:
        at = [where[id(v)] for v in learned(layer) if id(v) in where]
        if not at:
            continue
        last = [subject.last[i] for i in at]
        fields: dict[str, Any] = {
            "has_weights": True,
            "weights_norm": norm(last),
            "identical_units": identical_units(layer, last),
            "penalty": _penalty(layer),
        }
        if subject.start is not None:
            start = [subject.start[i] for i in at]
            fields["moved"] = _moved(start, last)
            fields["identical_at_start"] = identical_units(layer, start)
        found[id(layer)] = fields
    return found


def _moved(start: Weights, last: Weights) -> float | None:
    """The norm of the change over that of the start; nothing to divide by gives None."""
    change = norm([b.astype(np.float64) - a for a, b in zip(start, last, strict=True)])
    before = norm(start)
    if change == 0:
        return 0.0
    return change / before if before > 0 else None


def identical_units(layer: Any, values: Weights) -> float | None:
    """Returns the share of units whose weights equal another unit's, over all kernels.

    The largest share of the kernels counts: one that is all alike holds the others back.
    """
    shares = []
    for value in values:
        columns = _by_unit(layer, value)
        if columns is not None and columns.shape[1] > 1 and np.isfinite(columns).all():
            shares.append(_identical(columns))
    return max(shares, default=None)


def _identical(columns: np.ndarray) -> float:
    scale = float(np.abs(columns).max())
    rounded = np.rint(columns / (_SAME * scale)) if scale > 0 else columns
    _, counts = np.unique(rounded, axis=1, return_counts=True)
    return float(counts[counts > 1].sum() / columns.shape[1])


def _by_unit(layer: Any, value: np.ndarray) -> np.ndarray | None:
    """A kernel as (inputs, units); None for biases, scales and kernels of one input.

    Of one input a unit has one weight, and two of many may well round to the same.
    """
    if value.ndim < 2 or "Embedding" in type(layer).__name__:
        return None
    cls = type(layer).__name__
    if cls.endswith("Transpose"):
        value = np.moveaxis(value, -1, -2)
    if cls.startswith("Depthwise"):
        value = value.reshape(*value.shape[:-2], -1)
    if "Attention" in cls or cls == "EinsumDense":
        columns = value.reshape(value.shape[0], -1)
    else:
        columns = value.reshape(-1, value.shape[-1])
    return columns if columns.shape[0] > 1 or not np.ptp(columns) else None


def _penalty(layer: Any) -> float | None:
    """The penalties on this layer's weights as they are loaded; None where it has none."""
    import keras

    found = [v for v in learned(layer) if v.regularizer is not None and v.trainable]
    if not found:
        return None
    return float(sum(float(keras.ops.convert_to_numpy(v.regularizer(v))) for v in found))
