"""A placebo: rows stored in another order, and shuffled all the same."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import drawing
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.rows import with_training_rows


@remedy(
    name="placebo-order",
    treats=(),
    room="data",
    changed="training rows: stored in another order, shuffled as before (placebo)",
    placebo=True,
    order=12,
)
def placebo_order(recipe: Recipe, option: str) -> Recipe:
    """Nothing that matters: rows that are shuffled each epoch come from another order.

    What it changes: where each training row is stored, at random. As they are shuffled, batches
    are drawn from the same distribution, and are others. Of all placebos it is the one that
    moves results as far as another seed does.

    When it helps: never. What it seems to do is what chance does, and so it is raced along.

    What it can harm: nothing.

    References: Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks, 2021.
    """
    if not recipe.shuffle:
        raise CannotVaryError("the order of rows may matter, as they are not shuffled")
    order = drawing(recipe).permutation(recipe.train.count)
    return with_training_rows(recipe, order)
