"""Features held at one value by a layer behind the input: rows may stay as they are."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.ledger.probes.rows.kinds import kind_of
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import named_leaves
from valgap.remedies.graph import insert_behind, made
from valgap.remedies.inputs import inputs_of

Held = Mapping[str, Mapping[int, float]]


def features_of(recipe: Recipe) -> dict[str, np.ndarray]:
    """Returns the arrays whose last axis counts features of a table or series, by input.

    Raises:
        CannotVaryError: if there is none.
    """
    arrays = [(name, np.asarray(leaf)) for name, leaf in named_leaves(recipe.train.x, "x")]
    found = {
        name: array
        for name, array in arrays
        if array.ndim in (2, 3) and array.dtype.kind in "fiu" and array.shape[-1] > 1
        and kind_of(array) in ("table", "series")
    }  # fmt: skip
    if not found:
        raise CannotVaryError("no input has features of a table or a series")
    return found


def holding(recipe: Recipe, held: Held) -> Recipe:
    """Returns a recipe whose model holds features at a value, whatever rows tell.

    Args:
        recipe: the recipe.
        held: the value by feature, by the name of the input.

    Raises:
        CannotVaryError: if the model does not tell its inputs.
    """
    arrays, model = features_of(recipe), copy.deepcopy(recipe.model)
    starts = inputs_of(model, recipe)
    for name, values in held.items():
        scale, offset = (np.full(arrays[name].shape[-1], v, np.float64) for v in (1.0, 0.0))
        for feature, value in values.items():
            scale[feature], offset[feature] = 0.0, value
        settings = {"scale": scale.tolist(), "offset": offset.tolist()}
        insert_behind(model, starts[name], [made(model, "Rescaling", "held", **settings)])
    return replace(recipe, model=model)
