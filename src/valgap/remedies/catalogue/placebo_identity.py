"""A placebo: a layer that gives what it takes."""

from __future__ import annotations

from valgap.observe.recipe import Recipe
from valgap.remedies.added import before_heads
from valgap.remedies.base import remedy


@remedy(
    name="placebo-identity",
    treats=(),
    room="model",
    changed="a linear activation before the head (placebo)",
    placebo=True,
    order=3,
)
def placebo_identity(recipe: Recipe, option: str) -> Recipe:
    """Nothing that matters: a layer without weights that gives what it takes.

    What it changes: `Activation("linear")` before the head.

    When it helps: never. What it seems to do is what chance does, and so it is raced along.

    What it can harm: nothing.

    References: Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks, 2021.
    """
    return before_heads(recipe, "Activation", "placebo", activation="linear")
