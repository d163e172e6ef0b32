"""Mean and spread of the inputs of a recipe, and inputs brought to another mean and spread."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import Graph, graph_of, is_sized
from valgap.ledger.probes.rows.arrays import numeric, sample
from valgap.ledger.probes.rows.kinds import kind_of
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import Nested, leaves, map_leaves, named_leaves

# What lies further from the median than so many quartile spreads is no part of the bulk.
FAR = 5.0
_QUARTILES_OF = 100_000
# Layers to which a number is a name, or that hold its scale themselves.
_READ_AS_THEY_ARE = (
    *("CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "IntegerLookup"),
    *("Normalization", "StringLookup", "TextVectorization"),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and deviation along the last axis (one of each where they are of the whole).

    Steps of a series that hold `padding` throughout are padding, and stay as they are.
    """

    mean: np.ndarray
    deviation: np.ndarray
    padding: float | None = None

    def moved(self, leaf: np.ndarray, to: Scale | None = None) -> np.ndarray:
        """Returns values at mean 0 and deviation 1, or at those of another scale."""
        made = (np.asarray(leaf, np.float32) - self.mean) / self.deviation
        if to is not None:
            made = made * to.deviation + to.mean
        made = np.asarray(made, np.float32)
        return made if self.padding is None else np.where(self._padded(leaf), leaf, made)

    def _padded(self, leaf: np.ndarray) -> np.ndarray:
        return np.asarray(np.all(leaf == self.padding, axis=-1, keepdims=True))


def scales_of(recipe: Recipe, rows: Rows, *, robust: bool = False) -> Nested:
    """Returns the scale of each input by some rows, None for one that has to stay as it is.

    Args:
        recipe: tells which inputs those are.
        rows: the rows of a split.
        robust: whether what lies far off the bulk is left out.

    Raises:
        CannotVaryError: if all have to stay as they are.
    """
    kept = _kept(recipe)
    paddings = [c["config"]["mask_value"] for c in _layers(recipe, "Masking")]

    def scale(leaf: Any, stays: bool) -> Scale | None:
        values = numeric(leaf)
        if values is None or stays:
            return None
        padding = paddings[0] if paddings and values.ndim == 3 else None
        return _scale(values, padding, robust)

    found = map_leaves(scale, rows.x, kept)
    if not any(isinstance(leaf, Scale) for leaf in leaves(found)):
        raise CannotVaryError("inputs are tokens, or the model scales them itself")
    return found


def _scale(values: np.ndarray, padding: float | None, robust: bool) -> Scale:
    whole = kind_of(values) in ("image", "frames") or values.ndim > 5
    columns = values.reshape(-1, 1 if whole or values.ndim == 1 else values.shape[-1])
    if padding is not None:
        columns = columns[~np.all(columns == padding, axis=1)]
    columns = np.where(np.isfinite(columns), columns, np.nan).astype(np.float32)
    if robust:
        columns = _bulk(columns)
    with np.errstate(all="ignore"):
        mean = np.nan_to_num(np.nanmean(columns, axis=0, dtype=np.float64))
        deviation = np.nan_to_num(np.nanstd(columns, axis=0, dtype=np.float64))
    # What never changes is moved, not stretched.
    return Scale(mean, np.where(deviation > 0, deviation, 1.0), padding)


def _bulk(columns: np.ndarray) -> np.ndarray:
    low, middle, high = np.nanquantile(sample(columns, _QUARTILES_OF), [0.25, 0.5, 0.75], axis=0)
    spread = high - low
    far = (np.abs(columns - middle) > FAR * spread) & (spread > 0)
    return np.where(far, np.nan, columns)


def moved(rows: Rows, scales: Nested, to: Nested = None) -> Rows:
    """Returns rows whose inputs, draws of a pipeline too, are brought to another scale."""

    def move(leaf: Any, scale: Scale | None, target: Scale | None) -> Any:
        return leaf if scale is None else scale.moved(np.asarray(leaf), target)

    onto = map_leaves(lambda _: None, rows.x) if to is None else to
    x = map_leaves(move, rows.x, scales, onto)
    return replace(rows, x=x, fed=tuple(map_leaves(move, d, scales, onto) for d in rows.fed))


def taking_floats(recipe: Recipe, *, rescaling: bool = True) -> Recipe:
    """Returns a recipe whose model takes fractions where it took whole numbers before.

    Args:
        recipe: the recipe.
        rescaling: whether the rescaling within the model, made for other numbers, is kept.
    """
    kept = dict(named_leaves(_kept(recipe), "x"))
    model = copy.deepcopy(recipe.model)
    try:
        graph = graph_of(model)
    except CannotVaryError:
        return recipe
    for name, start in _starts(graph, list(kept)).items():
        for layer in [] if kept[name] else first_layers(start, graph):
            if layer["class_name"] == "InputLayer" and "int" in str(layer["config"]["dtype"]):
                layer["config"]["dtype"] = "float32"
            if layer["class_name"] == "Rescaling" and not rescaling:
                layer["config"].update(scale=1.0, offset=0.0)
    return replace(recipe, model=model)


def table_of(rows: Rows, scales: Nested) -> np.ndarray:
    """Returns standardised inputs as one row of numbers each, those left out that stay.

    Args:
        rows: the rows.
        scales: of training rows, as by `scales_of`.
    """
    flat: list[np.ndarray] = []

    def add(leaf: Any, scale: Scale | None) -> None:
        if scale is not None:
            values = scale.moved(np.asarray(leaf)).reshape(len(leaf), -1)
            flat.append(np.nan_to_num(values, posinf=0.0, neginf=0.0))

    map_leaves(add, rows.x, scales)
    return np.concatenate(flat, axis=1)


def first_layers(start: Config, graph: Graph) -> Iterator[Config]:
    """Yields an input and what it goes through, up to the first layers with a size."""
    seen: set[int] = set()
    ahead = [start]
    while ahead:
        layer = ahead.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        if not is_sized(layer):
            ahead += graph.after.get(id(layer), [])


def _kept(recipe: Recipe) -> Nested:
    """For each input whether it has to stay as it is."""
    names = [name for name, _ in named_leaves(recipe.train.x, "x")]
    try:
        graph = graph_of(recipe.model)
    except CannotVaryError:
        ahead = {name: list(layers_in(recipe.model)) for name in names}
    else:
        starts = _starts(graph, names)
        ahead = {name: list(first_layers(start, graph)) for name, start in starts.items()}
    place = iter(names)

    def stays(leaf: Any) -> bool:
        values = np.asarray(leaf)
        return any(_reads(c, values) for c in ahead.get(next(place), []))

    return map_leaves(stays, recipe.train.x)


def _starts(graph: Graph, names: list[str]) -> dict[str, Config]:
    """Where each array comes in: by the name of the input, else by its place."""
    by_name = {layer["config"]["name"]: layer for layer in graph.inputs}
    if set(names) <= set(by_name):
        return {name: by_name[name] for name in names}
    return dict(zip(names, graph.inputs, strict=False))


def _reads(layer: Config, values: np.ndarray) -> bool:
    """Whether to a layer the numbers themselves mean something."""
    name = layer["class_name"]
    held = [part["class_name"] for part in layers_in(layer)]
    # A class of the user's own that embeds patches of pictures takes them at any scale.
    own = "Embedding" in name and name != "Embedding" and values.ndim <= 2
    return own or any(part in ("Embedding", *_READ_AS_THEY_ARE) for part in held)


def _layers(recipe: Recipe, class_name: str) -> list[Config]:
    return [c for c in layers_in(recipe.model) if c["class_name"] == class_name]
