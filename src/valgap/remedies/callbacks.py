"""What remedies do while a model trains and when it has ended. Import it lazily: it is of Keras.

Nothing of it stays in the model: it can be saved and loaded without valgap.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from valgap.ledger.clone import REESTIMATE_INFERENCE, Clone, clone_of
from valgap.observe.recipe import Rows
from valgap.observe.sources.nested import Nested, take_rows
from valgap.remedies.thresholds import shifts

INNER = "inner_loss"
# Rows of one forward pass; the least probability, as Keras clips them.
OF_A_PASS, LEAST = 256, 1e-7


class KeepBestEpoch(keras.callbacks.EarlyStopping):  # type: ignore[misc]
    """Puts back the weights of the epoch with the lowest loss on rows that it holds itself."""

    place = 0

    def __init__(self, rows: Rows, patience: int, batch_size: int) -> None:
        super().__init__(monitor=INNER, mode="min", patience=patience, restore_best_weights=True)
        self.rows, self.batch_size = rows, batch_size

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Scores the rows in inference mode and lets Keras compare."""
        rows = self.rows
        told = self.model.evaluate(
            rows.x, rows.y, batch_size=self.batch_size, verbose=0, return_dict=True
        )
        super().on_epoch_end(epoch, {**(logs or {}), INNER: float(told["loss"])})


class ReestimateStatistics(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets moving statistics to the mean over batches of those of the batch, at the end.

    Conditions are those of inference: no dropout, no random transforms.
    """

    place = 1

    def __init__(self, x: Nested, count: int, batch_size: int) -> None:
        super().__init__()
        self.x, self.count, self.batch_size = x, count, batch_size

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
        """Makes forward passes; no weight is changed."""
        flags = {layer.path: layer.trainable for layer in self.model._flatten_layers(False)}
        clone = clone_of(self.model, flags, borrow=True)
        layers = clone.kinds["batch-statistics"]
        try:
            clone.enter(REESTIMATE_INFERENCE)
            sizes, seen = self._statistics(clone)
        finally:
            clone.close()
        for place, layer in enumerate(layers):
            for which, variable in enumerate((layer.moving_mean, layer.moving_variance)):
                values = [batch[place][which] for batch in seen]
                variable.assign(np.average(values, axis=0, weights=sizes))

    def _statistics(self, clone: Clone) -> tuple[list[int], list[list[tuple[Any, Any]]]]:
        sizes: list[int] = []
        seen: list[list[tuple[Any, Any]]] = []
        for first in range(0, self.count, self.batch_size):
            part = np.arange(first, min(first + self.batch_size, self.count))
            if len(part) < 2 and seen:  # one row has no variance
                continue
            self.model(take_rows(self.x, part), training=True)
            layers = clone.kinds["batch-statistics"]
            seen.append([(np.array(bn.moving_mean), np.array(bn.moving_variance)) for bn in layers])
            sizes.append(len(part))
        return sizes, seen


class ShiftHead(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds to the bias of a dense head, at the end."""

    place = 2

    def __init__(self, layer: str, shift: np.ndarray) -> None:
        super().__init__()
        self.layer, self.shift = layer, shift

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
        """Moves the outputs, and nothing else."""
        for layer in self.model._flatten_layers(include_self=False):
            if layer.name == self.layer:
                layer.bias.assign(layer.bias + np.asarray(self.shift, layer.bias.dtype))


class MoveHead(keras.callbacks.Callback):  # type: ignore[misc]
    """Moves the bias of a dense head to the best decisions on rows that it holds, at the end.

    Args:
        layer: the name of the head.
        rows: held out of training.
        codes: the class of each of them.
        figure: by which decisions are judged, see `thresholds.shifts`.
        ends_in: the activation of the model: linear, softmax or sigmoid.
    """

    place = 2

    def __init__(
        self, layer: str, rows: Rows, codes: np.ndarray, figure: str, ends_in: str
    ) -> None:
        super().__init__()
        self.layer, self.rows, self.codes = layer, rows, codes
        self.figure, self.ends_in = figure, ends_in

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
        """Predicts the rows, and moves the outputs."""
        moved = shifts(self._scores(), self.codes, self.figure)
        for layer in self.model._flatten_layers(include_self=False):
            if layer.name == self.layer:
                moved = moved[-layer.units :]  # of one unit: that of the second class
                layer.bias.assign(layer.bias + np.asarray(moved, layer.bias.dtype))

    def _scores(self) -> np.ndarray:
        """What a softmax would take, rows x classes."""
        told = [
            self.model(take_rows(self.rows.x, slice(i, i + OF_A_PASS)), training=False)
            for i in range(0, len(self.codes), OF_A_PASS)
        ]
        parts = [keras.ops.convert_to_numpy(keras.tree.flatten(t)[0]) for t in told]
        values = np.concatenate(parts).astype(np.float64)
        if self.ends_in == "softmax":
            return np.asarray(np.log(np.clip(values, LEAST, 1)))
        if self.ends_in == "sigmoid":
            values = np.log(np.clip(values, LEAST, 1)) - np.log(np.clip(1 - values, LEAST, 1))
        return np.concatenate([0 * values, values], axis=1) if values.shape[1] == 1 else values
