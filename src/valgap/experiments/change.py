"""Changes of a recipe that experiments share. None touches the recipe that it is given."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import leaves, map_leaves, take_rows

Config = dict[str, Any]
_RATES = ("learning_rate", "initial_learning_rate")


def with_layers(recipe: Recipe, change: Callable[[str, Config], bool | None]) -> Recipe:
    """Returns a recipe whose layers were changed one by one, wrapped and nested ones too.

    Args:
        recipe: the recipe.
        change: gets the class and the configuration of a layer, to be changed in place, and
            says whether it changed something.

    Raises:
        CannotVaryError: if no layer was changed.
    """
    model = copy.deepcopy(recipe.model)
    made = [change(layer["class_name"], layer["config"]) for layer in layers_in(model)]
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


def heads_of(recipe: Recipe) -> list[Config]:
    """Returns the configurations of the layers that make the outputs, in their order."""
    config = recipe.model["config"]
    layers = {layer["config"]["name"]: layer for layer in config["layers"]}
    names = [part for part in _flat(config.get("output_layers")) if part in layers]
    return [layers[name] for name in names] or [config["layers"][-1]]


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def only_head(recipe: Recipe) -> Config:
    """Returns the configuration of the one dense layer that makes the one output.

    Raises:
        CannotVaryError: if there are several, or it is another layer.
    """
    heads = heads_of(recipe)
    if len(heads) != 1 or heads[0]["class_name"] != "Dense":
        raise CannotVaryError("the model does not end in one dense layer")
    return heads[0]["config"]  # type: ignore[no-any-return]


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


def classes_of(rows: Rows) -> np.ndarray:
    """Returns the class of each row, as a number from 0.

    Raises:
        CannotVaryError: if targets name no classes.
    """
    target = one_target(rows)
    if target.ndim > 1 and target.shape[-1] > 1:
        return np.asarray(target.reshape(len(target), -1).argmax(axis=1))
    flat = target.reshape(-1)
    if len(flat) != len(target) or np.any(flat != np.floor(flat)):
        raise CannotVaryError("targets name no classes")
    return np.unique(flat, return_inverse=True)[1]


def mapped(rows: Rows, change: Callable[[np.ndarray], np.ndarray]) -> Rows:
    """Returns rows whose numeric inputs were changed, array by array."""

    def numeric(leaf: np.ndarray) -> np.ndarray:
        return change(leaf) if np.asarray(leaf).dtype.kind in "fiu" else leaf

    x = map_leaves(numeric, rows.x)
    return replace(rows, x=x, fed=tuple(map_leaves(numeric, draw) for draw in rows.fed))
