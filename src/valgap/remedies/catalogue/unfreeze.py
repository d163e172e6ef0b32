"""All layers trained."""

from __future__ import annotations

from valgap.experiments.training.all_layers_trainable import all_layers_trainable
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="unfreeze",
    treats=("FIT114",),
    room="model",
    changed="frozen layers: none",
    costs=3.0,
    excludes=("pretrained-backbone", "fine-tuning", "freeze-backbone-batchnorm"),
)
def unfreeze(recipe: Recipe, option: str) -> Recipe:
    """All layers trained, those that were frozen too.

    What it changes: `trainable` of all layers.

    When it helps: layers were frozen that began at random, or that do not suit the rows.

    What it can harm: a pretrained network loses what it knew; fine-tuning is gentler.

    References: Yosinski et al., How transferable are features in deep neural networks?, 2014.
    """
    return all_layers_trainable.vary(recipe, option)
