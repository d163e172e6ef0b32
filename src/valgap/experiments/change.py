"""Changes of a recipe that experiments share. None touches the recipe that it is given."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.ledger.probes.rows.tasks import class_of_rows, task_of
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import concatenate, leaves, take_rows

Config = dict[str, Any]
_RATES = ("learning_rate", "initial_learning_rate")
_AUGMENTATION = ("AugMix", "CutMix", "MixUp", "RandAugment")
# Of what is drawn at random when a recipe is varied: the same rows for all seeds of a trial.
SEED = 20240229


def with_layers(recipe: Recipe, change: Callable[[str, Config], bool | None]) -> Recipe:
    """Returns a recipe whose layers were changed one by one, wrapped and nested ones too.

    Args:
        recipe: the recipe.
        change: gets the class and the configuration of a layer, to be changed in place, and
            says whether it changed something.

    Raises:
        CannotVaryError: if no layer was changed.
    """
    return with_whole_layers(recipe, lambda c: bool(change(c["class_name"], c["config"])))


def with_whole_layers(recipe: Recipe, change: Callable[[Config], bool]) -> Recipe:
    """Returns a recipe whose layers were changed one by one, or replaced by others.

    Args:
        recipe: the recipe.
        change: gets the class, the configuration and the shapes of a layer, to be changed in
            place, and says whether it changed something.

    Raises:
        CannotVaryError: if no layer was changed.
    """
    model = copy.deepcopy(recipe.model)
    made = [change(layer) for layer in layers_in(model)]
    if not any(made):
        raise CannotVaryError("the model has no layer of the kind")
    return replace(recipe, model=model)


def layers_in(config: Any) -> Iterator[Config]:
    """Yields the configuration of every layer within that of a model, outer ones first."""
    if isinstance(config, dict):
        if _is_layer(config):
            yield config
        for value in config.values():
            yield from layers_in(value)
    elif isinstance(config, (list, tuple)):
        for value in config:
            yield from layers_in(value)


def _is_layer(config: Config) -> bool:
    held = config.get("config")
    return isinstance(config.get("class_name"), str) and isinstance(held, dict) and "name" in held


def with_rate(recipe: Recipe, factor: float) -> Recipe:
    """Returns a recipe whose learning rate, or that of its schedule, is so many times as high.

    Raises:
        CannotVaryError: if the rate stands nowhere in the configuration.
    """
    optimizer = copy.deepcopy(recipe.optimizer)
    if not _scaled(optimizer["config"], factor):
        raise CannotVaryError("the optimiser's learning rate is not known")
    return replace(recipe, optimizer=optimizer)


def _scaled(config: Config, factor: float) -> bool:
    for name in _RATES:
        value = config.get(name)
        if isinstance(value, (int, float)):
            config[name] = factor * value
            return True
        if isinstance(value, dict) and isinstance(value.get("config"), dict):
            return _scaled(value["config"], factor)
    return False


def with_rows(rows: Rows, kept: np.ndarray) -> Rows:
    """Returns those of the rows that are kept, in that order."""
    x, y, w = (take_rows(part, kept) for part in (rows.x, rows.y, rows.w))
    return Rows(x, y, w, tuple(take_rows(draw, kept) for draw in rows.fed), rows.note)


def one_target(rows: Rows) -> np.ndarray:
    """Returns the targets of the one output, one column a row flattened.

    Raises:
        CannotVaryError: if there are several outputs.
    """
    found = list(leaves(rows.y))
    if len(found) != 1:
        raise CannotVaryError("there are several outputs")
    return np.asarray(found[0])


def labels_of(rows: Rows) -> np.ndarray:
    """Returns the number that names the class of each row; of columns, that of the largest.

    Raises:
        CannotVaryError: if targets name no classes.
    """
    target = one_target(rows)
    if task_of(target) not in ("binary", "multiclass"):
        raise CannotVaryError("targets name no classes")
    return class_of_rows(target)


def strata_of(rows: Rows) -> np.ndarray:
    """Returns the class of each row as a number from 0, or 0 for all where there are none."""
    try:
        return np.unique(labels_of(rows), return_inverse=True)[1].reshape(-1)
    except CannotVaryError:
        return np.zeros(rows.count, np.int64)


def drawing(recipe: Recipe) -> np.random.Generator:
    """Returns what experiments draw by: another for each seed of a trial, alike on both sides."""
    return np.random.default_rng([SEED, recipe.draw])


def parted(
    strata: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Returns so many rows drawn at random, each stratum by its share, and the others.

    Both stand in their stored order, so that the order of training rows is held.
    """
    place = np.empty(len(strata))
    for stratum in np.unique(strata):
        there = np.flatnonzero(strata == stratum)
        place[there] = (rng.permutation(len(there)) + rng.random()) / len(there)
    order = np.argsort(place, kind="stable")
    return np.sort(order[:size]), np.sort(order[size:])


def joined(one: Rows, other: Rows) -> Rows:
    """Returns the rows of both splits, those of `one` first.

    Weights that one of them lacks are 1, draws of a pipeline that it lacks are the plain rows.

    Raises:
        CannotVaryError: if their rows differ in shape.
    """
    weights = None
    if one.w is not None or other.w is not None:
        weights = tuple(np.ones(r.count) if r.w is None else r.w for r in (one, other))
    draws = range(max(len(one.fed), len(other.fed)))
    try:
        return Rows(
            concatenate([one.x, other.x]),
            concatenate([one.y, other.y]),
            None if weights is None else concatenate(weights),
            tuple(concatenate([_draw(one, i), _draw(other, i)]) for i in draws),
        )
    except (ValueError, KeyError, IndexError, TypeError):
        raise CannotVaryError("rows of the splits differ in shape") from None


def _draw(rows: Rows, i: int) -> Any:
    return rows.fed[i % len(rows.fed)] if rows.fed else rows.x


def whole_steps(recipe: Recipe) -> int:
    """Returns how many steps it takes to see all training rows once."""
    return math.ceil(recipe.train.count / recipe.batch_size)


def is_augmentation(class_name: str) -> bool:
    """Whether layers of a class transform rows at random."""
    return class_name.startswith("Random") or class_name in _AUGMENTATION


def is_callback(callback: Any, class_name: str) -> bool:
    """Whether a callback is of a class of Keras, or of one made from it."""
    return any(cls.__name__ == class_name for cls in type(callback).__mro__)


def without_callbacks(recipe: Recipe, *class_names: str) -> tuple[Any, ...]:
    """Returns the callbacks of other classes than these."""
    return tuple(
        c for c in recipe.callbacks if not any(is_callback(c, name) for name in class_names)
    )


def keras_object(module: str, class_name: str, **config: Any) -> Config:
    """Returns the configuration of an object of Keras, what is not told at its default."""
    return {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": None,
    }
