"""Smaller penalties on weights and activities."""

from __future__ import annotations

from valgap.experiments.training.penalties_removed import penalties_removed
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="smaller-penalties",
    treats=("MOD110", "MOD111"),
    room="model",
    changed="penalties on weights and activities: a tenth or a third",
    options=("0.1", "0.3"),
    excludes=("no-penalties",),
)
def smaller_penalties(recipe: Recipe, option: str) -> Recipe:
    """Penalties on weights and activities that take less.

    What it changes: factors of all regularisers, and of ActivityRegularization.

    When it helps: penalties make up most of the loss, and training rows are learned poorly.

    What it can harm: a model that was held back by them may learn its rows by heart.

    References: Krogh and Hertz, A Simple Weight Decay Can Improve Generalization, 1992.
    """
    return penalties_removed.vary(recipe, option)
