"""Both splits put together and split anew by groups of near-alike rows: DAT103."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import SEED, joined, strata_of
from valgap.experiments.scaling import scales_of, table_of
from valgap.experiments.weighting import resplit
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.distances import chains, distances, gap_distance, twin_distance
from valgap.observe.recipe import Recipe

# All distances of so many rows take 400 MB in single precision.
MOST_ROWS = 10_000
LEAST_ROWS = 16


@experiment(
    name="split-by-group",
    settles=("DAT103",),
    varied="which rows are held out: whole groups of near-alike rows, drawn at random",
    held="number of rows of both splits (as groups allow), seed, epochs and all other settings",
    direction="down",
)
def split_by_group(recipe: Recipe, option: str) -> Recipe:
    """The same fit where rows that go together stand on one side of the split.

    Groups are chains of rows nearer to each other than independent ones come to lie.

    What confirms: the rows held out score clearly worse, so that the figure came from groups
    that training knew. What refutes: they score as well.

    References: Saeb et al., The Need to Approximate the Use-Case in Clinical Machine
    Learning, 2017.
    """
    groups = _groups(recipe)
    size = recipe.validation.count
    held_out = _whole_groups(groups, size)
    if not LEAST_ROWS <= held_out.sum() <= 2 * size:
        raise CannotVaryError("the groups are too large to hold out as many rows")
    return resplit(recipe, np.flatnonzero(held_out), np.flatnonzero(~held_out))


def _groups(recipe: Recipe) -> np.ndarray:
    """A number for each row of both splits, training first: that of its group."""
    every = joined(replace(recipe.train, fed=()), replace(recipe.validation, fed=()))
    if every.count > MOST_ROWS:
        raise CannotVaryError(f"groups are looked for among {MOST_ROWS} rows, not {every.count}")
    table = table_of(every, scales_of(recipe, recipe.train))
    train = recipe.train.count
    try:
        found = distances(table[:train], table[train:])
    except NotApplicableError as error:
        raise CannotVaryError(str(error)) from error
    near = max(twin_distance(found), gap_distance(found, strata_of(every)[:train]))
    return chains(found.all <= near)


def _whole_groups(groups: np.ndarray, size: int) -> np.ndarray:
    """Which rows are held out: groups in random order, as long as they fit."""
    counts = np.bincount(groups)
    held_out, taken = np.zeros(len(counts), bool), 0
    for group in np.random.default_rng(SEED).permutation(len(counts)):
        if counts[group] and taken + counts[group] <= size:
            held_out[group], taken = True, taken + counts[group]
    return np.asarray(held_out[groups])
