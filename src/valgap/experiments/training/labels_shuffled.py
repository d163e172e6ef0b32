"""Training labels in random order: DAT208 and EVL102."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import drawing
from valgap.experiments.weighting import unweighed, weighed
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import leaves, take_rows


@experiment(
    name="labels-shuffled",
    settles=("DAT208", "EVL102"),
    varied="which training row has which label: at random",
    direction="same",
)
def labels_shuffled(recipe: Recipe, option: str) -> Recipe:
    """The same fit with the labels of training rows put in random order.

    What confirms: validation rows score no worse, beyond what guesses gain on so many rows by
    chance, and no reference does better, so that labels told nothing of their rows.
    What refutes: they score clearly worse, so that the labels as given do tell something.

    References: Zhang et al., Understanding Deep Learning Requires Rethinking Generalization,
    2017; Ojala and Garriga, Permutation Tests for Studying Classifier Performance, 2010.
    """
    if all(len(np.unique(leaf)) < 2 for leaf in leaves(recipe.train.y)):
        raise CannotVaryError("all training labels are the same")
    plain = unweighed(recipe)
    order = drawing(recipe).permutation(recipe.train.count)
    train = replace(plain.train, y=take_rows(recipe.train.y, order))
    made = replace(plain, train=train)
    # Class weights belong to the labels, other weights to the rows.
    return weighed(made, recipe.class_weight) if recipe.class_weight else made
