"""Adam at its usual rate."""

from __future__ import annotations

from valgap.experiments.training.optimizer_plain import optimizer_plain
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="adam",
    treats=("FIT116", "FIT102", "FIT101"),
    room="compile",
    changed="the optimiser: Adam at a rate of 0.001",
    order=-1,
)
def adam(recipe: Recipe, option: str) -> Recipe:
    """Adam at a rate of 0.001, without clipping, decay or schedule.

    What it changes: the optimiser, with all its settings.

    When it helps: the optimiser hardly moves the weights at its rate, or throws them about.

    What it can harm: a tuned SGD with momentum generalises better on many pictures.

    References: Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015; Schmidt et al.,
    Descending through a Crowded Valley, 2021.
    """
    return optimizer_plain.vary(recipe, option)
