"""Targets of mean 0 and deviation 1 for all layers but the last."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.asked import loss_of
from valgap.experiments.change import one_target
from valgap.experiments.structure import activation_of, end_with, one_head
from valgap.ledger.probes.rows.tasks import task_of
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import is_nested
from valgap.remedies.base import remedy
from valgap.remedies.graph import insert_behind, made

_NEAR = 0.05
# How the loss grows with the scale of the targets.
_POWERS = {"mean_squared_error": 2, "mse": 2, "mean_absolute_error": 1, "mae": 1}


@remedy(
    name="scaled-targets",
    treats=("DAT307", "MOD103"),
    room="model",
    changed="targets: mean 0 and deviation 1 for the head, put back by a last layer",
    options=("", "linear"),
    excludes=("head-that-fits-the-loss",),
    also=("scale-targets",),
    order=1,
)
def scaled_targets(recipe: Recipe, option: str) -> Recipe:
    """The head predicts targets of mean 0 and deviation 1; a last layer puts them back.

    What it changes: `Rescaling` with deviation and mean of the training targets behind the
    linear head, and a weight of the loss by which it is as for standardised targets. Targets
    and predictions stay as they are. A head that ends in another activation is made linear
    with `linear`.

    When it helps: targets lie far from where the output of the model starts.

    What it can harm: the logged loss is another number, to be compared with no other fit.

    References: LeCun et al., Efficient BackProp, 1998; Bishop, Neural Networks for Pattern
    Recognition, 1995, chapter 6.
    """
    mean, deviation = _scale(recipe)
    model = copy.deepcopy(recipe.model)
    head = one_head(model)
    if (activation_of(head) != "linear") is not (option == "linear"):
        raise CannotVaryError("a head that is not linear needs the option linear, and no other")
    end_with(head, "linear")
    last = (head.layer, *head.behind)[-1]
    layer = made(model, "Rescaling", "in_units", scale=deviation.tolist(), offset=mean.tolist())
    insert_behind(model, last, [layer])
    power = _POWERS[loss_of(recipe.loss)[0]]
    weight = 1 / float(np.mean(deviation**power))
    return replace(recipe, model=model, loss_weights=weight)


def _scale(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    target, (name, _) = one_target(recipe.train), loss_of(recipe.loss)
    if name not in _POWERS or task_of(target, name, 1) != "regression":
        raise CannotVaryError("targets are no numbers scored by the squared or absolute error")
    is_named = is_nested(recipe.train.y) or (
        isinstance(recipe.loss, (dict, list, tuple)) and "class_name" not in recipe.loss
    )
    if is_named or recipe.loss_weights is not None or target.ndim > 2:
        raise CannotVaryError("the output is known by name, weighed, or of several axes")
    columns = np.asarray(target, np.float64).reshape(len(target), -1)
    mean, deviation = np.nanmean(columns, axis=0), np.nanstd(columns, axis=0)
    if np.all(np.abs(mean) < _NEAR) and np.all(np.abs(deviation - 1) < _NEAR):
        raise CannotVaryError("targets have mean 0 and deviation 1 already")
    return mean, np.where(deviation > 0, deviation, 1.0)
