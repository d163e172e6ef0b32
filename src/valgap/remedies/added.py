"""Layers put behind the inputs of a recipe, and before its head."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from valgap.evidence.rows import InputKind
from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import graph_of, heads_of
from valgap.observe.recipe import Recipe
from valgap.remedies.graph import insert_before, insert_behind, made
from valgap.remedies.inputs import inputs_of_kind

Layers = Callable[[Config, np.ndarray], Sequence[Config]]


def behind_inputs(recipe: Recipe, layers: Layers, *kinds: InputKind) -> Recipe:
    """Returns a recipe with layers behind each input of some kinds.

    Args:
        recipe: the recipe.
        layers: gets the model, which tells the names that are taken, and the training rows of
            an input, and gives the layers.
        kinds: kinds of inputs, such as image.

    Raises:
        CannotVaryError: if there is no such input.
    """
    model = copy.deepcopy(recipe.model)
    for start, array in inputs_of_kind(model, recipe, *kinds):
        insert_behind(model, start, layers(model, array))
    return replace(recipe, model=model)


def before_heads(recipe: Recipe, class_name: str, name: str, **settings: Any) -> Recipe:
    """Returns a recipe with a layer before each of its heads.

    Raises:
        CannotVaryError: if the model is no graph of layers, or ends in none with a size.
    """
    model = copy.deepcopy(recipe.model)
    heads = heads_of(graph_of(model))
    if not heads:
        raise CannotVaryError("the model ends in no layer with a size")
    for head in heads:
        insert_before(model, head.layer, [made(model, class_name, name, **settings)])
    return replace(recipe, model=model)


def has(recipe: Recipe, *class_names: str) -> bool:
    """Whether the model holds a layer of one of these classes."""
    return any(layer["class_name"] in class_names for layer in layers_in(recipe.model))


def without_arguments(layer: Config, *names: str) -> None:
    """Leaves arguments of its calls out that a layer of another class does not take, in place."""
    for call in layer.get("inbound_nodes") or ():
        for name in names:
            call.get("kwargs", {}).pop(name, None)
