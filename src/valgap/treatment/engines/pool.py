"""The rows of both splits in one table, from which each trial takes its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from valgap.experiments.change import joined, whole_steps, with_rows
from valgap.experiments.weighting import unweighed, weighed
from valgap.observe.recipe import Recipe, Rows


@dataclass(frozen=True, slots=True)
class Pool:
    """A fit, and all of its rows, those of training first.

    They are joined once, not in each trial: so they can be read from a file. `recipe` is the fit
    without rows, and without the class weights that are put on those a trial trains on.
    """

    recipe: Recipe
    every: Rows
    class_weight: Mapping[int, float] | None

    def split(self, held_out: np.ndarray, trained: np.ndarray) -> Recipe:
        """Gives back the fit on other rows, as `experiments.weighting.resplit` does.

        Args:
            held_out: positions of the validation rows.
            trained: those of the training rows.
        """
        validation = _as_before(self.recipe.validation, with_rows(self.every, held_out))
        train = with_rows(self.every, trained)
        if not self.recipe.train.fed:
            train = replace(train, fed=())
        made = replace(self.recipe, train=train, validation=validation)
        return weighed(made, self.class_weight) if self.class_weight else made


def _as_before(before: Rows, rows: Rows) -> Rows:
    """Without the weights and draws that validation rows had not, and training rows lent them."""
    return replace(rows, w=None if before.w is None else rows.w, fed=rows.fed if before.fed else ())


def pool_of(recipe: Recipe) -> Pool:
    """Gives back the pool of a fit.

    Raises:
        CannotVaryError: if the rows of its splits differ in shape, or class weights cannot be
            told from other weights.
    """
    plain, none = unweighed(recipe), np.arange(0)
    bare = replace(
        plain,
        train=with_rows(plain.train, none),
        validation=with_rows(plain.validation, none),
        steps_per_epoch=_fewer_steps(plain),
    )
    return Pool(bare, joined(plain.train, plain.validation), recipe.class_weight)


def _fewer_steps(recipe: Recipe) -> int | None:
    """Steps of an epoch that does not see all rows; None where it does, on any number of rows."""
    steps = recipe.steps_per_epoch
    return None if steps is None or steps >= whole_steps(recipe) else steps
