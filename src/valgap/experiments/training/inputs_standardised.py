"""Inputs of mean 0 and deviation 1: DAT301 and DAT306."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import experiment
from valgap.experiments.scaling import moved, scales_of, taking_floats
from valgap.observe.recipe import Recipe


@experiment(
    name="inputs-standardised",
    settles=("DAT301", "DAT306"),
    varied="inputs: mean 0 and deviation 1 by training rows, the model's own rescaling left out",
)
def inputs_standardised(recipe: Recipe, option: str) -> Recipe:
    """The same fit on inputs of mean 0 and deviation 1, by the training rows of both splits.

    Each feature of tables and series is standardised by itself, pictures and frames as a
    whole. Tokens stay as they are, and so do padded steps that the model masks.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that the model copes with the scale of its inputs.

    References: LeCun et al., Efficient BackProp, 1998.
    """
    scales = scales_of(recipe, recipe.train)
    made = taking_floats(recipe, rescaling=False)
    train, validation = (moved(rows, scales) for rows in (recipe.train, recipe.validation))
    return replace(made, train=train, validation=validation)
