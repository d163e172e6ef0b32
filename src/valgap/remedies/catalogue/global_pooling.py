"""Global pooling in place of Flatten."""

from __future__ import annotations

from valgap.experiments.training.pooling_for_flatten import pooling_for_flatten
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.start import keeping_start


@remedy(
    name="global-pooling",
    treats=("MOD105", "CUR101"),
    room="model",
    changed="maps before the dense layers: averaged over places, not flattened",
    excludes=("pretrained-backbone",),
)
def global_pooling(recipe: Recipe, option: str) -> Recipe:
    """Maps averaged over their places where they were flattened.

    What it changes: Flatten becomes GlobalAveragePooling; dense layers behind it have fewer
    weights.

    When it helps: most parameters stand behind a Flatten, many for each training row.

    What it can harm: where something is in the picture no longer matters.

    References: Lin et al., Network In Network, 2014.
    """
    return keeping_start(recipe, pooling_for_flatten.vary(recipe, option))
