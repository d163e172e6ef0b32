"""Training rows of one origin thinned out to those that differ most."""

from __future__ import annotations

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import strata_of
from valgap.experiments.scaling import scales_of, table_of
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.distances import chains, distances, gap_distance, twin_distance
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.rows import with_training_rows

# Distances of so many rows, with all that is made on the way, take 600 MB.
MOST_ROWS = 5000
# With fewer rows on average, or less left out, there is nothing to thin.
LEAST_OF_A_GROUP, LEAST_OUT = 2.0, 0.05


@remedy(
    name="thin-out-rows",
    treats=("DAT105", "DAT102"),
    room="data",
    changed="training rows of one group, or near copies: every second or fourth is kept",
    options=("0.5", "0.25"),
    excludes=("resampling",),
)
def thin_out_rows(recipe: Recipe, option: str) -> Recipe:
    """Of the training rows of a group a half or a quarter kept: those that differ most.

    What it changes: the training rows, and their groups with them. Groups are those that are
    known, else chains of rows nearer to each other than independent ones come to lie. Kept of
    each class in a group is its first row, then always the one farthest from all that are kept.
    An epoch has as many steps fewer.

    When it helps: frames of a clip or windows of a recording are near copies, and long ones
    outweigh all others.

    What it can harm: rows that differ a little are free augmentation; fewer of them leave fewer
    steps.

    References: Gonzalez, Clustering to Minimize the Maximum Intercluster Distance, 1985; Roberts
    et al., Cross-validation strategies for data with temporal, spatial, hierarchical structure,
    2017.
    """
    table = table_of(recipe.train, scales_of(recipe, recipe.train))
    strata = strata_of(recipe.train)
    groups = recipe.groups.get("train")
    if groups is None:
        groups = _chains(table, strata)
    parts = np.unique(np.stack([groups, strata]), axis=1, return_inverse=True)[1].reshape(-1)
    count = int(parts.max()) + 1
    if len(parts) < LEAST_OF_A_GROUP * count:
        raise CannotVaryError("training rows stand each for itself")
    kept = [_far_apart(table, np.flatnonzero(parts == k), float(option)) for k in range(count)]
    rows = np.sort(np.concatenate(kept))
    if len(rows) > (1 - LEAST_OUT) * len(parts):
        raise CannotVaryError("next to no row would be left out")
    return with_training_rows(recipe, rows)


def _chains(table: np.ndarray, strata: np.ndarray) -> np.ndarray:
    if len(table) > MOST_ROWS:
        raise CannotVaryError(f"groups are looked for among {MOST_ROWS} rows, not {len(table)}")
    try:
        found = distances(table, None)
    except NotApplicableError as error:
        raise CannotVaryError(str(error)) from error
    near = max(twin_distance(found), gap_distance(found, strata))
    return np.asarray(chains(found.all <= near))


def _far_apart(table: np.ndarray, rows: np.ndarray, share: float) -> np.ndarray:
    """The first row, then always the one farthest from those that are kept."""
    points, wanted = table[rows], max(1, round(share * len(rows)))
    kept, away = [0], np.full(len(rows), np.inf)
    while len(kept) < wanted:
        away = np.minimum(away, ((points - points[kept[-1]]) ** 2).sum(axis=1))
        away[kept] = -1
        kept.append(int(away.argmax()))
    return np.asarray(rows[np.array(kept)])
