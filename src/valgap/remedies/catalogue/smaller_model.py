"""Fewer units and filters."""

from __future__ import annotations

from valgap.experiments.widths import with_widths
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.start import keeping_start


@remedy(
    name="smaller-model",
    treats=("CUR101", "MOD105", "DAT206", "MOD125"),
    room="model",
    changed="units and filters of hidden layers: a half or a quarter",
    options=("0.5", "0.25"),
    excludes=("larger-model",),
    also=("smaller-layer",),
)
def smaller_model(recipe: Recipe, option: str) -> Recipe:
    """Hidden layers with a half or a quarter of their units and filters.

    What it changes: `units` and `filters` of layers before the head.

    When it helps: rows are few for so many weights.

    What it can harm: training rows are learned less well; on small data a larger model often
    generalises as well.

    References: Geman et al., Neural Networks and the Bias/Variance Dilemma, 1992.
    """
    return keeping_start(recipe, with_widths(recipe, float(option)))
