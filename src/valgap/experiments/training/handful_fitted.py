"""A handful of rows fitted to the end: what the model can hold, nothing else in the way."""

from __future__ import annotations

import math
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import drawing, parted, strata_of, with_rows
from valgap.observe.recipe import Recipe

HANDFUL = 16
# Steps that small sound models of any kind need for so few rows (bench/diagnosis, all bases).
STEPS = 400


@experiment(
    name="handful-fitted",
    settles=(),
    varied="rows: sixteen of training, which are validated too",
    held="the model, its loss, optimiser and rate; no callbacks",
    costs=1.0,
)
def handful_fitted(recipe: Recipe, option: str) -> Recipe:
    """The same model on sixteen training rows for 400 steps, scored on those rows.

    It judges no finding by itself; the verdict on a capacity that is suspected tells of it.

    What confirms: a model that cannot tell sixteen rows apart holds too little, or something
    in it keeps it from learning anything. What refutes: it tells them apart, so that it is
    not capacity that keeps it from learning.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 11.5 ("fit a
    tiny dataset").
    """
    if recipe.train.count < HANDFUL:
        raise CannotVaryError(f"there are fewer than {HANDFUL} training rows")
    kept, _ = parted(strata_of(recipe.train), HANDFUL, drawing(recipe))
    rows = replace(with_rows(recipe.train, kept), fed=(), w=None)
    size = min(recipe.batch_size, HANDFUL)
    return replace(
        recipe,
        train=rows,
        validation=rows,
        batch_size=size,
        epochs=math.ceil(STEPS * size / HANDFUL),
        steps_per_epoch=None,
        callbacks=(),
    )
