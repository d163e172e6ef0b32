"""Training rows that stand in validation left out: DAT101, DAT102, DAT105 and DAT106."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import SEED, with_rows
from valgap.experiments.scaling import scales_of, table_of
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import leaves

# Of the median distance of two rows drawn at random.
NEAR = 0.05
LEAST_ROWS, PAIRS, COLUMNS = 16, 2000, 512


@experiment(
    name="twins-left-out",
    settles=("DAT101", "DAT102", "DAT105", "DAT106"),
    varied="training rows equal to a validation row, or all but equal: left out",
    held="validation rows, seed, epochs and all other settings",
    direction="down",
)
def twins_left_out(recipe: Recipe, option: str) -> Recipe:
    """The same fit without those training rows that validation holds as well, or nearly.

    Near is a twentieth of the median distance of two rows at random, inputs standardised.

    What confirms: validation rows score clearly worse without, so that the figure came from
    rows seen in training. What refutes: they score as well.

    References: Barz and Denzler, Do We Train on Test Data?, 2020.
    """
    twins = _equal(recipe) | _near(recipe)
    if not twins.any():
        raise CannotVaryError("no training row has a twin in validation")
    if (~twins).sum() < LEAST_ROWS:
        raise CannotVaryError("hardly a training row has no twin in validation")
    return replace(recipe, train=with_rows(recipe.train, np.flatnonzero(~twins)))


def _equal(recipe: Recipe) -> np.ndarray:
    held_out = set(_bytes(recipe.validation))
    return np.array([row in held_out for row in _bytes(recipe.train)])


def _bytes(rows: Rows) -> Iterator[bytes]:
    inputs = [np.asarray(leaf) for leaf in leaves(rows.x)]
    for i in range(rows.count):
        yield b"|".join(
            repr(a[i].tolist()).encode() if a.dtype == object else a[i].tobytes() for a in inputs
        )


def _near(recipe: Recipe) -> np.ndarray:
    none = np.zeros(recipe.train.count, bool)
    try:
        scales = scales_of(recipe, recipe.train)
    except CannotVaryError:
        return none  # the distance of tokens means nothing
    if any(scale is None for scale in _flat(scales, recipe.train)):
        return none
    ours, theirs = (table_of(rows, scales) for rows in (recipe.train, recipe.validation))
    if ours.shape[1] != theirs.shape[1]:
        return none
    return _distances(*_fewer(ours, theirs))


def _flat(scales: object, rows: Rows) -> list[object]:
    found = list(leaves(scales))
    return found + [None] * (len(list(leaves(rows.x))) - len(found))


def _fewer(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Many columns by a random projection, which keeps distances to a few hundredths."""
    width = ours.shape[1]
    if width <= COLUMNS:
        return ours, theirs
    drawn = np.random.default_rng(SEED).standard_normal((width, COLUMNS), dtype=np.float32)
    drawn /= np.float32(COLUMNS**0.5)
    return ours @ drawn, theirs @ drawn


def _distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    from sklearn.metrics import pairwise_distances_argmin_min

    rng = np.random.default_rng(SEED)
    pairs = rng.integers(0, len(ours), (2, PAIRS))
    typical = np.median(np.linalg.norm(ours[pairs[0]] - ours[pairs[1]], axis=1))
    nearest = pairwise_distances_argmin_min(ours, theirs)[1]
    return np.asarray(nearest < NEAR * typical)
