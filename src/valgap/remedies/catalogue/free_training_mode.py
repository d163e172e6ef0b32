"""Layers that follow the mode of the model."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import layers_in
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="free-training-mode",
    treats=("MOD127",),
    room="model",
    changed="layers whose mode is fixed in the graph: that of the model",
)
def free_training_mode(recipe: Recipe, option: str) -> Recipe:
    """Layers work in training mode in training only.

    What it changes: `training=True` in the calls of a Functional model is left out.

    When it helps: dropout or batch statistics stay on in inference.

    What it can harm: draws of dropout in inference, where they were wanted for an estimate of
    doubt.

    References: Keras documentation, Functional API (training); Gal and Ghahramani, Dropout as a
    Bayesian Approximation, 2016.
    """
    model = copy.deepcopy(recipe.model)
    calls = [c for layer in layers_in(model) for c in layer.get("inbound_nodes") or ()]
    fixed = [
        c for c in calls if isinstance(c, dict) and c.get("kwargs", {}).get("training") is True
    ]
    if not fixed:
        raise CannotVaryError("no layer has its mode fixed in the graph")
    for call in fixed:
        call["kwargs"].pop("training")
    return replace(recipe, model=model)
