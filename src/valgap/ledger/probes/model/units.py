"""Which layers are measured one by one: those that a user thinks of as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_TRANSPARENT = {"TimeDistributed"}
_CALLS_FIRST = {"InputLayer"}


def measured_layers(model: Any) -> list[Any]:
    """Returns the layers of a flattened model: nested models are opened, Keras' layers are not.

    A recurrent cell is part of its layer, the projections of an attention part of it.
    """
    found: dict[int, Any] = {}
    for child in model._layers:
        found.update((id(layer), layer) for layer in _opened(child))
    return list(found.values())


def _opened(layer: Any) -> Iterator[Any]:
    if type(layer).__name__ in _CALLS_FIRST:
        return
    if not layer._layers or _is_one(layer):
        yield layer
        return
    if layer._trainable_variables:
        yield layer
    for child in layer._layers:
        yield from _opened(child)


def _is_one(layer: Any) -> bool:
    import keras

    own = type(layer).__module__.split(".")[0] == "keras"
    return own and not isinstance(layer, keras.Model) and type(layer).__name__ not in _TRANSPARENT


def learned(layer: Any) -> list[Any]:
    """Returns the variables that training may move, whether the layer is frozen or not."""
    parts = [layer, *layer._flatten_layers(include_self=False)] if _is_one(layer) else [layer]
    own = [v for part in parts for v in part._trainable_variables]
    return list({id(v): v for v in own}.values())


def places(model: Any) -> dict[int, int]:
    """Returns where each variable stands in the list of the model's weights, by identity."""
    return {id(variable): i for i, variable in enumerate(model.weights)}


def norm(arrays: list[np.ndarray]) -> float:
    """Returns the Euclidean norm of several arrays as of one vector."""
    squares = (float(np.sum(np.square(a, dtype=np.float64))) for a in arrays)
    return float(np.sqrt(sum(squares)))


def activation_of(layer: Any) -> str | None:
    """Returns the name of a layer's activation in snake case, None where it has none."""
    cls = type(layer).__name__
    if cls in _ACTIVATIONS:
        return _ACTIVATIONS[cls]
    inner = layer.layer if cls in _TRANSPARENT else layer
    function = getattr(inner, "activation", None)
    if function is None:
        return None
    return str(getattr(function, "__name__", type(function).__name__)).lower()


_ACTIVATIONS = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "PReLU": "prelu",
    "ELU": "elu",
    "Softmax": "softmax",
    # Operations of a functional graph that are no layers.
    "Relu": "relu",
    "Relu6": "relu6",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Elu": "elu",
    "Selu": "selu",
    "Gelu": "gelu",
    "Silu": "silu",
    "LogSoftmax": "log_softmax",
}
