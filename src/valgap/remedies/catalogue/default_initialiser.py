"""Weights drawn by usual initialisers."""

from __future__ import annotations

from valgap.experiments.training.initialisation_replaced import initialisation_replaced
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="default-initialiser",
    treats=("MOD118", "MOD114", "MOD115", "MOD116", "MOD117"),
    room="model",
    changed="first weights: drawn by Glorot or He, biases 0, recurrent ones orthogonal",
    options=("glorot", "he"),
    excludes=("pretrained-backbone", "fine-tuning", "freeze-backbone-batchnorm"),
    also=("random-initialisation",),
)
def default_initialiser(recipe: Recipe, option: str) -> Recipe:
    """Weights drawn anew by the initialiser of Glorot or of He, biases 0.

    What it changes: initialisers of all layers; weights that were loaded are drawn anew, too.

    When it helps: units of a layer began with the same weights, or gradients grow or vanish
    from layer to layer.

    What it can harm: what was loaded is lost.

    References: Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward
    Neural Networks, 2010; He et al., Delving Deep into Rectifiers, 2015.
    """
    return initialisation_replaced.vary(recipe, option)
