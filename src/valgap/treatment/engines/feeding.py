"""The rows of a training as `fit` takes them at least cost.

Over arrays on TensorFlow, Keras sets up two pipelines anew for each epoch, which takes longer
than an epoch of a small model. Here one pipeline goes through all epochs, in calls of many steps.
Batches are as Keras makes them where a seed is set, as in all trainings here: rows are shuffled
once, and each epoch has the order of the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from valgap.experiments.feed import arguments
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import Nested, leaves, map_leaves

# Steps that one call of a compiled function makes, at most.
MOST_STEPS_A_CALL = 512
# Of an epoch that has no such divisor: its calls end where its rows do.
STEPS_A_CALL = 64
LEAST_OF_A_PASS = 256
_NUMBERS = "fiub"


def steps_a_call(recipe: Recipe) -> int | None:
    """Gives back the steps that one call of a compiled function makes; None for the model's own.

    TensorFlow alone gains by many: what Python does around each step of a small model takes
    longer than the step. Callbacks that look at batches are called at each.
    """
    # Batches that come one by one from Python do not end where their data do.
    is_of_arrays = recipe.backend == "tensorflow" and "batch_size" in arguments(recipe)
    if not is_of_arrays or _looks_at_batches(recipe):
        return None
    return (
        (_divisor(_steps(recipe)) or STEPS_A_CALL) if _are_numbers(recipe.train) else STEPS_A_CALL
    )


def fed(recipe: Recipe, steps: int | None) -> dict[str, Any]:
    """Gives back the arguments of `fit` that feed the training rows, shuffled by NumPy's state.

    Args:
        recipe: what is trained.
        steps: that a call makes.
    """
    every = _steps(recipe)
    if steps is None or every % steps or not _are_numbers(recipe.train):
        return arguments(recipe)
    count = recipe.train.count
    order = np.random.permutation(count) if recipe.shuffle else np.arange(count)
    endless = _pipeline(recipe.train, order, recipe.batch_size).repeat()
    return {"x": endless, "steps_per_epoch": every, "shuffle": False}


def passed(rows: Rows, recipe: Recipe) -> dict[str, Any]:
    """Gives back arguments of `evaluate` for rows that are passed over again and again.

    Args:
        rows: that judge, or that callbacks are shown.
        recipe: of the training.
    """
    size = of_a_pass(recipe)
    if recipe.backend == "tensorflow" and _are_numbers(rows):
        return {"x": _pipeline(rows, np.arange(rows.count), size)}
    return {"x": rows.x, "y": rows.y, "sample_weight": rows.w, "batch_size": size}


def of_a_pass(recipe: Recipe) -> int:
    """Gives back the rows of a batch where nothing is trained."""
    return max(LEAST_OF_A_PASS, recipe.batch_size)


@contextmanager
def many_steps_a_call(model: Any, steps: int | None) -> Iterator[None]:
    """Trains many steps in one call of a function, where nobody would see the difference.

    Args:
        model: compiled; what it is saved with does not change.
        steps: of a call; None leaves the model as it is.
    """
    if steps is None:
        yield
        return
    before = model.steps_per_execution, model.unrolled_steps_per_execution
    # Unrolled, the function takes longer to trace than it saves.
    model.steps_per_execution, model.unrolled_steps_per_execution = steps, 1
    try:
        yield
    finally:
        model.steps_per_execution, model.unrolled_steps_per_execution = before


def _steps(recipe: Recipe) -> int:
    """Steps of an epoch."""
    return math.ceil(recipe.train.count / recipe.batch_size)


def _divisor(steps: int) -> int | None:
    """Steps of a call of which an epoch has a whole number; None where they would be few."""
    most = max(d for d in range(1, min(steps, MOST_STEPS_A_CALL) + 1) if steps % d == 0)
    return most if most >= min(steps, STEPS_A_CALL) else None


def _are_numbers(rows: Rows) -> bool:
    return all(
        isinstance(leaf, np.ndarray) and leaf.dtype.kind in _NUMBERS
        for part in (rows.x, rows.y, rows.w)
        for leaf in leaves(part)
    )


def _pipeline(rows: Rows, order: np.ndarray, size: int) -> Any:
    """Batches of rows in an order; the last one has those that are left."""
    import tensorflow as tf

    parts = (rows.x, rows.y) if rows.w is None else (rows.x, rows.y, rows.w)
    with tf.device("CPU:0"):
        held = map_leaves(_tensor, _without_lists(parts))
        numbers = tf.constant(order.astype(np.int64))

    def batch(k: Any) -> Any:
        chosen = numbers[k * size : (k + 1) * size]
        return map_leaves(lambda leaf: tf.gather(leaf, chosen), held)

    batches = tf.data.Dataset.range(math.ceil(len(order) / size)).map(batch)
    return batches.with_options(_plain_options())


def _plain_options() -> Any:
    """A pipeline that is not optimised each time that it is begun."""
    import tensorflow as tf

    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.autotune.enabled = False
    return options


def _tensor(leaf: np.ndarray) -> Any:
    """As Keras takes arrays: decimals in its own precision, all else as it is."""
    import keras
    import tensorflow as tf

    return tf.constant(
        leaf.astype(keras.config.floatx(), copy=False) if leaf.dtype.kind == "f" else leaf
    )


def _without_lists(nested: Nested) -> Nested:
    """Lists are tuples: a pipeline would stack them."""
    if isinstance(nested, dict):
        return {key: _without_lists(part) for key, part in nested.items()}
    if isinstance(nested, (tuple, list)):
        return tuple(map(_without_lists, nested))
    return nested


def _looks_at_batches(recipe: Recipe) -> bool:
    import keras

    hooks = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    base = keras.callbacks.Callback
    return any(
        _function(getattr(callback, hook, None)) is not getattr(base, hook)
        for callback in recipe.callbacks
        for hook in hooks
    )


def _function(hook: Any) -> Any:
    """What a method calls; a LambdaCallback holds functions themselves."""
    return getattr(hook, "__func__", hook)
