"""A higher learning rate."""

from __future__ import annotations

from valgap.experiments.change import with_rate
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="raise-learning-rate",
    treats=("FIT102", "FIT116", "CUR102", "CUR106"),
    room="compile",
    changed="the learning rate: 3, 10 or 100 times as high",
    options=("3", "10", "100"),
    excludes=("adam", "lower-learning-rate"),
)
def raise_learning_rate(recipe: Recipe, option: str) -> Recipe:
    """A higher learning rate, that of a schedule too.

    What it changes: the rate of the optimiser, or what its schedule begins with, by a factor.

    When it helps: larger steps would lower the loss far more, and epochs are few.

    What it can harm: steps that are too large raise the loss; batch statistics lag more.

    References: Smith, Cyclical Learning Rates for Training Neural Networks, 2017.
    """
    return with_rate(recipe, float(option))
