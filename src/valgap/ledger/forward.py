"""Forward passes in a chosen mode, one trace a mode, batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from valgap.ledger.clone import Clone, Mode
from valgap.ledger.passes import Pass
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import take_rows


class Forward:
    """Runs a clone over tables; keeps one compiled function a mode."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self._functions: dict[Mode, Callable[[Any], Any]] = {}

    def run(self, table: Table, mode: Mode, after_batch: Callable[[], None] | None = None) -> Pass:
        """Returns the predictions for every batch of the table."""
        import keras

        self.clone.enter(mode)
        self.clone.forget_batches()
        function = self._functions.get(mode)
        if function is None:
            function = self._functions[mode] = _compiled(self.clone.model, mode.training)
        batches = []
        for batch in table.slices():
            found = function(keras.tree.map_structure(_tensor, take_rows(table.x, batch)))
            batches.append(keras.tree.map_structure(array_of, found))
            if after_batch is not None:
                after_batch()
        predictions, masks, logits, own = zip(*batches, strict=True)
        return Pass(predictions, masks, logits, np.array(own, dtype=np.float64))


def _tensor(array: Any) -> Any:
    """Float inputs as Keras would cast them: to the float type in force, here and not in call."""
    import keras

    return keras.ops.convert_to_tensor(array)


def array_of(tensor: Any) -> Any:
    """Returns a tensor as an array, None as None."""
    import keras

    return None if tensor is None else keras.ops.convert_to_numpy(tensor)


def _compiled(model: Any, training: bool) -> Callable[[Any], Any]:
    """One function of (x) -> (predictions, masks, logits, own losses); compiled if cheap."""
    import keras

    def step(x: Any) -> Any:
        predicted = model(x, training=training) if model._call_has_training_arg else model(x)
        outputs = keras.tree.flatten(predicted)
        masks = [keras.src.backend.get_keras_mask(output) for output in outputs]
        return predicted, masks, [_logits(output) for output in outputs], _own_losses(model)

    if keras.backend.backend() != "tensorflow":
        return step
    return traced(step)


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function as a graph of TensorFlow, made anew for each mode and shape."""
    import tensorflow as tf

    graph: Any = tf.function(function, reduce_retracing=True, autograph=False)
    # Tracing a mode anew is what we want; TensorFlow would warn of it on the user's screen.
    graph._omit_frequent_tracing_warning = True
    return graph  # type: ignore[no-any-return]


def _logits(output: Any) -> Any:
    """What Keras' cross-entropies score in place of a softmax or sigmoid, on TensorFlow.

    From these they lose no digits; from probabilities a row is clipped at a loss of 16.
    """
    logits = getattr(output, "_keras_logits", None)
    if logits is None and getattr(getattr(output, "op", None), "type", "") in _SQUASHING:
        logits = output.op.inputs[0]
    return logits


_SQUASHING = ("Softmax", "Sigmoid")


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
