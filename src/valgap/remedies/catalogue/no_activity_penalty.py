"""Penalties on activities removed."""

from __future__ import annotations

from valgap.experiments.training.activity_penalty_removed import activity_penalty_removed
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="no-activity-penalty",
    treats=("MOD111", "MOD110"),
    room="model",
    changed="penalties on activities: none; those on weights stay",
)
def no_activity_penalty(recipe: Recipe, option: str) -> Recipe:
    """A loss without penalties on what layers give.

    What it changes: activity regularisers are left out; those on weights stay.

    When it helps: the penalty is summed over all steps and units of a row, and outweighs the
    loss.

    What it can harm: sparse activities, where they were wanted.

    References: Merity, McCann and Socher, Revisiting Activation Regularization for Language
    RNNs, 2017.
    """
    return activity_penalty_removed.vary(recipe, option)
