"""Batch normalisation replaced, and put in."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import as_layer
from valgap.observe.recipe import Recipe
from valgap.remedies.start import keeping_start

BATCH = "BatchNormalization"


def in_place_of_batchnorm(
    recipe: Recipe, class_name: str, settings: Callable[[Config], dict[str, Any]]
) -> Recipe:
    """Returns a recipe with another normalisation in place of that by batches.

    Args:
        recipe: the recipe.
        class_name: the layer of Keras that takes its place.
        settings: gets the configuration of one, its shapes too, and gives those of the other.

    Raises:
        CannotVaryError: if there is none, or those of a pretrained network would be lost.
    """
    model = copy.deepcopy(recipe.model)
    found = [layer for layer in layers_in(model) if layer["class_name"] == BATCH]
    if not found:
        raise CannotVaryError("the model has no batch normalisation")
    if any(c["config"].get("trainable") is False for c in found):
        raise CannotVaryError("batch normalisation is frozen, as of a pretrained network")
    for layer in found:
        chosen = settings(layer)
        as_layer(layer, class_name, **chosen)
    return keeping_start(recipe, replace(recipe, model=model))


def kept(layer: Config) -> dict[str, Any]:
    """Returns the settings of batch normalisation that others have as well."""
    config = layer["config"]
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
    own = {k: config[k] for k in ("center", "scale", "epsilon") if k in config}
    return {"axis": axis, **own}


def channels(layer: Config) -> int:
    """Returns how many channels a batch normalisation is built for.

    Raises:
        CannotVaryError: if it does not tell.
    """
    shape = (layer.get("build_config") or {}).get("input_shape") or ()
    axis = kept(layer)["axis"]
    if not shape or not isinstance(axis, int) or not shape[axis]:
        raise CannotVaryError("the channels of a batch normalisation are not known")
    return int(shape[axis])
