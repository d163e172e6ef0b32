"""A placebo: the epsilon of the optimiser a little larger."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.optimizers import with_settings


@remedy(
    name="placebo-epsilon",
    treats=(),
    room="compile",
    changed="epsilon of the optimiser: a tenth larger (placebo)",
    placebo=True,
    order=3,
)
def placebo_epsilon(recipe: Recipe, option: str) -> Recipe:
    """Nothing that matters: the constant that keeps the optimiser from dividing by 0 is larger.

    What it changes: `epsilon` of the optimiser, 1e-7 by default, by a tenth of itself.

    When it helps: never. What it seems to do is what chance does, and so it is raced along.

    What it can harm: nothing.

    References: Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015.
    """
    epsilon = recipe.optimizer["config"].get("epsilon")
    if not isinstance(epsilon, float) or not 0 < epsilon < 1e-4:
        raise CannotVaryError("the optimiser has no epsilon, or one that matters")
    return with_settings(recipe, epsilon=1.1 * epsilon)
