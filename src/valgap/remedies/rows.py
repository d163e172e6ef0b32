"""Training rows left out, their groups with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from valgap.experiments.change import with_rows
from valgap.observe.recipe import Recipe


def with_training_rows(recipe: Recipe, kept: np.ndarray) -> Recipe:
    """Returns a recipe with those training rows, in that order, and the groups of those."""
    groups = {s: g[kept] if s == "train" else g for s, g in recipe.groups.items()}
    return replace(recipe, train=with_rows(recipe.train, kept), groups=groups)


def without_what(recipe: Recipe, leaves_out: Callable[[Recipe], Recipe]) -> Recipe:
    """Returns a recipe without the training rows that an experiment leaves out.

    Validation rows stay as they are, whatever the experiment does to them: they judge. Which
    rows are kept is told by weights that hold the number of each row.

    Raises:
        CannotVaryError: if the experiment has nothing to leave out.
    """
    numbers = np.arange(recipe.train.count, dtype=np.float64)
    told = leaves_out(replace(recipe, train=replace(recipe.train, w=numbers), class_weight=None))
    return with_training_rows(recipe, np.asarray(told.train.w).astype(np.int64))
