"""Class weights apart from the other weights of training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import joined, labels_of, with_rows
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import is_nested


def weighed(recipe: Recipe, weights: Mapping[int, float] | None) -> Recipe:
    """Returns a recipe with these class weights in place of its own.

    Raises:
        CannotVaryError: if targets name no classes, or each output has weights of its own.
    """
    own = own_weights(recipe)
    if weights is not None:
        own = _factors(weights, recipe.train) * (1 if own is None else own)
    held = None if weights is None else dict(weights)
    return replace(recipe, train=replace(recipe.train, w=own), class_weight=held)


def unweighed(recipe: Recipe) -> Recipe:
    """Returns a recipe without its class weights, or as it is where it has none."""
    return weighed(recipe, None) if recipe.class_weight else recipe


def resplit(recipe: Recipe, held_out: np.ndarray, trained: np.ndarray) -> Recipe:
    """Returns a recipe with the rows of both splits parted anew; class weights follow labels.

    Args:
        recipe: the fit.
        held_out: positions of the validation rows to be, training rows counted first.
        trained: those of the training rows to be.
    """
    plain = unweighed(recipe)
    every = joined(plain.train, plain.validation)
    validation, train = with_rows(every, held_out), with_rows(every, trained)
    if plain.validation.w is None:
        validation = replace(validation, w=None)
    if not plain.validation.fed:
        validation = replace(validation, fed=())
    if not plain.train.fed:
        train = replace(train, fed=())
    made = replace(plain, train=train, validation=validation)
    return weighed(made, recipe.class_weight) if recipe.class_weight else made


def own_weights(recipe: Recipe) -> np.ndarray | None:
    """Returns the weights of training rows with the class weights divided out, if any are left.

    Raises:
        CannotVaryError: if targets name no classes, or each output has weights of its own.
    """
    given = recipe.train.w
    if is_nested(given):
        raise CannotVaryError("each output has weights of its own")
    if given is None or not recipe.class_weight:
        return None if given is None else np.asarray(given)
    factors = _factors(recipe.class_weight, recipe.train)
    # A class of weight 0 takes the weight of its rows with it.
    own = np.where(factors > 0, np.asarray(given) / np.where(factors > 0, factors, 1), 1)
    return None if np.allclose(own, 1, rtol=1e-3) else own


def balanced(labels: np.ndarray) -> dict[int, float]:
    """Returns weights by which all classes weigh alike, and all rows together as before."""
    classes, counts = np.unique(labels, return_counts=True)
    pairs = zip(classes, counts, strict=True)
    return {int(c): len(labels) / (len(classes) * int(n)) for c, n in pairs}


def _factors(weights: Mapping[int, float], rows: Rows) -> np.ndarray:
    labels = labels_of(rows)
    return np.array([weights.get(int(label), 1.0) for label in labels], np.float64)
