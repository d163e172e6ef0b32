"""What a forward pass gave, and the same again as tensors that Keras scores like its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from valgap.observe.sources.nested import concatenate


@dataclass(frozen=True, slots=True)
class Pass:
    """Predictions of one pass: one nested array a batch.

    `masks` and `logits` hold, a batch, one array (or None) an output; `own_losses` the sum
    of activity penalties and added losses of each batch.
    """

    predictions: tuple[Any, ...]
    masks: tuple[list[Any], ...]
    logits: tuple[list[Any], ...]
    own_losses: np.ndarray

    @property
    def is_masked(self) -> bool:
        """Whether an output carries a mask, which the loss then heeds."""
        return any(mask is not None for masks in self.masks for mask in masks)

    def of_batch(self, batch: int) -> Any:
        """Returns the predictions of one batch as tensors, with what Keras hangs on to them."""
        import keras

        tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, self.predictions[batch])
        outputs = keras.tree.flatten(tensors)
        for output, mask, logits in zip(
            outputs, self.masks[batch], self.logits[batch], strict=True
        ):
            if mask is not None:
                keras.src.backend.set_keras_mask(output, keras.ops.convert_to_tensor(mask))
            _hang(output, logits)
        return tensors

    def joined(self) -> Any:
        """Returns the predictions of all batches as one; masks are left out."""
        import keras

        whole = concatenate(self.predictions)
        tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, whole)
        for i, output in enumerate(keras.tree.flatten(tensors)):
            parts = [logits[i] for logits in self.logits]
            _hang(output, None if parts[0] is None else np.concatenate(parts))
        return tensors


def _hang(output: Any, logits: Any) -> None:
    import keras

    if logits is not None:
        output._keras_logits = keras.ops.convert_to_tensor(logits)
