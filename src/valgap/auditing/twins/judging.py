"""Which pairs are twins in this set: much nearer than its neighbours come to lie by themselves.

The distance of a pair is held against that of both pictures to their fourth nearest (as Lowe,
IJCV 60, 2004, holds the nearest against the next): where pictures differ little, as in digits,
other neighbours are near as well, and nothing is told; a copy is nearer than those. How much
nearer follows from the set: the number of pairs below a share t of that distance grows like t to
the power of the dimension that neighbours vary in (Grassberger and Procaccia, Physica D 9, 1983).
The curve is laid through pairs that are as far as neighbours are, and followed down to the share
where no more than BY_CHANCE of the pictures are to be expected by it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from valgap.auditing.twins.arrays import Array, Floats, Ints

BY_CHANCE = 1e-3
"""Pairs by chance, as a share of the pictures; up to two in sets of some hundred."""
NEIGHBOUR = 4
"""The neighbour that distances are held against."""
KNOWN = 8
"""Neighbours that are known of each picture."""
GAP = 2.5
"""Where distances grow this much from one neighbour to the next, copies end, and those behind it
are the neighbours: a picture may have more copies than NEIGHBOUR."""
LEAST_SCALE = 0.2
"""Of the usual distance to neighbours: more than KNOWN copies leave no gap to be seen."""
ENDS = (0.5, 0.65, 0.8)
"""Shares that the curve is laid through: twins lie below, and beyond not all pairs are known."""
LEAST_DIMENSION, LARGEST_DIMENSION = 7.0, 12.0
LARGEST_RATIO = 0.45
LEAST_ALIKE = 0.8
"""No pair below this correlation is told, however lonely it is."""
ROUNDING = 2e-3


@dataclass(frozen=True, slots=True)
class Rule:
    """What share of the distance to other neighbours is near, and how many chance leaves there."""

    ratio: float
    dimension: float
    by_chance: float


def rule_of(rows: int, shares: Floats) -> Rule:
    """Returns the rule of a set of `rows` pictures from the shares of its pairs, each once."""
    counts = np.histogram(shares, ENDS)[0]
    if counts.sum() == 0:
        return Rule(LARGEST_RATIO, LARGEST_DIMENSION, 0.0)
    dimension = _dimension(counts[1] / max(counts[0], 0.5))
    rings = zip(counts, itertools.pairwise(ENDS), strict=True)
    # Where the dimension is at its bound the rings differ: the one that leaves more to chance.
    factor = max(count / _between(*ends, dimension) for count, ends in rings)
    allowed = max(BY_CHANCE * rows, min(2.0, 5 * BY_CHANCE * rows))
    ratio = min(LARGEST_RATIO, float((allowed / factor) ** (1 / dimension)))
    return Rule(ratio, dimension, float(factor * ratio**dimension))


def _dimension(growth: float) -> float:
    """The dimension in which the outer of two rings holds `growth` times as many as the inner."""

    def missing(dimension: float) -> float:
        return _between(*ENDS[1:], dimension) / _between(*ENDS[:2], dimension) - growth

    if missing(LEAST_DIMENSION) >= 0:  # twins by nature fill the inner ring
        return LEAST_DIMENSION
    if missing(LARGEST_DIMENSION) <= 0:
        return LARGEST_DIMENSION
    return float(brentq(missing, LEAST_DIMENSION, LARGEST_DIMENSION))


def _between(low: float, high: float, dimension: float) -> float:
    return float(high**dimension - low**dimension)


def shares_of(rows: int, x: Ints, y: Ints, alike: Floats, strict: bool = False) -> Floats:
    """Returns the distance of each pair as a share of that to other neighbours; inf: unlike.

    The share is of the mean of both pictures, and if strict of the smaller one: all pictures are
    alike where one that was moved is laid over them, as what they share is out of place then.
    """
    apart = np.sqrt(np.maximum(1 - alike, 0))
    scale = _to_others(_nearest(rows, x, y, apart))
    known = np.isfinite(scale)
    # Lonely pictures are held against the usual distance, not against their own.
    typical = float(np.median(scale[known])) if known.any() else 1.0
    scale = np.where(known, np.clip(scale, LEAST_SCALE * typical, typical), typical)
    other = np.minimum(scale[x], scale[y]) if strict else np.sqrt(scale[x] * scale[y])
    shares = np.maximum(apart - ROUNDING, 0) / other
    return np.where(alike < LEAST_ALIKE, np.inf, shares).astype(np.float32)


def _to_others(near: Array) -> Array:
    """The distance of each picture to its NEIGHBOUR, or to the first behind its copies."""
    before, behind = near[:, NEIGHBOUR - 1 : -1], near[:, NEIGHBOUR:]
    gaps = np.isfinite(behind) & (behind > GAP * np.maximum(before, ROUNDING))
    beyond = np.where(gaps, behind, 0).max(axis=1)
    return np.asarray(np.maximum(near[:, NEIGHBOUR - 1], beyond))


def _nearest(rows: int, x: Ints, y: Ints, apart: Array) -> Array:
    """The distances of each picture to its KNOWN nearest; inf where there are fewer."""
    own, far = np.concatenate([x, y]), np.concatenate([apart, apart])
    order = np.lexsort((far, own))
    own, far = own[order], far[order]
    rank = np.arange(len(own)) - np.searchsorted(own, own)
    found = np.full((rows, KNOWN), np.inf)
    kept = rank < KNOWN
    found[own[kept], rank[kept]] = far[kept]
    return found
