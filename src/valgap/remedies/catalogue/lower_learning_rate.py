"""A lower learning rate."""

from __future__ import annotations

from valgap.experiments.change import with_rate
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="lower-learning-rate",
    treats=("FIT101", "FIT107", "FIT112", "MOD114", "MOD116"),
    room="compile",
    changed="the learning rate: a third, a tenth or a hundredth",
    options=("0.3", "0.1", "0.01"),
    excludes=("adam", "raise-learning-rate"),
)
def lower_learning_rate(recipe: Recipe, option: str) -> Recipe:
    """A lower learning rate, that of a schedule too.

    What it changes: the rate of the optimiser, or what its schedule begins with, by a factor.

    When it helps: steps raise the loss, or their noise outweighs the gradient in small batches.

    What it can harm: as many epochs may no longer be enough.

    References: Smith, Cyclical Learning Rates for Training Neural Networks, 2017.
    """
    return with_rate(recipe, float(option))
