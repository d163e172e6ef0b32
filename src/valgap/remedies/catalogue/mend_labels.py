"""Training labels that look wrong set to what other rows say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import one_target
from valgap.experiments.weighting import unweighed, weighed
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import map_leaves
from valgap.remedies.base import remedy
from valgap.remedies.doubt import doubtful, out_of_fold


@remedy(
    name="mend-labels",
    treats=("DAT207",),
    room="data",
    changed="training labels that a cheap model holds for wrong: the likeliest class",
    excludes=("drop-doubtful-labels", "drop-conflicting-rows"),
    order=-2,
)
def mend_labels(recipe: Recipe, option: str) -> Recipe:
    """Training labels in doubt set to the class that the other rows hold for the likeliest.

    What it changes: targets of training rows, and class weights with them. In doubt is what
    confident learning (cleanlab) says of out-of-fold probabilities of a logistic regression on
    standardised inputs. Rows that judge keep their labels, right or wrong.

    When it helps: training labels are wrong, and rows too few to be left out.

    What it can harm: rows that are right and rare are given a wrong label; errors of the cheap
    model are taught to the network. Look at the rows before the script is changed.

    References: Northcutt, Jiang and Chuang, Confident Learning, 2021; Reed et al., Training
    Deep Neural Networks on Noisy Labels with Bootstrapping, 2015.
    """
    found = out_of_fold(recipe)
    rows = doubtful(found)
    rows = rows[found.likeliest[rows] != found.classes[found.codes[rows]]]
    if not len(rows):
        raise CannotVaryError("no label is doubtful")
    plain = unweighed(recipe)
    made = replace(plain, train=_relabelled(plain.train, rows, found.likeliest[rows]))
    return weighed(made, recipe.class_weight) if recipe.class_weight else made


def _relabelled(rows: Rows, which: np.ndarray, labels: np.ndarray) -> Rows:
    target = np.array(one_target(rows))
    if target.ndim > 1 and target.shape[-1] > 1:
        target[which] = np.eye(target.shape[-1])[labels.astype(np.int64)].astype(target.dtype)
    else:
        target[which] = labels.reshape(-1, *target.shape[1:]).astype(target.dtype)
    return replace(rows, y=map_leaves(lambda _: target, rows.y))
