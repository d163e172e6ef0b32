"""Class weights by which all classes weigh alike."""

from __future__ import annotations

from valgap.experiments.training.class_weights import class_weights as weights
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="class-weights",
    treats=("DAT201", "DAT203", "EVL107", "FIT111"),
    room="fit",
    changed="class weights: all classes weigh alike, or none",
    options=("balanced", "none"),
    excludes=("resampling", "logit-adjustment"),
    also=("balanced-class-weights",),
    order=1,
)
def class_weights(recipe: Recipe, option: str) -> Recipe:
    """Weights n / (k n_c) of k classes, or none where there are some.

    What it changes: `class_weight`; the sum over all rows stays as it was.

    When it helps: rare classes are given up for frequent ones, or weights starve a class.

    What it can harm: probabilities are no longer those of the shares of the classes; few rows
    of great weight make steps noisier.

    References: King and Zeng, Logistic Regression in Rare Events Data, 2001; scikit-learn
    documentation, compute_class_weight.
    """
    return weights.vary(recipe, option)
