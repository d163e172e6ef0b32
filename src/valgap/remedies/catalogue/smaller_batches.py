"""Smaller batches."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.catalogue.larger_batches import sized

LEAST = 4


@remedy(
    name="smaller-batches",
    treats=("CUR101", "FIT103"),
    room="fit",
    changed="rows a batch: a half or a quarter as many",
    options=("2", "4"),
    costs=2.0,
    excludes=("larger-batches",),
)
def smaller_batches(recipe: Recipe, option: str) -> Recipe:
    """Batches of fewer rows, as many rows an epoch: more steps, and more noise in each.

    What it changes: `batch_size`, divided by the option, and `steps_per_epoch` with it.

    When it helps: epochs are few, or the noise of small batches leads to flatter minima.

    What it can harm: batch statistics become chance; an epoch takes longer.

    References: Keskar et al., On Large-Batch Training for Deep Learning: Generalization Gap and
    Sharp Minima, 2017; Masters and Luschi, Revisiting Small Batch Training, 2018.
    """
    size = recipe.batch_size // int(option)
    if size < LEAST:
        raise CannotVaryError(f"batches are of {recipe.batch_size} rows already")
    return sized(recipe, size)
