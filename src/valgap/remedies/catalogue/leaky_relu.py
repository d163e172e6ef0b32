"""Activations that neither die nor saturate."""

from __future__ import annotations

from valgap.experiments.training.activations_replaced import activations_replaced
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="leaky-relu",
    treats=("MOD114", "MOD115", "MOD117"),
    room="model",
    changed="activations of hidden dense and convolutional layers: leaky_relu or elu",
    options=("leaky_relu", "elu"),
)
def leaky_relu(recipe: Recipe, option: str) -> Recipe:
    """Leaky relu or elu for relu, sigmoid and tanh in hidden layers.

    What it changes: activations of hidden dense and convolutional layers; recurrent layers and
    gates keep theirs.

    When it helps: units give 0 to every row, or lie where they have no slope to learn by.

    What it can harm: hardly anything; sparse activities are lost.

    References: Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models,
    2013; Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units,
    2016.
    """
    return activations_replaced.vary(recipe, option)
