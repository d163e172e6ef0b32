"""Outputs moved by how rare a class is."""

from __future__ import annotations

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import labels_of
from valgap.experiments.structure import one_head
from valgap.observe.recipe import Recipe
from valgap.remedies.attached import with_callback
from valgap.remedies.base import remedy
from valgap.remedies.losses import crossentropy_of, ends_in_probabilities

# Of the rows of the most frequent class to those of the rarest.
_BALANCED = 1.2


@remedy(
    name="logit-adjustment",
    treats=("DAT201", "EVL107"),
    room="fit",
    changed="the bias of the head: moved towards rare classes after training",
    options=("1", "0.5"),
    excludes=("class-weights", "resampling", "scaled-targets"),
)
def logit_adjustment(recipe: Recipe, option: str) -> Recipe:
    """The bias of the head, after training, less tau times the log share of each class.

    What it changes: the bias of the dense head, once, at the end: scores are as if all classes
    were equally frequent. It is the threshold of two classes moved, too. Training is as it was.

    When it helps: rare classes are given up for frequent ones, and each class is to count alike
    (balanced accuracy, macro F1).

    What it can harm: accuracy and log loss on rows with shares as in training.

    References: Menon et al., Long-tail Learning via Logit Adjustment, 2021 (the post-hoc form).
    """
    _, logits = crossentropy_of(recipe)
    head = one_head(recipe.model)
    config = head.layer["config"]
    if head.layer["class_name"] != "Dense" or not config.get("use_bias", True):
        raise CannotVaryError("the head is no dense layer with a bias")
    if not logits and not ends_in_probabilities(recipe):
        raise CannotVaryError("the head gives neither scores nor probabilities")
    shift = -float(option) * _log_shares(labels_of(recipe.train), config["units"])
    from valgap.remedies.callbacks import ShiftHead

    return with_callback(recipe, ShiftHead(config["name"], shift))


def _log_shares(labels: np.ndarray, units: int) -> np.ndarray:
    classes, counts = np.unique(labels, return_counts=True)
    if counts.max() < _BALANCED * counts.min():
        raise CannotVaryError("classes are about equally frequent")
    if units == 1:
        if len(classes) != 2:
            raise CannotVaryError("one unit and not two classes")
        return np.array([np.log(counts[1] / counts[0])])
    if classes.min() < 0 or classes.max() >= units:
        raise CannotVaryError("labels are no numbers of units of the head")
    found = np.zeros(units)
    found[classes.astype(np.int64)] = np.log(counts / counts.sum())
    return found
