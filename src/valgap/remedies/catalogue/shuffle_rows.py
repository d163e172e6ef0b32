"""Rows in another order each epoch."""

from __future__ import annotations

from valgap.experiments.training.rows_shuffled import rows_shuffled
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="shuffle-rows",
    treats=("FIT106", "FIT115", "CUR103"),
    room="data",
    changed="the order of training rows: another one each epoch",
    order=-1,
)
def shuffle_rows(recipe: Recipe, option: str) -> Recipe:
    """Training rows in another random order each epoch.

    What it changes: `shuffle=True`.

    When it helps: rows come sorted by class, clip or time, so that batches hold one kind.

    What it can harm: nothing, unless the model carries a state from batch to batch.

    References: Bottou, Curiously Fast Convergence of some Stochastic Gradient Descent
    Algorithms, 2009.
    """
    return rows_shuffled.vary(recipe, option)
