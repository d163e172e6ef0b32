"""Features that never move in training held still."""

from __future__ import annotations

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.masking import features_of, holding


@remedy(
    name="drop-constant-features",
    treats=("DAT304",),
    room="model",
    changed="features that are the same in all training rows: held there by the model",
    excludes=("pretrained-backbone",),
    # Behind scale-inputs, which takes rescaling that it finds behind the inputs away.
    order=1,
    also=("repair-or-drop-input",),
)
def drop_constant_features(recipe: Recipe, option: str) -> Recipe:
    """Features that are the same in all training rows held at that value within the model.

    What it changes: Rescaling of Keras behind the input multiplies those features by 0 and adds
    their value of training; the model takes what it took before.

    When it helps: a feature never moves in training, so that its weights are as they were drawn,
    and moves in the rows that are predicted.

    What it can harm: nothing where the feature never moves at all; a fault on its way into the
    rows goes unnoticed.

    References: scikit-learn user guide, Removing features with low variance.
    """
    arrays = features_of(recipe)
    held = {name: _constant(array) for name, array in arrays.items()}
    if not any(held.values()):
        raise CannotVaryError("every feature moves in training rows")
    if all(len(held[name]) == array.shape[-1] for name, array in arrays.items()):
        raise CannotVaryError("nothing moves in training rows: nothing would be left")
    return holding(recipe, {name: values for name, values in held.items() if values})


def _constant(array: np.ndarray) -> dict[int, float]:
    columns = array.reshape(-1, array.shape[-1])
    if not len(columns):
        return {}
    same = np.flatnonzero(np.all(columns == columns[0], axis=0))
    return {int(j): float(columns[0, j]) for j in same}
