"""Normalization layers whose numbers change without their functions being compiled again.

Mean and variance that such a layer is given are constants of what is compiled. They are of the
training rows, so each fold would compile its own. In a model that is kept they are variables:
values that the layer computes do not change, nor what it is saved as.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_NUMBERS = ("mean", "variance")


def without_numbers(config: Any) -> Any:
    """Gives back a configuration in which such numbers are not told, their shape only."""
    if isinstance(config, (list, tuple)):
        return [without_numbers(part) for part in config]
    if not isinstance(config, dict):
        return config
    made = {key: without_numbers(part) for key, part in config.items()}
    held = made.get("config")
    if made.get("class_name") == "Normalization" and isinstance(held, dict):
        held.update({name: _shape(held.get(name)) for name in _NUMBERS})
    return made


def loosen(model: Any) -> None:
    """Makes variables of the numbers, in place; before anything is compiled.

    They are put past the bookkeeping of Keras: no weights of the model.

    Args:
        model: built, on TensorFlow.
    """
    import tensorflow as tf

    for layer in _given_numbers(model):
        for name in _NUMBERS:
            layer.__dict__[name] = tf.Variable(getattr(layer, name), trainable=False)


def take_numbers(model: Any, fresh: Any) -> None:
    """Puts the numbers of a model into one that was loosened and is otherwise the same."""
    for own, other in zip(_given_numbers(model), _given_numbers(fresh), strict=True):
        for name in _NUMBERS:
            getattr(own, name).assign(getattr(other, name))
            setattr(own, f"input_{name}", getattr(other, f"input_{name}"))


def _given_numbers(model: Any) -> Iterator[Any]:
    import keras

    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization) and layer.input_mean is not None:
            yield layer


def _shape(value: Any) -> int | None:
    return len(value) if isinstance(value, list) else None
