"""Larger batches."""

from __future__ import annotations

import math
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="larger-batches",
    treats=("FIT107", "MOD107"),
    room="fit",
    changed="rows a batch: 2 or 4 times as many",
    options=("2", "4"),
    excludes=("smaller-batches",),
)
def larger_batches(recipe: Recipe, option: str) -> Recipe:
    """Batches of more rows, as many rows an epoch.

    What it changes: `batch_size`, and `steps_per_epoch` with it.

    When it helps: gradients or batch statistics of so few rows are mostly chance.

    What it can harm: there are fewer steps, and less of the noise that regularises.

    References: McCandlish et al., An Empirical Model of Large-Batch Training, 2018; Wu and
    Johnson, Rethinking "Batch" in BatchNorm, 2021.
    """
    if recipe.batch_size >= recipe.train.count:
        raise CannotVaryError("a batch holds all training rows already")
    return sized(recipe, recipe.batch_size * int(option))


def sized(recipe: Recipe, size: int) -> Recipe:
    """Returns a recipe with so many rows a batch, as many rows an epoch."""
    size, steps = min(size, recipe.train.count), recipe.steps_per_epoch
    if steps is not None:
        steps = math.ceil(steps * recipe.batch_size / size)
    return replace(recipe, batch_size=size, steps_per_epoch=steps)
