"""Activations between layers that have none."""

from __future__ import annotations

from valgap.experiments.training.activations_added import activations_added
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="relu-between-layers",
    treats=("MOD104", "MOD115"),
    room="model",
    changed="hidden dense and convolutional layers without an activation: relu",
)
def relu_between_layers(recipe: Recipe, option: str) -> Recipe:
    """Relu in hidden layers that have no activation, nor one behind them.

    What it changes: `activation` of hidden dense and convolutional layers.

    When it helps: all layers together are one linear layer.

    What it can harm: a bottleneck that was linear on purpose.

    References: Hornik et al., Multilayer Feedforward Networks are Universal Approximators,
    1989; Goodfellow et al., Deep Learning, 2016, section 6.1.
    """
    return activations_added.vary(recipe, option)
