"""The value of a function of the model's weights, and its gradient, on each backend of Keras.

TensorFlow and jax compile what they are given when it is first called; torch runs it as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from valgap.ledger.forward import traced

Function = Callable[..., Any]
"""Takes tensors, and gives one tensor: a loss, say. It may read any variable of the model."""


def compiled(function: Function, model: Any) -> Function:
    """Returns the function, compiled where the backend gains by that.

    What it assigns to variables is kept on TensorFlow and torch, and lost on jax.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        return traced(function)
    make = {"jax": _on_jax, "torch": _without_gradient}
    return make[keras.backend.backend()](function, model)


def gradient_of(function: Function, variables: Sequence[Any], model: Any) -> Function:
    """Returns a function of the same arguments that gives a tensor a variable, in their order.

    None stands for a variable that the value does not depend on; on jax that is 0.
    """
    import keras

    make = {"tensorflow": _by_tape, "jax": _by_jax, "torch": _by_torch}[keras.backend.backend()]
    return make(function, list(variables), model)


def _by_tape(function: Function, variables: list[Any], _: Any) -> Function:
    import tensorflow as tf

    def step(*args: Any) -> Any:
        values = [variable.value for variable in variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            value = function(*args)
        found = tape.gradient(value, values)
        return [None if g is None else tf.convert_to_tensor(g) for g in found]

    return traced(step)


def _without_gradient(function: Function, _: Any) -> Function:
    import torch

    def step(*args: Any) -> Any:
        with torch.no_grad():
            return function(*args)

    return step


def _by_torch(function: Function, variables: list[Any], _: Any) -> Function:
    import torch

    def step(*args: Any) -> Any:
        values = [variable.value for variable in variables]
        asked = [value.requires_grad for value in values]
        try:
            for value in values:
                value.requires_grad_(True)  # those of frozen layers are asked for, too
            with torch.enable_grad():
                made = function(*args)
            if not made.requires_grad:
                return [None] * len(values)
            return list(torch.autograd.grad(made, values, allow_unused=True))
        finally:
            for value, before in zip(values, asked, strict=True):
                value.requires_grad_(before)

    return step


def _on_jax(function: Function, model: Any) -> Function:
    import jax

    fast = jax.jit(_pure(function, model.variables))

    def step(*args: Any) -> Any:
        return fast([variable.value for variable in model.variables], *args)

    return step


def _by_jax(function: Function, variables: list[Any], model: Any) -> Function:
    import jax

    ids = {id(variable) for variable in variables}
    others = [variable for variable in model.variables if id(variable) not in ids]
    pure = _pure(function, [*variables, *others])

    def of_both(values: list[Any], rest: list[Any], *args: Any) -> Any:
        return pure([*values, *rest], *args)

    fast = jax.jit(jax.grad(of_both))

    def step(*args: Any) -> Any:
        return fast([v.value for v in variables], [v.value for v in others], *args)

    return step


def _pure(function: Function, variables: Sequence[Any]) -> Function:
    """The function with the values of variables as its first argument; it assigns to none."""
    import keras

    def pure(values: Sequence[Any], *args: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(*args)

    return pure
