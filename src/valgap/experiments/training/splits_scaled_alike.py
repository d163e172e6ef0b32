"""Validation inputs brought to the scale of training inputs: DAT302."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import experiment
from valgap.experiments.scaling import moved, scales_of, taking_floats
from valgap.observe.recipe import Recipe


@experiment(
    name="splits-scaled-alike",
    settles=("DAT302",),
    varied="validation inputs: brought to mean and spread of training inputs",
    held="training rows, labels, seed, epochs and all other settings",
)
def splits_scaled_alike(recipe: Recipe, option: str) -> Recipe:
    """The same fit, validation inputs brought to mean and spread of the training inputs.

    That is by feature for tables and series, pictures and frames as a whole; what lies more
    than five quartile spreads off the median has no part in mean and spread.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that the splits are scaled alike or the model does not mind.

    References: Sculley et al., Hidden Technical Debt in Machine Learning Systems, 2015.
    """
    ours = scales_of(recipe, recipe.train, robust=True)
    theirs = scales_of(recipe, recipe.validation, robust=True)
    return replace(taking_floats(recipe), validation=moved(recipe.validation, theirs, ours))
