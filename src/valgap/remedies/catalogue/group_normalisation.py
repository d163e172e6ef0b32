"""Group normalisation in place of batch normalisation."""

from __future__ import annotations

from typing import Any

from valgap.experiments.change import Config
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.normalisation import channels, in_place_of_batchnorm, kept

GROUPS = 8


@remedy(
    name="group-normalisation",
    treats=("MOD107", "MOD106", "MOD108", "CUR103"),
    room="model",
    changed="batch normalisation: by groups of channels of each row instead",
    excludes=("layer-normalisation", "pretrained-backbone", "freeze-backbone-batchnorm"),
)
def group_normalisation(recipe: Recipe, option: str) -> Recipe:
    """Each row normalised by itself, in groups of channels, in training as in inference.

    What it changes: BatchNormalization becomes GroupNormalization of the most groups, up to 8,
    that part the channels evenly.

    When it helps: batches are so small, or epochs so short, that batch statistics are chance or
    lag behind.

    What it can harm: with large batches, batch normalisation regularises more. How large a
    single number of a table is, beside the others of its group, is all that is left of it.

    References: Wu and He, Group Normalization, 2018.
    """
    return in_place_of_batchnorm(recipe, "GroupNormalization", _settings)


def _settings(layer: Config) -> dict[str, Any]:
    width = channels(layer)
    # A group of one number would leave nothing of it.
    most = min(GROUPS, max(1, width // 2))
    groups = next(g for g in range(most, 0, -1) if width % g == 0)
    return {**kept(layer), "groups": groups}
