"""Rows parted into folds: no group on both sides, every class on each side."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.treatment.metrics import Of, class_numbers
from valgap.treatment.plan import Fold, Ints

ROWS_A_BIN, MOST_BINS = 50, 10
TRIES = 10


def strata_of(targets: NDArray[Any], of: Of) -> Ints:
    """Gives back what the split is stratified by, shape (rows,): class, or bin of the target.

    Bins hold the same number of rows, some 50 or more. Several values a row are binned by the
    mean of their ranks.
    """
    if of == "classes":
        return np.unique(class_numbers(targets), return_inverse=True)[1].astype(np.int64)
    columns = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
    ranks = columns.argsort(axis=0).argsort(axis=0).mean(axis=1)
    bins = int(np.clip(len(columns) // ROWS_A_BIN, 1, MOST_BINS))
    place = ranks.argsort(kind="stable").argsort(kind="stable")
    return np.asarray(place * bins // len(columns), dtype=np.int64)


def parted(
    strata: Ints, groups: Ints | None, parts: int, seed: int, *, every: bool
) -> list[Ints] | None:
    """Gives back the rows of each part, sorted; None where it cannot be done.

    Args:
        strata: class or bin of every row.
        groups: group of every row; whole groups go into one part.
        parts: how many.
        seed: of the draw.
        every: whether every class has to be in every part, as where a figure is one of classes.
    """
    if parts < 2 or len(strata) < parts:
        return None
    for attempt in range(TRIES if groups is not None else 1):
        made = _split(strata, groups, parts, seed + 7919 * attempt)
        if made is not None and not (every and _lacks_a_class(made, strata)):
            return made
    return None


def _split(strata: Ints, groups: Ints | None, parts: int, seed: int) -> list[Ints] | None:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    splitter = kind(parts, shuffle=True, random_state=seed % 2**31)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes with fewer rows than parts
            splits = list(splitter.split(np.zeros(len(strata)), strata, groups))
    except ValueError:  # every class has fewer rows than there are parts
        return None
    made = [np.sort(held).astype(np.int64) for _, held in splits]
    return made if all(len(held) for held in made) else None


def _lacks_a_class(parts: list[Ints], strata: Ints) -> bool:
    classes = len(np.unique(strata))
    return any(len(np.unique(strata[held])) < classes for held in parts)


def folds_of(rows: Ints, parts: list[Ints]) -> list[Fold]:
    """Gives back one fold a part: it judges, and all other rows train.

    Args:
        rows: row numbers in the whole table.
        parts: of positions in `rows`.
    """
    folds = []
    for held in parts:
        rest = np.ones(len(rows), dtype=bool)
        rest[held] = False
        folds.append(Fold(rows[rest], rows[held]))
    return folds
