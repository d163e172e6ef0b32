"""A placebo: layers under other names."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import is_nested
from valgap.remedies.base import remedy

AFTER = "_placebo"


@remedy(
    name="placebo-names",
    treats=(),
    room="model",
    changed="names of layers: others (placebo)",
    placebo=True,
    order=3,
)
def placebo_names(recipe: Recipe, option: str) -> Recipe:
    """Nothing that matters: layers of a Sequential model under other names.

    What it changes: the names of outer layers, and the paths by which they are frozen.

    When it helps: never. What it seems to do is what chance does, and so it is raced along.

    What it can harm: nothing.

    References: Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks, 2021.
    """
    model = copy.deepcopy(recipe.model)
    layers = model["config"].get("layers")
    if model["class_name"] != "Sequential" or not isinstance(layers, list):
        raise CannotVaryError("names of layers are what a graph hangs together by")
    if is_nested(recipe.train.x) or is_nested(recipe.train.y) or _is_by_name(recipe.loss):
        raise CannotVaryError("inputs or outputs are known by name")
    names = {layer["config"]["name"] for layer in layers}
    for layer in layers:
        layer["config"]["name"] += AFTER
    trainable = {_renamed(path, names): v for path, v in recipe.trainable.items()}
    return replace(recipe, model=model, trainable=trainable)


def _is_by_name(loss: Any) -> bool:
    return isinstance(loss, dict) and "class_name" not in loss


def _renamed(path: str | None, names: set[str]) -> str:
    """A path of the form model/layer/layer within it; a layer without weights may have none."""
    if path is None:
        return path  # type: ignore[return-value]
    parts = path.split("/")
    place = 1 if len(parts) > 1 else 0
    if parts[place] in names:
        parts[place] += AFTER
    return "/".join(parts)
