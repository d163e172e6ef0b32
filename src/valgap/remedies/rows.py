"""Training rows left out or held out, their groups and sub-labels with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from valgap.experiments.change import drawing, parted, strata_of, with_rows
from valgap.observe.recipe import Recipe


def with_training_rows(recipe: Recipe, kept: np.ndarray) -> Recipe:
    """Returns a recipe with those training rows, in that order, and what is known of those."""
    known = [
        {s: of[kept] if s == "train" else of for s, of in told.items()}
        for told in (recipe.groups, recipe.subclasses)
    ]
    train = with_rows(recipe.train, kept)
    return replace(recipe, train=train, groups=known[0], subclasses=known[1])


def held_out_rows(recipe: Recipe, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns training rows held out and rows kept: a share of each class, or whole groups."""
    rng, size = drawing(recipe), round(share * recipe.train.count)
    groups = recipe.groups.get("train")
    if groups is None:
        return parted(strata_of(recipe.train), size, rng)
    chosen: list[int] = []
    for group in rng.permutation(np.unique(groups)):
        if len(chosen) >= size:
            break
        chosen += np.flatnonzero(groups == group).tolist()
    held_out = np.sort(np.array(chosen, np.int64))
    return held_out, np.setdiff1d(np.arange(recipe.train.count), held_out)


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
