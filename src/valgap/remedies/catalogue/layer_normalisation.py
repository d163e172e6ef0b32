"""Layer normalisation in place of batch normalisation."""

from __future__ import annotations

from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.normalisation import in_place_of_batchnorm, kept


@remedy(
    name="layer-normalisation",
    treats=("MOD107", "MOD106", "MOD108"),
    room="model",
    changed="batch normalisation: over the channels of each place of a row instead",
    excludes=("group-normalisation", "pretrained-backbone", "freeze-backbone-batchnorm"),
)
def layer_normalisation(recipe: Recipe, option: str) -> Recipe:
    """Each row, and each step or place of it, normalised over its channels.

    What it changes: BatchNormalization becomes LayerNormalization over the same axis.

    When it helps: batch statistics are chance or lag behind, and rows are series or tables of
    many features.

    What it can harm: on pictures it often does worse than either; with few channels hardly
    anything is left of a value.

    References: Ba, Kiros and Hinton, Layer Normalization, 2016.
    """
    return in_place_of_batchnorm(recipe, "LayerNormalization", kept)
