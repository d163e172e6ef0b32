"""Training rows shown to callbacks of the script: rows that judge are not theirs to see."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.experiments.change import parted, strata_of
from valgap.treatment.engines.pool import Pool

# Of the training rows. A best epoch that was chosen by the rows that judge would flatter.
SHARE = 0.15


def apart(
    pool: Pool, train: np.ndarray, groups: np.ndarray | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Gives back the rows shown to callbacks, and those that train; the same for all remedies.

    Args:
        pool: the fit and its rows.
        train: numbers of the training rows of a fold.
        groups: of all rows, where they are known: they are not torn apart.
        seed: of the unit, alike on both sides of a pair.
    """
    if not any(map(_looks, pool.recipe.callbacks)):
        return np.arange(0), train
    rng = np.random.default_rng([seed, len(train)])
    if groups is not None:
        return _whole(train, groups[train], rng)
    strata = strata_of(pool.every)[train]
    shown, trained = parted(strata, max(1, round(SHARE * len(train))), rng)
    return train[shown], train[trained]


def _looks(callback: Any) -> bool:
    """Whether a callback may look at validation: one that monitors, or one of the user's own."""
    is_of_keras = type(callback).__module__.partition(".")[0] == "keras"
    return hasattr(callback, "monitor") or not is_of_keras


def _whole(
    train: np.ndarray, groups: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Whole groups drawn until there are rows enough."""
    names, sizes = np.unique(groups, return_counts=True)
    order = rng.permutation(len(names))
    enough = np.cumsum(sizes[order]) >= SHARE * len(train)
    taken = names[order[: int(np.argmax(enough)) + 1]]
    is_shown = np.isin(groups, taken)
    return train[is_shown], train[~is_shown]
