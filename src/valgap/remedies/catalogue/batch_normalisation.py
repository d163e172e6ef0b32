"""Batch normalisation behind hidden layers."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.structure import CONVOLUTIONS, graph_of, heads_of
from valgap.observe.recipe import Recipe
from valgap.remedies.added import has
from valgap.remedies.base import remedy
from valgap.remedies.graph import insert_behind, made
from valgap.remedies.start import keeping_start

MOMENTUM = 0.9


@remedy(
    name="batch-normalisation",
    treats=("MOD115", "MOD117", "MOD114"),
    room="model",
    changed="batch normalisation behind hidden dense and convolutional layers",
    costs=1.3,
    excludes=("group-normalisation", "layer-normalisation", "pretrained-backbone"),
)
def batch_normalisation(recipe: Recipe, option: str) -> Recipe:
    """Batch normalisation behind each hidden dense and convolutional layer.

    What it changes: `BatchNormalization(momentum=0.9)` behind Dense and convolutions before the
    head, their activations included.

    When it helps: gradients vanish, or units lie where they have no slope.

    What it can harm: in small batches its statistics are chance; with dropout before it they
    are those of training only.

    References: Ioffe and Szegedy, Batch Normalization, 2015.
    """
    if has(recipe, "BatchNormalization"):
        raise CannotVaryError("the model has batch normalisation already")
    model = copy.deepcopy(recipe.model)
    graph = graph_of(model)
    ends = {id(layer) for head in heads_of(graph) for layer in (head.layer, *head.behind)}
    hidden = [c for c in graph.layers if c["class_name"] in ("Dense", *CONVOLUTIONS)]
    hidden = [c for c in hidden if id(c) not in ends]
    if not hidden:
        raise CannotVaryError("there is no hidden dense or convolutional layer")
    for layer in hidden:
        new = made(model, "BatchNormalization", "normalised", momentum=MOMENTUM)
        insert_behind(model, layer, [new])
    return keeping_start(recipe, replace(recipe, model=model))
