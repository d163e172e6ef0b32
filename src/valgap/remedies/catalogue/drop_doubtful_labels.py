"""Training rows with doubtful labels left out."""

from __future__ import annotations

from valgap.experiments.training.doubtful_labels_left_out import doubtful_labels_left_out
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.rows import without_what


@remedy(
    name="drop-doubtful-labels",
    treats=("DAT207", "DAT104"),
    room="data",
    changed="training rows whose label a cheap model holds for wrong: left out",
)
def drop_doubtful_labels(recipe: Recipe, option: str) -> Recipe:
    """Training rows left out to whose label other rows give less than a tenth.

    What it changes: the training rows. The probability is that of a logistic regression on
    standardised inputs, fitted to the other folds.

    When it helps: training labels are wrong.

    What it can harm: rows that are right and rare look wrong to a cheap model.

    References: Northcutt et al., Confident Learning, 2021.
    """
    return without_what(recipe, lambda r: doubtful_labels_left_out.vary(r, option))
