"""All training rows in every epoch: FIT104."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import whole_steps
from valgap.observe.recipe import Recipe


@experiment(
    name="all-rows-per-epoch",
    settles=("FIT104",),
    varied="steps an epoch: as many as all training rows take",
    costs=2.0,
)
def all_rows_per_epoch(recipe: Recipe, option: str) -> Recipe:
    """The same fit with as many steps an epoch as it takes to see all training rows.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that the rows missed are not missed.

    References: Keras documentation, Model training APIs (steps_per_epoch).
    """
    if recipe.steps_per_epoch is None or recipe.steps_per_epoch >= whole_steps(recipe):
        raise CannotVaryError("an epoch holds all training rows already")
    return replace(recipe, steps_per_epoch=None)
