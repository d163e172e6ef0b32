"""A frozen network within the model trained at a lower rate, its statistics kept."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import layers_in, with_rate
from valgap.observe.recipe import Recipe
from valgap.remedies.backbones import backbone_in, set_trainable
from valgap.remedies.base import remedy


@remedy(
    name="fine-tuning",
    treats=("FIT114", "CUR102"),
    room="model",
    changed="the frozen network within the model: trained at a lower rate",
    options=("0.1", "0.01"),
    costs=3.0,
    excludes=("unfreeze", "adam", "lower-learning-rate", "raise-learning-rate"),
    order=1,
)
def fine_tuning(recipe: Recipe, option: str) -> Recipe:
    """The frozen network within the model is trained too, at a tenth or hundredth of the rate.

    What it changes: `trainable=True` of its layers but batch normalisation, which keeps the
    statistics it came with, and the learning rate of all layers.

    When it helps: pictures are unlike those that the network was trained on, and there are
    hundreds of them.

    What it can harm: with few rows the network loses what it knew; the head, which begins at
    random, learns slowly at that rate. It does better from weights whose head has learned.

    References: Yosinski et al., How transferable are features in deep neural networks?, 2014;
    Keras documentation, Transfer learning and fine-tuning.
    """
    model, trainable = copy.deepcopy(recipe.model), dict(recipe.trainable)
    backbone = backbone_in(model)
    layers = [c for c in layers_in(backbone) if "trainable" in c["config"]]
    if all(trainable.get(p, True) for p in trainable) and _is_free(layers):
        raise CannotVaryError("no layer of the network within the model is frozen")
    for layer in layers:
        is_batch = layer["class_name"] == "BatchNormalization"
        set_trainable(layer, trainable, value=not is_batch)
    return with_rate(replace(recipe, model=model, trainable=trainable), float(option))


def _is_free(layers: list[dict[str, object]]) -> bool:
    return all(c["config"].get("trainable", True) for c in layers)  # type: ignore[attr-defined]
