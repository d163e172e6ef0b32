"""The rows of a recipe as `fit` takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.experiments.change import whole_steps
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import Nested, take_rows


def arguments(recipe: Recipe) -> dict[str, Any]:
    """Returns the arguments of `fit` that feed the training rows of a recipe."""
    train = recipe.train
    whole = whole_steps(recipe)
    steps = recipe.steps_per_epoch
    if not train.fed and (steps is None or steps >= whole):
        return {
            "x": train.x,
            "y": train.y,
            "sample_weight": train.w,
            "batch_size": recipe.batch_size,
            "shuffle": recipe.shuffle,
        }
    return {"x": _batches(recipe, steps or whole), "shuffle": False}


def _batches(recipe: Recipe, steps: int) -> Any:
    """Batches of a pipeline: another draw each epoch, rows that go on where an epoch ends."""
    import keras

    rng = np.random.default_rng(np.random.randint(2**31))
    train, size = recipe.train, recipe.batch_size

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.epoch, self.order = 0, np.arange(0)
            self._fill()

        def __len__(self) -> int:
            return steps

        def __getitem__(self, i: int) -> tuple[Nested, ...]:
            rows = self.order[i * size : (i + 1) * size]
            x = train.fed[self.epoch % len(train.fed)] if train.fed else train.x
            made = tuple(take_rows(part, rows) for part in (x, train.y, train.w))
            return made if train.w is not None else made[:2]

        def on_epoch_end(self) -> None:
            self.epoch, self.order = self.epoch + 1, self.order[steps * size :]
            self._fill()

        def _fill(self) -> None:
            whole = steps * size >= train.count
            while len(self.order) < (train.count if whole else steps * size):
                again = np.arange(train.count)
                self.order = np.concatenate(
                    [self.order, rng.permutation(again) if recipe.shuffle else again]
                )

    return Batches()
