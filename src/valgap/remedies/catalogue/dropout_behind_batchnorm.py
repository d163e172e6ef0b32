"""Dropout moved behind the last batch normalisation."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import Graph, graph_of, wrapped
from valgap.observe.recipe import Recipe
from valgap.remedies.added import before_heads
from valgap.remedies.base import remedy

_DROPOUT = ("AlphaDropout", "Dropout", "GaussianDropout")
_SPATIAL = ("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")


@remedy(
    name="dropout-behind-batchnorm",
    treats=("MOD108", "MOD109"),
    room="model",
    changed="dropout before batch normalisation: moved to the head",
    excludes=("lower-dropout", "group-normalisation", "layer-normalisation"),
    also=("dropout-after-pooling",),
)
def dropout_behind_batchnorm(recipe: Recipe, option: str) -> Recipe:
    """No dropout before a batch normalisation; the strongest of them before the head instead.

    What it changes: the rate of dropout layers that a BatchNormalization follows is 0, and a
    `Dropout` of the highest of their rates, 0.5 at most, stands before the head.

    When it helps: dropout gives the normalisation another variance in training than in
    inference.

    What it can harm: early layers are no longer regularised.

    References: Li et al., Understanding the Disharmony between Dropout and Batch Normalization
    by Variance Shift, 2019.
    """
    model = copy.deepcopy(recipe.model)
    graph = graph_of(model)
    rates = [_taken(layer) for layer in graph.layers if _is_before_batchnorm(layer, graph)]
    if not any(rates):
        raise CannotVaryError("no dropout stands before a batch normalisation")
    made = replace(recipe, model=model)
    return before_heads(made, "Dropout", "dropout", rate=min(0.5, max(rates)))


def _is_before_batchnorm(layer: Config, graph: Graph) -> bool:
    if wrapped(layer)["class_name"] not in (*_DROPOUT, *_SPATIAL):
        return False
    ahead, seen = list(graph.after.get(id(layer), [])), set[int]()
    while ahead:
        one = ahead.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if any(part["class_name"] == "BatchNormalization" for part in layers_in(one)):
            return True
        ahead += graph.after.get(id(one), [])
    return False


def _taken(layer: Config) -> float:
    """The rate of a layer, which has none any more."""
    config = wrapped(layer)["config"]
    rate = float(config["rate"])
    config["rate"] = 0.0
    return rate
