"""A closer look: the best pairs of large pictures, at twice as fine a scale.

Pictures of a homogeneous set differ in what small cells average out; and a map that is found at
the coarse scale is too rough to compare it, so that a few more steps follow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from valgap.auditing.twins.arrays import Floats, Ints, Stored
from valgap.auditing.twins.comparison import Compared, compared
from valgap.auditing.twins.laying import laid_over
from valgap.auditing.twins.pairs import Pairs, ranks
from valgap.auditing.twins.space import Space

BEST = 5
"""Pairs of a picture: one more than the neighbour that distances are held against."""
STEPS = 3


def closer(fine: Stored, pairs: Pairs, is_over: Callable[[], bool]) -> Pairs:
    """Returns the pairs of pictures `(n, cells)` laid closer, while there is time."""
    laid, done = laid_over(fine, pairs, is_over, STEPS)
    return laid.taken(slice(0, done))


def best_of(pairs: Pairs, alike: Floats, most: int = BEST) -> Ints:
    """Returns the places of pairs that are among the most alike of either picture, these first."""
    found = ranks(np.concatenate([pairs.x, pairs.y]), np.tile(alike, 2)).reshape(2, -1).min(axis=0)
    kept = np.flatnonzero(found < most)
    return kept[np.argsort(found[kept], kind="stable")]


def compared_closer(fine: Stored, pairs: Pairs, space: Space) -> Compared:
    """Compares pictures; blur is tried for the nearest of each only, which takes the time.

    These are the nearest at the coarse scale, as pairs are in that order, and at this one.
    """
    found = compared(fine, pairs, space, changed=False)
    order = -np.arange(len(pairs), dtype=np.float32)
    nearest = np.union1d(best_of(pairs, found.alike, most=1), best_of(pairs, order, most=1))
    return found.replaced(nearest, compared(fine, pairs.taken(nearest), space))
