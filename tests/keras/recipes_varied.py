"""Recipes of small models with one thing wrong in them, or of another kind."""

import copy
import dataclasses

import numpy as np

from valgap.experiments.change import layers_in

made = {}


def fresh(make, **changes):
    """A recipe; the models are made once."""
    if make not in made:
        made[make] = make()
    return dataclasses.replace(made[make], **changes)


def damaged(recipe):
    x = recipe.train.x.copy()
    x[3, 2], x[5, 1] = np.nan, np.inf
    return dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, x=x))


def mislabelled(recipe):
    """A class lies in a corner of its own, and three rows of it have the label of another."""
    splits = []
    for rows in (recipe.train, recipe.validation):
        x = np.random.default_rng(0).normal(0, 0.1, rows.x.shape).astype("float32")
        x[np.arange(len(x)), rows.y] += 4
        splits.append(dataclasses.replace(rows, x=x))
    y = splits[0].y.copy()
    there = np.flatnonzero(y == 0)[:3]
    y[there] = 1
    train = dataclasses.replace(splits[0], y=y)
    return dataclasses.replace(recipe, train=train, validation=splits[1])


def plain_numbers(recipe):
    """The head is linear."""
    model = copy.deepcopy(recipe.model)
    layer(model, "head")["config"]["activation"] = "linear"
    return dataclasses.replace(recipe, model=model)


def layer(model, name):
    return next(c for c in layers_in(model) if c["config"]["name"] == name)


def sgd():
    import keras

    return keras.saving.serialize_keras_object(keras.optimizers.SGD(0.5, momentum=0.9))
