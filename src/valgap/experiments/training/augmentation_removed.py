"""Random transforms removed, in the model and in the pipeline: FIT119."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import is_augmentation, layers_in
from valgap.experiments.structure import as_layer, without_shapes
from valgap.observe.recipe import Recipe


@experiment(
    name="augmentation-removed",
    settles=("FIT119",),
    varied="random transforms of training rows: none",
)
def augmentation_removed(recipe: Recipe, option: str) -> Recipe:
    """The same fit on plain training rows, without random transforms in model or pipeline.

    What confirms: validation rows score clearly better, so that transforms take away what
    tells the classes apart. What refutes: they score no better.

    References: Shorten and Khoshgoftaar, A survey on Image Data Augmentation, 2019.
    """
    model = copy.deepcopy(recipe.model)
    found = [layer for layer in layers_in(model) if is_augmentation(layer["class_name"])]
    if not found and not recipe.train.fed:
        raise CannotVaryError("nothing transforms rows at random")
    for layer in found:
        # Like those it makes fractions of bytes, and like theirs in inference it keeps the shape.
        as_layer(layer, "Rescaling", scale=1.0, offset=0.0)
    made = replace(recipe, model=model, train=replace(recipe.train, fed=()))
    return without_shapes(made) if found else made
