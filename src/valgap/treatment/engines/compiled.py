"""Models whose functions are compiled once for all trainings of an arm in a worker.

To trace and compile the functions of a small model takes as long as to train it. Two trainings of
the same arm differ by seed and rows only: the model of the first is put into the state that one
built anew would begin in, variable by variable. A training comes to the same, to the bit,
whichever it is made with, so that it does not matter which worker made what before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from valgap.experiments.rebuild import build
from valgap.observe.recipe import Recipe

# The patient, the arm that races, and one between.
MOST_KEPT = 3
# Steps that one call of a compiled function makes; an epoch of fewer ends where its rows do.
STEPS_A_CALL = 64
_kept: dict[str, Any] = {}


def built(recipe: Recipe, seed: int) -> Any:
    """Gives back the model of a recipe in its first state, compiled before where that can be.

    Args:
        recipe: what is to be trained.
        seed: of weights and all else that is drawn.
    """
    fresh = build(recipe, seed)
    key = _key(recipe) if _is_ours_to_keep(recipe, fresh) else None
    if key is None:
        return fresh
    model = _kept.pop(key, None)
    if model is None:
        model = fresh
    else:
        _begin_again(model, fresh)
    _kept[key] = model
    while len(_kept) > MOST_KEPT:
        del _kept[next(iter(_kept))]
    return model


@contextmanager
def many_steps_a_call(model: Any, recipe: Recipe, fed: Mapping[str, Any]) -> Iterator[None]:
    """Trains many steps in one call of a function, where nobody would see the difference.

    TensorFlow alone gains by it: what Python does around each step of a small model takes longer
    than the step. Callbacks that look at batches are called at each.

    Args:
        model: compiled; what it is saved with does not change.
        recipe: that it is trained by.
        fed: arguments of `fit`. Batches that come one by one from Python do not end where their
            data do, and are taken one a call.
    """
    by_arrays = "batch_size" in fed
    if recipe.backend != "tensorflow" or not by_arrays or _looks_at_batches(recipe):
        yield
        return
    before = model.steps_per_execution, model.unrolled_steps_per_execution
    # Unrolled, the function takes longer to trace than it saves.
    model.steps_per_execution, model.unrolled_steps_per_execution = STEPS_A_CALL, 1
    try:
        yield
    finally:
        model.steps_per_execution, model.unrolled_steps_per_execution = before


def _looks_at_batches(recipe: Recipe) -> bool:
    import keras

    hooks = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    base = keras.callbacks.Callback
    return any(
        getattr(type(callback), hook, None) is not getattr(base, hook)
        for callback in recipe.callbacks
        for hook in hooks
    )


def _is_ours_to_keep(recipe: Recipe, model: Any) -> bool:
    """Whether all state is in variables: what a user's own code holds could be of the last fit.

    Layers that are adapted hold what they saw as constants, too.
    """
    if recipe.backend != "tensorflow" or recipe.custom:
        return False
    layers = list(model._flatten_layers())
    own = (type(each).__module__.partition(".")[0] for each in (*layers, *recipe.callbacks))
    return (
        all(package in {"keras", "valgap"} for package in own)
        and not any(_holds_what_it_saw(layer) for layer in layers)
        and not any(type(layer).__name__ == "Lambda" for layer in layers)
        and not any(hasattr(callback, "stands_around_step") for callback in recipe.callbacks)
    )


def _holds_what_it_saw(layer: Any) -> bool:
    return hasattr(layer, "adapt") and getattr(layer, "input_mean", None) is None


def _key(recipe: Recipe) -> str | None:
    """What the compiled functions follow from; None where that cannot be told."""
    import cloudpickle

    parts = (
        recipe.model, recipe.optimizer, recipe.loss, recipe.loss_weights, recipe.metrics,
        recipe.trainable, recipe.train.w is None,
    )  # fmt: skip
    try:
        return hashlib.sha256(cloudpickle.dumps(parts)).hexdigest()
    except Exception:  # whatever a configuration holds
        return None


def _begin_again(model: Any, fresh: Any) -> None:
    """Weights, seeds of layers, and the optimiser as in the fresh one."""
    fresh.optimizer.build(fresh.trainable_variables)
    model.optimizer.build(model.trainable_variables)
    for own, other in (
        (model.variables, fresh.variables),
        (model.optimizer.variables, fresh.optimizer.variables),
    ):
        for variable, value in zip(own, other, strict=True):
            variable.assign(value)
    model.reset_metrics()
