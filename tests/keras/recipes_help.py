"""Recipes of small real models, made directly."""

import copy
import dataclasses

import cloudpickle
import numpy as np

from valgap.observe.packing import packed
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import map_leaves, take_rows


def recipe_of_model(model, x, y, *, loss, train=60, w=None, fed=0, optimizer="adam", **changes):
    """The recipe of a fit of a model on rows, the first of them for training."""
    import keras

    total = len(y) if not isinstance(y, dict) else len(next(iter(y.values())))
    rows = [np.arange(train), np.arange(train, total)]
    splits = [Rows(take_rows(x, r), take_rows(y, r)) for r in rows]
    if w is not None:
        splits[0] = dataclasses.replace(splits[0], w=w)
    if fed:
        draws = tuple(map_leaves(lambda leaf: leaf + 0, splits[0].x) for _ in range(fed))
        splits[0] = dataclasses.replace(splits[0], fed=draws)
    optimizer = keras.optimizers.get(optimizer)
    settings = {
        "backend": keras.backend.backend(),
        "model": keras.saving.serialize_keras_object(model),
        "custom": {},
        "optimizer": keras.saving.serialize_keras_object(optimizer),
        "loss": packed(loss),
        "loss_weights": None,
        "metrics": None,
        "train": splits[0],
        "validation": splits[1],
        "batch_size": 16,
        "epochs": 1,
        "trainable": {layer.path: layer.trainable for layer in model._flatten_layers(False)},
        "start": tuple(np.asarray(weight) for weight in model.weights),
    }
    return Recipe(**settings | changes)


def table(rows=90, columns=6, seed=0):
    """Rows of a table, columns of very different scales."""
    rng = np.random.default_rng(seed)
    scales = 10.0 ** np.arange(columns)
    return (rng.normal(size=(rows, columns)) * scales + scales).astype("float32")


def series(rows=90, steps=8, columns=5, seed=0):
    return np.random.default_rng(seed).normal(3, 2, (rows, steps, columns)).astype("float32")


def pictures(rows=90, side=12, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (rows, side, side, 3)).astype("uint8")


def labels(classes, rows=90, seed=1):
    """Labels of which each class has its share, in random order."""
    return np.random.default_rng(seed).permutation(np.arange(rows) % classes)


def snapshot(recipe):
    """What a recipe holds, to be compared by value later."""
    return copy.deepcopy({f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)})


def same(one, other):
    """Whether two values are the same all through, arrays bit by bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, bytes(one)) == (other.dtype, other.shape, bytes(other))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    held = None if callable(one) or type(one).__module__ == "builtins" else _held(one)
    return one is other or (one == other if held is None else same(held, _held(other)))


def _held(thing):
    """What an object holds, by name."""
    if dataclasses.is_dataclass(thing):
        return {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing)}
    return getattr(thing, "__dict__", None)


def written(path, recipe):
    path.write_bytes(cloudpickle.dumps(recipe))
    return path
