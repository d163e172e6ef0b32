"""Sample weights as Keras makes them out of class weights and of one array for all outputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from valgap.observe.sources.nested import Nested, is_nested, map_leaves


def weights_for(y: Nested, w: Nested, class_weight: Mapping[int, float] | None) -> Nested:
    """The weights that reach the loss: `w`, one a output, or those of the classes of `y`."""
    if w is None and class_weight is not None and y is not None and not is_nested(y):
        return class_weights(np.asarray(y), class_weight)
    if w is not None and is_nested(y) and not is_nested(w):
        return map_leaves(lambda _: w, y)
    return w


def class_weights(y: np.ndarray, class_weight: Mapping[int, float]) -> np.ndarray:
    """One weight a row: of the rounded label, or of the largest entry of a row of `y`.

    The rule of `keras.src.trainers.data_adapters.data_adapter_utils`: classes without a
    weight weigh 1.
    """
    if y.ndim > 1:
        y = np.argmax(y, axis=-1) if y.shape[-1] != 1 else np.squeeze(y, axis=-1)
    classes = np.round(y).astype(np.int32)
    known, position = np.unique(classes, return_inverse=True)
    table = np.asarray([class_weight.get(int(c), 1.0) for c in known], dtype=np.float32)
    return table[position].reshape(classes.shape)
