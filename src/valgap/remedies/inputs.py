"""The inputs of a recipe: where each array comes into the model, and of which kind it is."""

from __future__ import annotations

import numpy as np

from valgap.evidence.rows import InputKind
from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.experiments.structure import graph_of
from valgap.ledger.probes.rows.kinds import kind_of
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import named_leaves

Start = tuple[Config, np.ndarray]


def inputs_of(model: Config, recipe: Recipe) -> dict[str, Config]:
    """Returns the input layer of each array by the name of the array.

    Args:
        model: the configuration of the recipe's model, or a copy of it.
        recipe: its rows tell the names.

    Raises:
        CannotVaryError: if the model is no graph of layers, or does not tell its inputs.
    """
    starts = graph_of(model).inputs
    names = [name for name, _ in named_leaves(recipe.train.x, "x")]
    if any(layer["class_name"] != "InputLayer" for layer in starts):
        raise CannotVaryError("the model does not tell its inputs")
    by_name = {layer["config"]["name"]: layer for layer in starts}
    if set(names) <= set(by_name):
        return {name: by_name[name] for name in names}
    return dict(zip(names, starts, strict=False))


def inputs_of_kind(model: Config, recipe: Recipe, *kinds: InputKind) -> list[Start]:
    """Returns the input layers of arrays of some kinds, each with its array.

    Raises:
        CannotVaryError: if there is none.
    """
    starts = inputs_of(model, recipe)
    arrays = [(name, np.asarray(leaf)) for name, leaf in named_leaves(recipe.train.x, "x")]
    found = [(starts[name], array) for name, array in arrays if kind_of(array) in kinds]
    if not found:
        raise CannotVaryError(f"no input holds {' or '.join(kinds)}")
    return found
