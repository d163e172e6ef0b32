"""Larger batches: FIT107 and MOD107."""

from __future__ import annotations

import math
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.observe.recipe import Recipe


@experiment(
    name="batches-larger",
    settles=("FIT107", "MOD107"),
    varied="batch size: 32 or 64",
    held="rows an epoch, data, split, seed, epochs and all other settings",
    options=("32", "64"),
)
def batches_larger(recipe: Recipe, option: str) -> Recipe:
    """The same fit in batches of 32 or 64 rows, as many rows an epoch.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    though steps are fewer.

    References: McCandlish et al., An Empirical Model of Large-Batch Training, 2018; Wu and
    Johnson, Rethinking "Batch" in BatchNorm, 2021.
    """
    size, steps = int(option), recipe.steps_per_epoch
    if recipe.batch_size >= size:
        raise CannotVaryError(f"batches are of {recipe.batch_size} rows already")
    if steps is not None:
        steps = math.ceil(steps * recipe.batch_size / size)
    return replace(recipe, batch_size=size, steps_per_epoch=steps)
