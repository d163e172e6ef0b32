"""Decisions moved to where training rows held out are told best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import labels_of, with_rows
from valgap.experiments.structure import activation_of, one_head
from valgap.observe.recipe import Recipe
from valgap.remedies.attached import with_callback
from valgap.remedies.base import remedy
from valgap.remedies.losses import crossentropy_of
from valgap.remedies.rows import held_out_rows, with_training_rows
from valgap.remedies.thresholds import BALANCED, F1

SHARE, LEAST_OF_A_CLASS, UNEVEN = 0.15, 3, 1.2


@remedy(
    name="decision-thresholds",
    treats=("DAT201", "EVL107"),
    room="fit",
    changed="the bias of the head: moved after training, by training rows held out",
    options=(BALANCED, F1),
    excludes=("logit-adjustment", "scaled-targets"),
    also=("thresholds",),
    order=9,
    holds_out=SHARE,
)
def decision_thresholds(recipe: Recipe, option: str) -> Recipe:
    """The bias of the head moved, after training, to the best decisions on rows held out for it.

    What it changes: 15 % of the training rows, drawn class by class (whole groups where groups
    are known), are left out of training. In the end they are predicted, and the bias of the
    dense head is moved so that the mean recall of classes (or of their F1) is the best on them:
    one threshold for two classes, one shift a class for more. Rows that judge choose nothing.

    When it helps: rare classes are given up for frequent ones, and each is to count alike.

    What it can harm: accuracy and log loss on rows with shares as in training; few rows held out
    of a class choose by chance, and there are fewer to train on.

    References: Provost, Machine Learning from Imbalanced Data Sets 101, 2000; Collell, Prelec and
    Patil, A Simple Plug-in Bagging Ensemble Based on Threshold-Moving, 2018.
    """
    _, logits = crossentropy_of(recipe)
    head = one_head(recipe.model)
    config = head.layer["config"]
    if head.layer["class_name"] != "Dense" or not config.get("use_bias", True):
        raise CannotVaryError("the head is no dense layer with a bias")
    ends_in = activation_of(head)
    if ends_in not in (("linear",) if logits else ("softmax", "sigmoid")):
        raise CannotVaryError("the head gives neither scores nor probabilities")
    labels = labels_of(recipe.train)
    held_out, kept = held_out_rows(recipe, SHARE)
    _refuse_few(labels, held_out, max(2, config["units"]))
    from valgap.remedies.callbacks import MoveHead

    rows = replace(with_rows(recipe.train, held_out), fed=(), w=None)
    codes = labels[held_out].astype(np.int64)
    mover = MoveHead(config["name"], rows, codes, option or BALANCED, ends_in)
    return with_callback(with_training_rows(recipe, kept), mover)


def _refuse_few(labels: np.ndarray, held_out: np.ndarray, columns: int) -> None:
    classes, counts = np.unique(labels, return_counts=True)
    if classes.min() < 0 or classes.max() >= columns:
        raise CannotVaryError("labels are no numbers of units of the head")
    if counts.max() < UNEVEN * counts.min():
        raise CannotVaryError("classes are about equally frequent")
    fewest = min(int((labels[held_out] == c).sum()) for c in classes)
    if fewest < LEAST_OF_A_CLASS:
        raise CannotVaryError(f"fewer than {LEAST_OF_A_CLASS} rows of a class could be held out")
