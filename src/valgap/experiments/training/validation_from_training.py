"""Validation rows taken from training rows: DAT209 and DAT312."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import drawing, parted, strata_of, with_rows
from valgap.experiments.weighting import unweighed
from valgap.observe.recipe import Recipe

SHARE, LEAST_ROWS = 0.25, 8


@experiment(
    name="validation-from-training",
    settles=("DAT209", "DAT312"),
    varied="validation rows: a random quarter of the training rows, held out",
    held="the pipeline, seed, epochs and all other settings",
)
def validation_from_training(recipe: Recipe, option: str) -> Recipe:
    """The same fit on three quarters of the training rows, scored on the last quarter.

    What confirms: those rows score clearly better than the validation rows did, so that the
    fault lies in the validation rows or their labels. What refutes: they score no better.

    References: Northcutt et al., Pervasive Label Errors in Test Sets Destabilize Machine
    Learning Benchmarks, 2021.
    """
    size = int(SHARE * recipe.train.count)
    if size < LEAST_ROWS:
        raise CannotVaryError(f"a quarter of the training rows is fewer than {LEAST_ROWS}")
    held_out, trained = parted(strata_of(recipe.train), size, drawing(recipe))
    # Class weights are no part of a validation loss.
    validation = with_rows(unweighed(recipe).train, held_out)
    if recipe.validation.w is None:
        validation = replace(validation, w=None)
    train = with_rows(recipe.train, trained)
    return replace(recipe, train=train, validation=replace(validation, fed=()))
