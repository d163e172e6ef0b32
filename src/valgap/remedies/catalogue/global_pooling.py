"""Global pooling in place of Flatten."""

from __future__ import annotations

from valgap.experiments.change import layers_in
from valgap.experiments.training.pooling_for_flatten import pooling_for_flatten
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.start import keeping_start

_AVERAGE, _MAX = "GlobalAveragePooling", "GlobalMaxPooling"


@remedy(
    name="global-pooling",
    treats=("MOD105", "CUR101"),
    room="model",
    changed="maps before the dense layers: pooled over places, not flattened",
    options=("max", ""),
    excludes=("pretrained-backbone",),
)
def global_pooling(recipe: Recipe, option: str) -> Recipe:
    """The largest value of each map, or its mean, where maps were flattened.

    What it changes: Flatten becomes GlobalMaxPooling, or without an option
    GlobalAveragePooling; dense layers behind it have fewer weights. The largest is tried first:
    means over many places change little from row to row, and short fits learn little of them.

    When it helps: most parameters stand behind a Flatten, many for each training row.

    What it can harm: where something is in the picture no longer matters.

    References: Lin et al., Network In Network, 2014; Oquab et al., Is Object Localization for
    Free?, 2015.
    """
    pooled = pooling_for_flatten.vary(recipe, "")
    if option == "max":
        _take_largest(recipe, pooled)
    return keeping_start(recipe, pooled)


def _take_largest(before: Recipe, pooled: Recipe) -> None:
    """Changes what has been made an average, in place; averages of the script's own stay."""
    had = {layer["config"].get("name"): layer["class_name"] for layer in layers_in(before.model)}
    for layer in layers_in(pooled.model):
        name = layer["class_name"]
        if name.startswith(_AVERAGE) and had.get(layer["config"].get("name")) != name:
            layer["class_name"] = name.replace(_AVERAGE, _MAX)
