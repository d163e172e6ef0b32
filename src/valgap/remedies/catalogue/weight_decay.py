"""Weight decay in the optimiser."""

from __future__ import annotations

from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.optimizers import with_settings


@remedy(
    name="weight-decay",
    treats=("CUR101", "CUR105"),
    room="compile",
    changed="weight decay of the optimiser: 0.01, 0.1 or 1 times the rate a step",
    options=("0.01", "0.1", "1"),
    excludes=("adam",),
)
def weight_decay(recipe: Recipe, option: str) -> Recipe:
    """Weights drawn towards 0 by the optimiser, apart from the gradient.

    What it changes: `weight_decay` of the optimiser: each step takes so much, times the rate,
    of every weight.

    When it helps: rows are few for so many weights. Tuned, it is hard to beat.

    What it can harm: training rows are learned less well where it is strong; it shrinks biases
    and scales of normalisation too.

    References: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019; Kadra et
    al., Well-tuned Simple Nets Excel on Tabular Datasets, 2021.
    """
    return with_settings(recipe, weight_decay=float(option))
