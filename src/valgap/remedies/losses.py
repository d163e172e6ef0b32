"""The loss of a recipe with one output, and others in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.asked import loss_of
from valgap.experiments.change import Config, keras_object, one_target
from valgap.experiments.structure import activation_of, one_head, wrapped
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import map_leaves

BINARY, CATEGORICAL, SPARSE = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)


def crossentropy_of(recipe: Recipe) -> tuple[str, bool]:
    """Returns which cross-entropy the one loss is, and whether it takes scores.

    Raises:
        CannotVaryError: if it is another loss, one of the user's own, or there are several.
    """
    one_target(recipe.train)
    name, logits = loss_of(recipe.loss)
    if name not in (BINARY, CATEGORICAL, SPARSE):
        raise CannotVaryError("the loss is no cross-entropy of Keras")
    return name, logits


def with_loss(recipe: Recipe, class_name: str, **settings: Any) -> Recipe:
    """Returns a recipe with a loss of Keras, held by whatever held the one before."""
    made = keras_object("keras.losses", class_name, **settings)
    return replace(recipe, loss=_in_place_of(recipe.loss, made))


def in_columns(recipe: Recipe) -> Recipe:
    """Returns a recipe whose targets have a column a class rather than the number of the class.

    The loss is the same by another name; metrics are left out, as they may not take columns.

    Raises:
        CannotVaryError: if the loss is no cross-entropy of Keras or numbers do not fit the head.
    """
    name, logits = crossentropy_of(recipe)
    if name != SPARSE:
        return recipe
    units = wrapped(one_head(recipe.model).layer)["config"]["units"]
    columns = [_columns(rows, units) for rows in (recipe.train, recipe.validation)]
    made = replace(recipe, train=columns[0], validation=columns[1], metrics=None)
    return with_loss(made, "CategoricalCrossentropy", from_logits=logits)


def ends_in_probabilities(recipe: Recipe) -> bool:
    """Whether the one head gives probabilities rather than scores."""
    return activation_of(one_head(recipe.model)) in ("softmax", "sigmoid")


def _columns(rows: Rows, units: int) -> Rows:
    numbers = np.asarray(one_target(rows))
    if numbers.size != rows.count or numbers.min() < 0 or numbers.max() >= units:
        raise CannotVaryError("targets are no numbers of units of the head")
    columns = np.eye(units, dtype=np.float32)[numbers.reshape(-1).astype(np.int64)]
    return replace(rows, y=map_leaves(lambda _: columns, rows.y))


def _in_place_of(loss: Any, made: Config) -> Any:
    if isinstance(loss, dict) and "class_name" not in loss:
        return dict.fromkeys(loss, made)
    return [made] if isinstance(loss, (list, tuple)) else made
