"""More epochs."""

from __future__ import annotations

from dataclasses import replace

from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="more-epochs",
    treats=("FIT103", "CUR102"),
    room="fit",
    changed="the number of epochs: 2 or 4 times as many",
    options=("2", "4"),
    costs=3.0,
)
def more_epochs(recipe: Recipe, option: str) -> Recipe:
    """A longer fit.

    What it changes: `epochs`, times the option.

    When it helps: training ends while its loss still falls.

    What it can harm: a model that overfits does so more: keep-best-epoch goes well with it.

    References: Prechelt, Early Stopping - But When?, 1998.
    """
    return replace(recipe, epochs=int(option) * recipe.epochs)
