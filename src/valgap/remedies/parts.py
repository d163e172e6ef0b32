"""Classes taken apart into parts: by the sub-labels that are known, else by clusters of inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import SEED, labels_of
from valgap.experiments.scaling import scales_of, table_of
from valgap.observe.recipe import Recipe

# Of fewer rows a part is no class to be trained on.
LEAST_OF_A_PART, COLUMNS = 8, 16


@dataclass(frozen=True, slots=True)
class Parts:
    """The class of each part, and the number of the part of each row."""

    classes: np.ndarray
    train: np.ndarray
    validation: np.ndarray


def known_parts(recipe: Recipe) -> Parts:
    """Returns classes by the sub-labels of the run; parts that training lacks are the first.

    Raises:
        CannotVaryError: if there are none, or each class has one.
    """
    told = recipe.subclasses
    if "train" not in told:
        raise CannotVaryError("no sub-labels are known")
    labels = labels_of(recipe.train).astype(np.int64)
    names, kinds = np.unique(told["train"], return_inverse=True)
    held_out = labels_of(recipe.validation).astype(np.int64)
    new = told["validation"]
    place = np.searchsorted(names, new).clip(0, len(names) - 1)
    other = np.where(names[place] == new, place, -1)
    return _numbered((labels, kinds.reshape(-1)), (held_out, other))


def clustered_parts(recipe: Recipe, count: int) -> Parts:
    """Returns classes by k-means of standardised inputs, of wide ones of 16 components.

    Clusters are found among training rows. A class stays whole where one would have fewer than
    8 rows.

    Raises:
        CannotVaryError: if all classes stay whole.
    """
    from sklearn.cluster import KMeans

    scales = scales_of(recipe, recipe.train)
    x, new = _narrow(*(table_of(rows, scales) for rows in (recipe.train, recipe.validation)))
    labels, held_out = (
        labels_of(rows).astype(np.int64) for rows in (recipe.train, recipe.validation)
    )
    kinds, others = np.zeros(len(labels), np.int64), np.zeros(len(held_out), np.int64)
    for label in np.unique(labels):
        own, theirs = labels == label, held_out == label
        if own.sum() < count * LEAST_OF_A_PART:
            continue
        found = KMeans(count, n_init=4, random_state=SEED % 2**31).fit(x[own])
        if np.bincount(found.labels_, minlength=count).min() < LEAST_OF_A_PART:
            continue
        kinds[own] = found.labels_
        if theirs.any():
            others[theirs] = found.predict(new[theirs])
    return _numbered((labels, kinds), (held_out, others))


def _narrow(x: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.decomposition import PCA

    if x.shape[1] <= COLUMNS:
        return x, new
    axes = PCA(min(COLUMNS, len(x)), svd_solver="randomized", random_state=SEED).fit(x)
    return axes.transform(x), axes.transform(new)


def _numbered(
    train: tuple[np.ndarray, np.ndarray], validation: tuple[np.ndarray, np.ndarray]
) -> Parts:
    pairs, codes = np.unique(np.stack(train), axis=1, return_inverse=True)
    classes = pairs[0]
    if len(classes) == len(np.unique(classes)):
        raise CannotVaryError("no class has several parts of rows enough")
    first = {int(c): int(np.argmax(classes == c)) for c in np.unique(classes)}
    by_pair = {(int(c), int(k)): i for i, (c, k) in enumerate(pairs.T)}
    missing = {int(c) for c in validation[0]} - set(first)
    if missing:
        raise CannotVaryError(f"class {min(missing)} has no training row")
    others = [
        by_pair.get((int(c), int(k)), first[int(c)]) for c, k in zip(*validation, strict=True)
    ]
    return Parts(classes, codes.reshape(-1), np.array(others, np.int64))
