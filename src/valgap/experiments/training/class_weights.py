"""Class weights left out, or balanced: FIT111, DAT201 and EVL107."""

from __future__ import annotations

import math

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import labels_of
from valgap.experiments.weighting import balanced, weighed
from valgap.observe.recipe import Recipe


@experiment(
    name="class-weights",
    settles=("FIT111", "DAT201", "EVL107"),
    varied="class weights: none, or such that all classes weigh alike",
    options=("none", "balanced"),
)
def class_weights(recipe: Recipe, option: str) -> Recipe:
    """The same fit without class weights, or with weights n / (k n_c) of k classes.

    What confirms: validation rows score clearly better, each class counted alike. What
    refutes: they score no better either way.

    References: King and Zeng, Logistic Regression in Rare Events Data, 2001; scikit-learn
    documentation, compute_class_weight.
    """
    if option == "none":
        if not recipe.class_weight:
            raise CannotVaryError("there are no class weights")
        return weighed(recipe, None)
    wanted = balanced(labels_of(recipe.train))
    held = recipe.class_weight or {}
    if all(math.isclose(held.get(c, 1.0), w, rel_tol=0.05) for c, w in wanted.items()):
        raise CannotVaryError("all classes weigh alike already")
    return weighed(recipe, wanted)
