"""Rows with NaN or infinity left out: DAT305."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import with_rows
from valgap.ledger.probes.rows.arrays import numeric
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import leaves

LEAST_ROWS = 8


@experiment(
    name="non-finite-left-out",
    settles=("DAT305",),
    varied="rows with NaN or infinity: left out of both splits",
    held="all other rows, seed, epochs and all other settings",
)
def non_finite_left_out(recipe: Recipe, option: str) -> Recipe:
    """The same fit without rows that hold NaN or infinity, in either split.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that the fit copes with them.

    References: Little and Rubin, Statistical Analysis with Missing Data, 2019.
    """
    splits = recipe.train, recipe.validation
    finite = [_finite(rows) for rows in splits]
    if all(kept.all() for kept in finite):
        raise CannotVaryError("all values are finite")
    if any(kept.sum() < LEAST_ROWS for kept in finite):
        raise CannotVaryError("hardly a row has finite values alone")
    made = [with_rows(r, np.flatnonzero(k)) for r, k in zip(splits, finite, strict=True)]
    return replace(recipe, train=made[0], validation=made[1])


def _finite(rows: Rows) -> np.ndarray:
    kept = np.ones(rows.count, bool)
    for leaf in (*leaves(rows.x), *leaves(rows.y), *leaves(rows.w)):
        values = numeric(leaf)
        if values is not None and values.dtype.kind == "f":
            kept &= np.isfinite(values).reshape(len(values), -1).all(axis=1)
    return kept
