"""Both splits put together and split anew by groups of rows that go together: DAT103."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import drawing, joined, strata_of
from valgap.experiments.scaling import scales_of, table_of
from valgap.experiments.weighting import resplit
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.distances import chains, distances, gap_distance, twin_distance
from valgap.observe.recipe import Recipe, Rows

# Distances of so many rows, with all that is made on the way, take 600 MB.
MOST_ROWS = 5000
# By which share the number of rows held out may differ, as groups are not cut.
OFF = 0.2


@experiment(
    name="split-by-group",
    settles=("DAT103",),
    varied="which rows are held out: whole groups of rows, drawn at random",
    held="number of rows of both splits (within a fifth), classes, seed, epochs and all settings",
    direction="down",
    contains=("twins-left-out",),
)
def split_by_group(recipe: Recipe, option: str) -> Recipe:
    """The same fit where rows that go together stand on one side of the split.

    Groups are those that were given, else chains of rows nearer to each other than independent
    ones come to lie; they are dealt out by class and size (scikit-learn's StratifiedGroupKFold),
    another deal each seed. The rows held out are judged as that many groups.

    What confirms: the rows held out score clearly worse, so that the figure came from groups
    that training knew. What refutes: they score as well.

    References: Saeb et al., The Need to Approximate the Use-Case in Clinical Machine
    Learning, 2017.
    """
    every = joined(replace(recipe.train, fed=()), replace(recipe.validation, fed=()))
    strata = strata_of(every)
    groups = _given(recipe) if recipe.groups else _found(recipe, every, strata)
    held_out = _fold(groups, strata, recipe.validation.count, drawing(recipe))
    made = resplit(recipe, np.flatnonzero(held_out), np.flatnonzero(~held_out))
    count = len(np.unique(groups[held_out]))
    return replace(made, validation=replace(made.validation, groups=count))


def _given(recipe: Recipe) -> np.ndarray:
    """The groups that were told of, training first."""
    return np.concatenate([recipe.groups["train"], recipe.groups["validation"]])


def _found(recipe: Recipe, every: Rows, strata: np.ndarray) -> np.ndarray:
    """A number for each row of both splits, training first: that of its chain of near rows."""
    if every.count > MOST_ROWS:
        raise CannotVaryError(f"groups are looked for among {MOST_ROWS} rows, not {every.count}")
    table, train = table_of(every, scales_of(recipe, recipe.train)), recipe.train.count
    try:
        found = distances(table[:train], table[train:])
    except NotApplicableError as error:
        raise CannotVaryError(str(error)) from error
    near = max(twin_distance(found), gap_distance(found, strata[:train]))
    return chains(found.all <= near)


def _fold(
    groups: np.ndarray, strata: np.ndarray, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Which rows are held out: one fold of as many as make folds of that size."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = max(2, round(len(groups) / size))
    if len(np.unique(groups)) < folds:
        raise CannotVaryError("there are fewer groups than it takes to hold out as many rows")
    dealing = StratifiedGroupKFold(folds, shuffle=True, random_state=int(rng.integers(2**31)))
    dealt = [rows for _, rows in dealing.split(groups, strata, groups)]
    held_out = np.zeros(len(groups), bool)
    held_out[min(dealt, key=lambda rows: abs(len(rows) - size))] = True
    if abs(held_out.sum() - size) > OFF * size:
        raise CannotVaryError("the groups are too large to hold out as many rows")
    if set(strata[held_out]) - set(strata[~held_out]):
        raise CannotVaryError("a class has no group left to train on")
    return held_out
