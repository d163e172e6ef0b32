"""A placebo: dropout of nothing."""

from __future__ import annotations

from valgap.observe.recipe import Recipe
from valgap.remedies.added import before_heads
from valgap.remedies.base import remedy


@remedy(
    name="placebo-dropout",
    treats=(),
    room="model",
    changed="dropout before the head: of rate 0 (placebo)",
    placebo=True,
    order=3,
)
def placebo_dropout(recipe: Recipe, option: str) -> Recipe:
    """Nothing that matters: a layer of dropout that drops nothing.

    What it changes: `Dropout(0.0)` before the head. It draws no random number.

    When it helps: never. What it seems to do is what chance does, and so it is raced along.

    What it can harm: nothing.

    References: Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks, 2021.
    """
    return before_heads(recipe, "Dropout", "placebo", rate=0.0)
