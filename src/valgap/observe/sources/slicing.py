"""Rows of the user's arrays, sliced first and then converted as Keras converts them."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.observe.sources.base import SourceUnreadableError
from valgap.observe.sources.nested import Nested, leaves, map_leaves


def refuse_sparse(nested: Nested) -> None:
    """Raises SourceUnreadableError for sparse and ragged inputs."""
    from keras.src.trainers.data_adapters import data_adapter_utils as utils

    for leaf in leaves(nested):
        if utils.is_tensorflow_ragged(leaf):
            raise SourceUnreadableError("the rows are ragged tensors, which are not read again")
        if any(
            test(leaf)
            for test in (utils.is_tensorflow_sparse, utils.is_scipy_sparse, utils.is_jax_sparse)
        ):
            raise SourceUnreadableError("the rows are sparse tensors, which are not read again")


def read_rows(nested: Nested, positions: np.ndarray) -> Nested:
    """Copies of the rows at `positions`, with the types that Keras gives them."""
    return map_leaves(lambda leaf: _standardised(_rows(leaf, positions)), nested)


def _rows(leaf: Any, positions: np.ndarray) -> Any:
    if hasattr(leaf, "iloc"):
        return leaf.iloc[positions]
    if isinstance(leaf, np.ndarray):
        return leaf[positions]
    module = type(leaf).__module__
    if module.startswith("torch"):
        import torch

        return leaf[torch.as_tensor(positions)].detach().cpu().numpy()
    if module.startswith("tensorflow"):
        import tensorflow as tf

        return np.asarray(tf.gather(leaf, positions, axis=0))
    return np.asarray(leaf)[positions]


def _standardised(rows: Any) -> np.ndarray:
    # Keras' own conversion: floats to floatx, series to columns, strings to tensors.
    from keras.src.trainers.data_adapters import array_slicing

    sliceable = array_slicing.convert_to_sliceable(rows)
    return np.asarray(sliceable.convert_to_numpy(sliceable.array))
