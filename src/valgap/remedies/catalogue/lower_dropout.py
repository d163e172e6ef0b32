"""Less dropout and noise."""

from __future__ import annotations

from valgap.experiments.training.dropout_removed import dropout_removed
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="lower-dropout",
    treats=("MOD109", "MOD128", "MOD108", "CUR102", "CUR107"),
    room="model",
    changed="dropout and noise: half as much, or none",
    options=("0.5", "0"),
    excludes=("raise-dropout",),
)
def lower_dropout(recipe: Recipe, option: str) -> Recipe:
    """Dropout and noise layers at half their rates, or without effect.

    What it changes: rates of dropout, in recurrent layers and attention too, and the deviation
    of noise.

    When it helps: so much is dropped that training rows are not learned, or the noise shifts
    statistics behind it.

    What it can harm: a model that noise kept from learning its rows by heart.

    References: Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting, 2014.
    """
    return dropout_removed.vary(recipe, option)
