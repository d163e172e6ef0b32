"""Penalties on weights and activities removed."""

from __future__ import annotations

from valgap.experiments.training.penalties_removed import penalties_removed
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="no-penalties",
    treats=("MOD110", "MOD111"),
    room="model",
    changed="penalties on weights and activities: none",
    contains=("no-activity-penalty",),
    excludes=("smaller-penalties",),
)
def no_penalties(recipe: Recipe, option: str) -> Recipe:
    """A loss without penalties on weights and activities.

    What it changes: regularisers of all layers, and ActivityRegularization, add nothing.

    When it helps: penalties make up most of the loss, and training rows are learned poorly.

    What it can harm: a model that was held back by them may learn its rows by heart.

    References: Krogh and Hertz, A Simple Weight Decay Can Improve Generalization, 1992.
    """
    return penalties_removed.vary(recipe, "0")
