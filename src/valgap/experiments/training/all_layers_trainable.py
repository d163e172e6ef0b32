"""All layers trained: FIT114."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import layers_in
from valgap.observe.recipe import Recipe


@experiment(
    name="all-layers-trainable",
    settles=("FIT114",),
    varied="frozen layers: none",
    costs=3.0,
)
def all_layers_trainable(recipe: Recipe, option: str) -> Recipe:
    """The same fit with all layers trained, those that were frozen too.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that what was frozen did not lack training.

    References: Yosinski et al., How transferable are features in deep neural networks?, 2014.
    """
    model = copy.deepcopy(recipe.model)
    frozen = [c for c in layers_in(model) if c["config"].get("trainable") is False]
    if not frozen and all(recipe.trainable.values()):
        raise CannotVaryError("no layer is frozen")
    for layer in frozen:
        layer["config"]["trainable"] = True
    return replace(recipe, model=model, trainable=dict.fromkeys(recipe.trainable, True))
