"""Training rows as the model's own random transforms change them in training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from valgap.ledger.clone import FULL, INFERENCE
from valgap.ledger.probes.model.subject import Subject
from valgap.observe.kinds import kind_of
from valgap.observe.sources.base import Table

# Layers that change scale or shape and nothing else may stand among the transforms.
_SCALES = ("Rescaling", "Normalization", "Reshape")
_BATCH = 256


def transformed(subject: Subject) -> Table | None:
    """Returns the training rows behind the random transforms that the model begins with.

    None where it begins with none, or has another graph than a plain chain from one input.
    """
    table = subject.tables.get("train")
    chain = _leading(subject.model)
    if table is None or not chain or not isinstance(table.x, np.ndarray):
        return None
    subject.clone.enter(FULL)
    try:
        batches = np.array_split(table.x, max(1, -(-len(table.x) // _BATCH)))
        return replace(table, x=np.concatenate([_through(chain, rows) for rows in batches]))
    finally:
        subject.clone.enter(INFERENCE)


def _through(chain: list[Any], rows: np.ndarray) -> np.ndarray:
    made: Any = rows
    for layer in chain:
        made = layer(made, training=True) if _takes_mode(layer) else layer(made)
    return np.asarray(made)


def _takes_mode(layer: Any) -> bool:
    return bool(getattr(layer, "_call_has_training_arg", False))


def _leading(model: Any) -> list[Any]:
    """The layers up to the last random transform, where nothing else stands before it."""
    if not hasattr(model, "inputs") or len(model.inputs or ()) != 1:
        return []
    chain: list[Any] = []
    for layer in model.layers:
        if not _is_read_once(model, layer):
            return []  # a branch reads plain rows
        if type(layer).__name__ == "InputLayer":
            continue
        if not _is_transform(layer) and type(layer).__name__ not in _SCALES:
            break
        chain.append(layer)
    while chain and not _is_transform(chain[-1]):
        chain.pop()
    return chain


def _is_read_once(model: Any, layer: Any) -> bool:
    """Whether one other layer at most reads what a layer gives."""
    readers = [
        operation
        for operation in getattr(model, "operations", model.layers)
        for node in getattr(operation, "_inbound_nodes", ())
        if any(tensor._keras_history.operation is layer for tensor in node.input_tensors)
    ]
    return all(reader is readers[0] for reader in readers)


def _is_transform(layer: Any) -> bool:
    """Whether a layer, or a model of layers, is made of random transforms and scales alone."""
    parts = getattr(layer, "layers", None) or [layer]
    kinds = [p for p in parts if type(p).__name__ not in ("InputLayer", *_SCALES)]
    return bool(kinds) and all(kind_of(part) == "augmentation" for part in kinds)
