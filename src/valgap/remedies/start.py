"""Weights that a fit began with, for a model that has other layers as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.observe.recipe import Recipe
from valgap.remedies.shapes import model_of


def keeping_start(before: Recipe, after: Recipe) -> Recipe:
    """Returns a recipe whose layers begin as they did in the recorded fit, new ones at random.

    Weights are known by the path of their layer. Without this a model with a layer more would
    lose what was loaded into it (see `experiments.rebuild`).
    """
    if before.start is None:
        return after
    old = model_of(before)
    if len(old.weights) != len(before.start):
        return after
    known = {w.path: value for w, value in zip(old.weights, before.start, strict=True)}
    start = []
    for weight in model_of(after).weights:
        fresh = np.array(weight)
        value = known.get(weight.path, fresh)
        start.append(value if value.shape == fresh.shape else fresh)
    return replace(after, start=tuple(start))
