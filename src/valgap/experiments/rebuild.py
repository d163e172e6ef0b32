"""From a recipe to a compiled model, in the process of a trial."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from valgap.observe.packing import OwnLoss
from valgap.observe.recipe import Recipe

# Kernels whose values two samples of this size tell apart at one in a thousand were not drawn
# by their initialiser: they were loaded, or trained before.
_LEAST_VALUES, _DIFFER = 16, 1e-3
# How far the seeds that a script wrote down are moved from trial to trial: a prime.
APART = 7919


def build(recipe: Recipe, seed: int) -> Any:
    """Returns the model of a recipe, compiled, with weights drawn anew by `seed`.

    Weights that the recorded fit did not begin with by chance (a pretrained network, an
    earlier fit of the same model) are those that it began with.
    """
    import keras

    keras.utils.set_random_seed(seed)
    keras.config.enable_unsafe_deserialization()  # lambdas of the user's own script
    model = unpacked(_reseeded(recipe.model, seed), recipe.custom)
    if not model.built:
        model.build(_shapes(recipe.train.x))
    for layer in model._flatten_layers(include_self=False):
        wanted = recipe.trainable.get(layer.path)
        if wanted is not None:
            layer._trainable = wanted
    if recipe.start is not None:
        _set_loaded(model, recipe.start)
    compile_again(model, recipe)
    return model


def _reseeded(config: Any, seed: int) -> Any:
    """Configurations whose own seeds, of initialisers and layers of Keras, go with the trial's.

    A seed that the script wrote down would draw the same weights in all trials: pairs of them
    are one pair, however often it is made.
    """
    if isinstance(config, (list, tuple)):
        return [_reseeded(part, seed) for part in config]
    if not isinstance(config, dict):
        return config
    made = {key: _reseeded(part, seed) for key, part in config.items()}
    held = made.get("config")
    is_of_keras = str(made.get("module", "")).partition(".")[0] == "keras"
    if is_of_keras and isinstance(held, dict) and type(held.get("seed")) is int:
        held["seed"] += APART * seed
    return made


def compile_again(model: Any, recipe: Recipe) -> None:
    """Compiles with a fresh optimiser, as the script did."""
    model.compile(
        optimizer=unpacked(recipe.optimizer, recipe.custom),
        loss=unpacked(recipe.loss, recipe.custom),
        loss_weights=recipe.loss_weights,
        metrics=unpacked(recipe.metrics, recipe.custom),
    )


def unpacked(value: Any, custom: dict[str, Any]) -> Any:
    """Returns a value with the configurations in it as objects of Keras.

    They are copied first: Keras takes that of a Functional model apart as it reads it, and a
    recipe makes many models.
    """
    import keras

    if isinstance(value, OwnLoss):
        made: Any = object.__new__(value.cls)
        vars(made).update({k: unpacked(v, custom) for k, v in value.held.items()})
        return made
    if isinstance(value, (list, tuple)):
        return [unpacked(v, custom) for v in value]
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            return keras.saving.deserialize_keras_object(
                copy.deepcopy(value), custom_objects=custom
            )
        return {k: unpacked(v, custom) for k, v in value.items()}
    return value


def _shapes(x: Any) -> Any:
    from valgap.observe.sources.nested import map_leaves

    return map_leaves(lambda leaf: (None, *leaf.shape[1:]), x)


def _set_loaded(model: Any, start: tuple[np.ndarray, ...]) -> None:
    """Puts the recorded weights of those layers back that did not begin at random.

    Layers to which an arm gave another size begin at random.
    """
    if len(model.weights) != len(start):
        return  # an arm changed the architecture
    recorded = {id(w): value for w, value in zip(model.weights, start, strict=True)}
    for layer in model._flatten_layers(include_self=False):
        own = [w for w in layer.weights if id(w) in recorded]
        if any(tuple(w.shape) != recorded[id(w)].shape for w in own):
            continue
        if any(_was_loaded(np.asarray(w), recorded[id(w)]) for w in own):
            for w in own:
                w.assign(recorded[id(w)])


def _was_loaded(fresh: np.ndarray, recorded: np.ndarray) -> bool:
    """Whether the recorded values are none that the initialiser draws."""
    if recorded.dtype.kind not in "fV" or np.array_equal(fresh, recorded):
        return False
    ours, theirs = (np.asarray(a, dtype=np.float64).ravel() for a in (fresh, recorded))
    if np.ptp(ours) == 0:  # zeros and ones are drawn by nothing
        return bool(np.any(ours != theirs))
    if len(ours) < _LEAST_VALUES:
        return False
    from scipy.stats import ks_2samp

    return bool(ks_2samp(ours, theirs).pvalue < _DIFFER)
