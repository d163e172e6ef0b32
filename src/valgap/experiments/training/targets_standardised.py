"""Targets of mean 0 and deviation 1: DAT307 and MOD103."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.asked import loss_of
from valgap.experiments.change import one_target
from valgap.experiments.measure import MANY_COLUMNS
from valgap.experiments.structure import activation_of, end_with, graph_of, heads_of, one_head
from valgap.ledger.probes.rows.tasks import task_of
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import map_leaves

_NEAR = 0.05


@experiment(
    name="targets-standardised",
    settles=("DAT307", "MOD103"),
    varied="targets: mean 0 and deviation 1 by training rows; with `linear` the head linear too",
    options=("", "linear"),
)
def targets_standardised(recipe: Recipe, option: str) -> Recipe:
    """The same fit on targets of mean 0 and deviation 1, which leaves the R2 score as it is.

    What a head ends in may not reach below 0 or beyond 1: such a head is made linear by the
    option of that name, and can have no other.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that the model reached its targets as they were.

    References: LeCun et al., Efficient BackProp, 1998; Bishop, Neural Networks for Pattern
    Recognition, 1995, chapter 6.
    """
    mean, deviation = _scale(recipe)
    model = copy.deepcopy(recipe.model)
    if option == "linear":
        head = one_head(model)
        if activation_of(head) == "linear":
            raise CannotVaryError("the head is linear already")
        end_with(head, "linear")
    elif any(activation_of(head) != "linear" for head in heads_of(graph_of(model))):
        raise CannotVaryError("the head does not reach such targets unless it is linear")

    def moved(rows: Rows) -> Rows:
        y = map_leaves(lambda leaf: ((leaf - mean) / deviation).astype(np.float32), rows.y)
        return replace(rows, y=y)

    made = moved(recipe.train), moved(recipe.validation)
    return replace(recipe, model=model, train=made[0], validation=made[1])


def _scale(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    target = one_target(recipe.train)
    if task_of(target, loss_of(recipe.loss)[0], 1) != "regression":
        raise CannotVaryError("targets are no numbers to be predicted")
    axes = tuple(range(target.ndim - 1)) if target.ndim > 1 else (0,)
    mean = np.nanmean(target, axis=axes, dtype=np.float64)
    deviation = np.nanstd(target, axis=axes, dtype=np.float64)
    if np.size(deviation) > MANY_COLUMNS or target.ndim > 2:
        # The score then takes the variance of all columns together.
        deviation = np.sqrt(np.mean(deviation**2))
    if np.all(np.abs(mean) < _NEAR) and np.all(np.abs(deviation - 1) < _NEAR):
        raise CannotVaryError("targets have mean 0 and deviation 1 already")
    return np.asarray(mean), np.where(deviation > 0, deviation, 1.0)
