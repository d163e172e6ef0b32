"""Forward passes in a chosen mode, one trace a mode, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from valgap.ledger.clone import Clone, Mode
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import concatenate, take_rows


@dataclass(frozen=True, slots=True)
class Pass:
    """Predictions of one pass: one nested array a batch, with masks and own losses.

    `own_losses` holds, a batch, the sum of activity penalties and added losses.
    """

    predictions: tuple[Any, ...]
    masks: tuple[Any, ...]
    own_losses: np.ndarray

    @property
    def joined(self) -> Any:
        """Predictions of all batches in one."""
        return concatenate(self.predictions)


class Forward:
    """Runs a clone over tables; keeps one compiled function a mode."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self._functions: dict[Mode, Callable[[Any], Any]] = {}

    def run(self, table: Table, mode: Mode, after_batch: Callable[[], None] | None = None) -> Pass:
        """Returns the predictions for every batch of the table."""
        import keras

        self.clone.enter(mode)
        function = self._functions.get(mode)
        if function is None:
            function = self._functions[mode] = _compiled(self.clone.model, mode.training)
        predictions, masks, own = [], [], []
        for batch in table.slices():
            predicted, mask, loss = function(
                keras.tree.map_structure(_tensor, take_rows(table.x, batch))
            )
            predictions.append(keras.tree.map_structure(keras.ops.convert_to_numpy, predicted))
            masks.append(_numpy_or_none(mask))
            own.append(float(keras.ops.convert_to_numpy(loss)))
            if after_batch is not None:
                after_batch()
        return Pass(tuple(predictions), tuple(masks), np.array(own))


def _tensor(array: Any) -> Any:
    """Float inputs as Keras would cast them: to the float type in force, here and not in call."""
    import keras

    return keras.ops.convert_to_tensor(array)


def _compiled(model: Any, training: bool) -> Callable[[Any], Any]:
    """One function of (x) -> (predictions, masks, own losses), compiled where that is cheap."""
    import keras

    def step(x: Any) -> Any:
        predicted = model(x, training=training) if model._call_has_training_arg else model(x)
        masks = [keras.src.backend.get_keras_mask(p) for p in keras.tree.flatten(predicted)]
        return predicted, masks, _own_losses(model)

    if keras.backend.backend() != "tensorflow":
        return step
    import tensorflow as tf

    return tf.function(step, reduce_retracing=True, autograph=False)  # type: ignore[no-any-return]


def _own_losses(model: Any) -> Any:
    """Activity penalties and losses added in `call`, without the penalties on weights."""
    import keras

    losses = list(model._get_own_losses())
    for layer in model._flatten_layers(include_self=False):
        losses.extend(layer._get_own_losses())
    total = keras.ops.zeros((), dtype="float32")
    for loss in losses:
        total = total + keras.ops.cast(keras.ops.sum(loss), "float32")
    return total


def weight_penalty(model: Any) -> float:
    """Returns the sum of the penalties on weights at the present weights."""
    import keras

    losses = model._get_regularization_losses()
    return float(sum(float(keras.ops.convert_to_numpy(loss)) for loss in losses))


def _numpy_or_none(masks: list[Any]) -> list[Any]:
    import keras

    return [None if m is None else keras.ops.convert_to_numpy(m) for m in masks]
