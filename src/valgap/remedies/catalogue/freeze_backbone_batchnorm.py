"""Batch normalisation of a network within the model frozen."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import layers_in
from valgap.observe.recipe import Recipe
from valgap.remedies.backbones import backbone_in, set_trainable
from valgap.remedies.base import remedy


@remedy(
    name="freeze-backbone-batchnorm",
    treats=("MOD124",),
    room="model",
    changed="batch normalisation of the network within the model: frozen",
    excludes=("unfreeze", "pretrained-backbone"),
)
def freeze_backbone_batchnorm(recipe: Recipe, option: str) -> Recipe:
    """Batch normalisation of a network within the model goes by the statistics it came with.

    What it changes: `trainable=False` of its BatchNormalization layers, so that they use and
    keep their moving statistics in training too.

    When it helps: fine-tuning on small batches moves the statistics of a pretrained network.

    What it can harm: rows that are unlike those it was trained on are normalised by theirs.

    References: Keras documentation, Transfer learning and fine-tuning (BatchNormalization).
    """
    model, trainable = copy.deepcopy(recipe.model), dict(recipe.trainable)
    layers = [c for c in layers_in(backbone_in(model)) if c["class_name"] == "BatchNormalization"]
    free = [c for c in layers if c["config"].get("trainable", True)]
    if not free:
        raise CannotVaryError("the network has no batch normalisation that is trained")
    for layer in free:
        set_trainable(layer, trainable, value=False)
    return replace(recipe, model=model, trainable=trainable)
