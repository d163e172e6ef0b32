"""Both splits put together and split anew at random: DAT202, DAT203, DAT204 and DAT303."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.change import drawing, joined, parted, strata_of
from valgap.experiments.weighting import resplit
from valgap.observe.recipe import Recipe


@experiment(
    name="split-at-random",
    settles=("DAT204", "DAT303", "DAT203", "DAT202"),
    varied="which rows are held out: drawn at random, classes by their shares",
    held="number of rows of both splits, seed, epochs and all other settings",
)
def split_at_random(recipe: Recipe, option: str) -> Recipe:
    """The same fit on as many rows, those held out drawn at random from both splits.

    What confirms: the rows held out score clearly better, so that the split kept something
    from training. What refutes: they score no better. Rows that belong together (frames of
    one clip) come to stand on both sides and score better for that alone: where such groups
    are known this proves nothing.

    References: Kohavi, A Study of Cross-Validation and Bootstrap for Accuracy Estimation and
    Model Selection, 1995.
    """
    every = joined(recipe.train, recipe.validation)
    held_out, trained = parted(strata_of(every), recipe.validation.count, drawing(recipe))
    return resplit(recipe, held_out, trained)
