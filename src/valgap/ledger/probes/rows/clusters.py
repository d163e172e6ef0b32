"""The parts of a cloud of rows: clusters apart by a valley that halves of the rows show again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valgap.ledger.probes.rows.arrays import Bools, Floats, Ints
from valgap.ledger.probes.rows.valleys import without_valley

LEAST_ROWS = 40
"""Halves of fewer rows hold no two parts of `LEAST_OF_PART` rows that could come again."""

LEAST_SHARE, LEAST_OF_PART, MOST_COMPONENTS = 0.05, 8, 6
FEWEST_DIMENSIONS, MOST_DIMENSIONS = 2, 5
# With few rows the largest eigenvalue of noise goes over its limit by a little.
ABOVE_NOISE = 1.1
# Of six halves so many join two clusters for good: one may be unlucky.
HALVINGS, JOINING_HALVES = 3, 2
# Two clusters are one in a half where one cluster of it holds so much of either.
HELD = 0.1
_SEED = 20240229


@dataclass(frozen=True, slots=True)
class Parts:
    """The part of each row, numbered by size; `points` are the rows in few dimensions."""

    labels: Ints
    points: Floats
    centre: Floats
    axes: Floats

    @property
    def count(self) -> int:
        """The number of parts."""
        return int(self.labels.max()) + 1

    def of(self, rows: Floats) -> Ints:
        """Returns the part of other rows: that of the nearest row."""
        return _of_nearest(self.points, self.labels, (rows - self.centre) @ self.axes)

    def typical(self, part: int) -> Ints:
        """Returns the positions of the rows of a part, those nearest to its middle first."""
        own = np.flatnonzero(self.labels == part)
        away = ((self.points[own] - np.median(self.points[own], axis=0)) ** 2).sum(axis=1)
        return np.asarray(own[np.argsort(away, kind="stable")])


def parts_of(rows: Floats) -> Parts | None:
    """Returns the parts of some rows, None where they are one cloud or too few to tell.

    Components of a normal mixture (as many as lower the BIC: Schwarz, Annals of Statistics 6,
    1978) in the principal components that stand out of noise (Marchenko and Pastur, 1967). A
    cloud that is not normal has several of them, so two count as one (as in Hennig, Advances
    in Data Analysis and Classification 4, 2010) unless halves of the rows find them again
    (Ben-Hur, Elisseeff and Guyon, Pacific Symposium on Biocomputing 2002) with a valley
    between them in the other half, which had no say in where the border runs.

    Args:
        rows: standardised, shape (rows, columns).
    """
    if len(rows) < LEAST_ROWS or not rows.shape[1]:
        return None
    centre, axes = _axes(rows)
    points = (rows - centre) @ axes
    found = _clusters(points)
    if found.max() < 1:
        return None
    labels = _merged(found, _joined(points, found))
    return Parts(labels, points, centre, axes) if labels.max() > 0 else None


def _axes(rows: Floats) -> tuple[Floats, Floats]:
    """The middle, and the few principal axes whose variance is more than noise has."""
    centre = rows.mean(axis=0)
    apart = rows - centre
    variances, axes = np.linalg.eigh(apart.T @ apart / len(rows))
    variances, axes = variances[::-1], axes[:, ::-1]
    there = variances[variances > 1e-9 * max(float(variances[0]), 1e-30)]
    limit = np.median(there) * (1 + np.sqrt(len(there) / len(rows))) ** 2 if len(there) else 0.0
    clear = int((there > ABOVE_NOISE * limit).sum())
    return centre, np.asarray(axes[:, : min(max(clear, FEWEST_DIMENSIONS), MOST_DIMENSIONS)])


def _clusters(points: Floats) -> Ints:
    """The cluster of each row, of rows in too small a one that of the nearest row."""
    least = max(LEAST_OF_PART, int(np.ceil(LEAST_SHARE * len(points))))
    labels = _components(points, least)
    small = np.bincount(labels) < least
    if small.any() and not small.all():
        kept = ~small[labels]
        labels = _of_nearest(points[kept], labels[kept], points)
    return np.unique(labels, return_inverse=True)[1].reshape(-1)


def _components(points: Floats, least: int) -> Ints:
    """The component of each row in the mixture with one component fewer than no longer helps."""
    from sklearn.mixture import GaussianMixture

    labels, best = np.zeros(len(points), np.int64), np.inf
    spread = float(points.var())
    for count in range(1, MOST_COMPONENTS + 1):
        if spread <= 0 or (count > 1 and len(points) < 2 * least * count):
            break
        made = GaussianMixture(
            count, reg_covar=1e-3 * spread, random_state=0, max_iter=60, tol=1e-2
        ).fit(points)
        fit = float(made.bic(points))
        if fit >= best:
            break
        labels, best = np.asarray(made.predict(points), dtype=np.int64), fit
    return labels


def _of_nearest(points: Floats, labels: Ints, rows: Floats) -> Ints:
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=1).fit(points)
    return np.asarray(labels[near.kneighbors(rows, return_distance=False)[:, 0]])


def _joined(points: Floats, labels: Ints) -> Bools:
    """Which clusters enough halves hold in one: (clusters, clusters)."""
    rng = np.random.default_rng(_SEED)
    votes = np.eye(int(labels.max()) + 1, dtype=np.int64) * JOINING_HALVES
    for _ in range(HALVINGS):
        order, middle = rng.permutation(len(points)), len(points) // 2
        for half, rest in ((order[:middle], order[middle:]), (order[middle:], order[:middle])):
            found = _held_out(points[half], points[rest])
            held = (_shares(labels[half], found, len(votes)) >= HELD).astype(np.int64)
            votes += held @ held.T > 0
        if (votes >= JOINING_HALVES).all():
            break
    return np.asarray(votes >= JOINING_HALVES)


def _held_out(half: Floats, rest: Floats) -> Ints:
    """The cluster of each row of one half, joined where the other half has no valley."""
    found = _clusters(half)
    if found.max() < 1:
        return found
    theirs = _of_nearest(half, found, rest)
    return _merged(found, without_valley(half, found, rest, theirs, int(found.max()) + 1))


def _shares(labels: Ints, others: Ints, count: int) -> Floats:
    """The share of each of `count` clusters that each of the others holds."""
    held = np.zeros((count, int(others.max()) + 1))
    np.add.at(held, (labels, others), 1)
    return np.asarray(held / np.maximum(held.sum(axis=1, keepdims=True), 1))


def _merged(labels: Ints, joined: Bools) -> Ints:
    """Clusters that are joined, over others too, as one; the largest is 0."""
    from scipy.sparse.csgraph import connected_components

    merged = connected_components(joined, directed=False)[1][labels]
    ranks = np.empty(int(merged.max()) + 1, np.int64)
    ranks[np.argsort(-np.bincount(merged), kind="stable")] = np.arange(len(ranks))
    return np.asarray(ranks[merged])
