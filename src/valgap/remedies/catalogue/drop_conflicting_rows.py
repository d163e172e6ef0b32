"""Training rows left out that stand there with several labels."""

from __future__ import annotations

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import labels_of
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import leaves
from valgap.remedies.base import remedy
from valgap.remedies.rows import with_training_rows


@remedy(
    name="drop-conflicting-rows",
    treats=("DAT104",),
    room="data",
    changed="training rows that stand there with several labels: left out",
)
def drop_conflicting_rows(recipe: Recipe, option: str) -> Recipe:
    """Rows left out of training whose inputs, bit for bit, stand there with other labels too.

    What it changes: the training rows, and their groups with them.

    When it helps: the same input has several labels, of which one at most is right.

    What it can harm: where labels are a matter of chance, the hard rows are left out.

    References: Northcutt et al., Pervasive Label Errors in Test Sets, 2021.
    """
    labels = labels_of(recipe.train)
    arrays = [np.ascontiguousarray(leaf) for leaf in leaves(recipe.train.x)]
    keys = [b"".join(array[i].tobytes() for array in arrays) for i in range(recipe.train.count)]
    told: dict[bytes, set[float]] = {}
    for key, label in zip(keys, labels, strict=True):
        told.setdefault(key, set()).add(float(label))
    kept = np.flatnonzero([len(told[key]) == 1 for key in keys])
    if len(kept) == len(keys):
        raise CannotVaryError("no input stands there with several labels")
    return with_training_rows(recipe, kept)
