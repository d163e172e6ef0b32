"""Penalties on activations divided by how many steps they are summed over."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import graph_of
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.shapes import Shape, output_shapes

_FACTORS = ("l1", "l2")


@remedy(
    name="activity-penalty-by-length",
    treats=("MOD111", "MOD110"),
    room="model",
    changed="penalties on activations: divided by steps, or by steps and units",
    options=("steps", "values"),
    excludes=("no-activity-penalty", "no-penalties", "smaller-penalties"),
)
def activity_penalty_by_length(recipe: Recipe, option: str) -> Recipe:
    """Factors of activity penalties divided by the steps, or all values, that a row has there.

    What it changes: `l1` and `l2` of `activity_regularizer` and of ActivityRegularization.
    Keras sums them over all that a row has; divided by steps (of maps by places) they are what
    they would be for one step, divided by all values the mean over them.

    When it helps: rows are long, so that a factor that is mild for one unit outweighs the data.

    What it can harm: a penalty that was strong on purpose does next to nothing.

    References: Merity, McCann and Socher, Revisiting Activation Regularization for Language
    RNNs, 2017; Keras documentation, Layer weight regularizers.
    """
    shapes = output_shapes(recipe)
    model = copy.deepcopy(recipe.model)
    made = [_shortened(layer, shapes, option) for layer in graph_of(model).layers]
    if not any(made):
        raise CannotVaryError("no penalty on activations is summed over several steps")
    return replace(recipe, model=model)


def _shortened(layer: Config, shapes: dict[str, Shape], option: str) -> bool:
    found = [held for part in layers_in(layer) if (held := _penalty(part))]
    if not found:
        return False
    shape = shapes.get(layer["config"]["name"])
    sizes = () if shape is None else shape[1:] if option == "values" else shape[1:-1]
    if shape is None or any(size is None for size in sizes):
        raise CannotVaryError("the number of steps that a penalty is summed over is not known")
    count = math.prod(size or 1 for size in sizes)
    for held in found:
        held.update({name: held[name] / count for name in _FACTORS if held.get(name)})
    return count > 1


def _penalty(layer: Config) -> dict[str, Any] | None:
    """Where the factors of a layer's activity penalty stand; None where it has none."""
    config: dict[str, Any] = layer["config"]
    held = config if layer["class_name"] == "ActivityRegularization" else None
    told = config.get("activity_regularizer")
    if isinstance(told, dict):
        held = told["config"]
    return held if held and any(held.get(name) for name in _FACTORS) else None
