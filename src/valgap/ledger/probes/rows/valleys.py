"""Whether there are fewer rows between two clusters than in either of them."""

from __future__ import annotations

import numpy as np

from valgap.ledger.probes.rows.arrays import Bools, Floats, Ints

# A valley holds at most half the rows of the lower top, beyond what chance does to counts.
DEPTH, SURE = 0.5, 0.02
# Windows between the middles of two clusters are a quarter of their distance wide.
WINDOW, PLACES = 0.25, 17
_RIDGE = 1e-3


def without_valley(
    rows: Floats, labels: Ints, others: Floats, their_labels: Ints, count: int
) -> Bools:
    """Returns which clusters have no valley between them, shape (clusters, clusters).

    Direction, tops and place of the valley are chosen on some rows and the rows there are
    counted among others, so that a gap by chance is filled by them. Of one cloud, whatever its
    shape, counts at the valley are no lower than at the lower top: a binomial test.

    Args:
        rows: the rows that the clusters were found in, shape (rows, dimensions).
        labels: the cluster of each.
        others: rows that had no say in it.
        their_labels: the cluster that each of these is nearest to.
        count: the number of clusters.
    """
    joined = np.ones((count, count), dtype=bool)
    for one in range(count):
        for other in range(one):
            pair = [rows[labels == k] for k in (one, other)]
            held_out = others[(their_labels == one) | (their_labels == other)]
            joined[one, other] = joined[other, one] = not _is_apart(pair, held_out)
    return joined


def _is_apart(pair: list[Floats], held_out: Floats) -> bool:
    from scipy.special import bdtr  # scipy.stats takes a second to import

    if min(map(len, pair)) < 3:
        return False
    axis = _axis(*pair)
    along = [cluster @ axis for cluster in pair]
    tops = [float(np.median(values)) for values in along]
    width = WINDOW * abs(tops[0] - tops[1])
    if width <= 0:
        return False
    valley = _lowest(np.concatenate(along), min(tops), max(tops), width)
    there, *high = (_within(held_out @ axis, at, width) for at in (valley, *tops))
    lower = min(high)
    return there <= DEPTH * lower and float(bdtr(there, there + lower, 0.5)) < SURE


def _axis(one: Floats, other: Floats) -> Floats:
    """Fisher's discriminant of two clusters."""
    apart = [cluster - cluster.mean(axis=0) for cluster in (one, other)]
    spread = sum(a.T @ a for a in apart) / (len(one) + len(other))
    ridge = _RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    difference = one.mean(axis=0) - other.mean(axis=0)
    return np.asarray(np.linalg.lstsq(spread + ridge, difference, rcond=None)[0])


def _lowest(values: Floats, low: float, high: float, width: float) -> float:
    """The place between two tops whose window holds the fewest rows."""
    places = np.linspace(low + width, high - width, PLACES)
    counts = np.array([_within(values, place, width) for place in places])
    return float(places[counts == counts.min()].mean())


def _within(values: Floats, place: float, width: float) -> int:
    return int((np.abs(values - place) < width / 2).sum())
