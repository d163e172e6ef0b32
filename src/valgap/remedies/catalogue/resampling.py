"""Rows of rare classes seen as often as those of frequent ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import drawing, labels_of, whole_steps
from valgap.experiments.weighting import unweighed
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.rows import with_training_rows

_BALANCED = 1.2


@remedy(
    name="resampling",
    treats=("DAT201", "EVL107"),
    room="data",
    changed="training rows of rare classes: repeated, as many steps an epoch as before",
    excludes=("class-weights", "logit-adjustment", "drop-doubtful-labels"),
    also=("balanced-batches",),
    # Behind keep-best-epoch, which else would hold out rows that are trained on, too.
    order=10,
)
def resampling(recipe: Recipe, option: str) -> Recipe:
    """Rows of each class repeated until all classes have as many; class weights are left out.

    What it changes: the training rows, shuffled, with as many steps an epoch as before: an
    epoch sees a part of them, and the next one goes on from there.

    When it helps: rare classes are given up for frequent ones.

    What it can harm: rows of rare classes are learned by heart; probabilities are no longer
    those of the shares of the classes.

    References: Chawla et al., SMOTE, 2002; Buda, Maki and Mazurowski, A systematic study of the
    class imbalance problem in convolutional neural networks, 2018.
    """
    plain = unweighed(recipe)
    labels = labels_of(plain.train)
    classes, counts = np.unique(labels, return_counts=True)
    if counts.max() < _BALANCED * counts.min():
        raise CannotVaryError("classes are about equally frequent")
    rng = drawing(recipe)
    rows = rng.permutation(
        np.concatenate([_repeated(labels, c, int(counts.max()), rng) for c in classes])
    )
    steps = recipe.steps_per_epoch or whole_steps(recipe)
    return replace(with_training_rows(plain, rows), shuffle=True, steps_per_epoch=steps)


def _repeated(
    labels: np.ndarray, label: float, wanted: int, rng: np.random.Generator
) -> np.ndarray:
    there = np.flatnonzero(labels == label)
    more = rng.permutation(there)[: wanted % len(there)]
    return np.concatenate([np.tile(there, wanted // len(there)), more])
