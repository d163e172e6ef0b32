"""All training rows in every epoch."""

from __future__ import annotations

from valgap.experiments.training.all_rows_per_epoch import all_rows_per_epoch
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="all-rows-each-epoch",
    treats=("FIT104",),
    room="fit",
    changed="steps an epoch: as many as all training rows take",
    costs=2.0,
    order=1,
)
def all_rows_each_epoch(recipe: Recipe, option: str) -> Recipe:
    """As many steps an epoch as it takes to see all training rows.

    What it changes: `steps_per_epoch` is left out.

    When it helps: epochs have so few steps that rows of training are left out.

    What it can harm: an epoch takes longer; a schedule by epochs makes more steps.

    References: Keras documentation, Model training APIs (steps_per_epoch).
    """
    return all_rows_per_epoch.vary(recipe, option)
