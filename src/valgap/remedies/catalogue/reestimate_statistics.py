"""Statistics of batch normalisation re-estimated after training."""

from __future__ import annotations

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import SEED, layers_in
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import take_rows
from valgap.remedies.attached import with_callback
from valgap.remedies.base import remedy

MOST_ROWS = 2048


@remedy(
    name="reestimate-statistics",
    treats=("MOD106", "MOD108", "CUR103"),
    room="fit",
    changed="batch-norm statistics: re-estimated on training rows at the end",
    excludes=("group-normalisation", "layer-normalisation"),
    order=10,
)
def reestimate_statistics(recipe: Recipe, option: str) -> Recipe:
    """Moving statistics are those that the last weights ask for, no weight changed.

    What it changes: after training, forward passes over 2,048 training rows at most, without
    dropout and random transforms; the mean over batches replaces moving mean and variance.

    When it helps: statistics lag behind the weights, or dropout before a normalisation gives it
    another variance in training than in inference.

    What it can harm: hardly anything. Very small batches give too low a variance.

    References: Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021, section 3 (precise batch
    statistics); Li et al., Understanding the Disharmony between Dropout and Batch
    Normalization by Variance Shift, 2019.
    """
    if not any(c["class_name"] == "BatchNormalization" for c in layers_in(recipe.model)):
        raise CannotVaryError("the model has no batch normalisation")
    from valgap.remedies.callbacks import ReestimateStatistics

    order = np.random.default_rng(SEED).permutation(recipe.train.count)[:MOST_ROWS]
    x = take_rows(recipe.train.x, order)
    return with_callback(recipe, ReestimateStatistics(x, len(order), recipe.batch_size))
