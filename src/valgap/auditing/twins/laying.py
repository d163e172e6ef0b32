"""Pairs laid over each other, while there is time."""

from __future__ import annotations

from collections.abc import Callable

from valgap.auditing.twins.arrays import Stored
from valgap.auditing.twins.pairs import Pairs
from valgap.auditing.twins.registration import STEPS, in_parts, registered
from valgap.auditing.twins.smoothing import laid
from valgap.auditing.twins.views import side_of


def laid_over(
    grey: Stored, pairs: Pairs, is_over: Callable[[], bool], steps: int = STEPS
) -> tuple[Pairs, int]:
    """Returns the pairs after registration, and how many of them there was time for."""
    maps, done = pairs.maps.copy(), 0
    for part in in_parts(len(pairs), side_of(grey)):
        if is_over():
            break
        of = pairs.taken(part)
        x, y = (laid(grey[rows]) for rows in (of.x, of.y))
        maps[part] = registered(x, y, of.maps, steps)
        done = min(part.stop, len(pairs))
    return Pairs(pairs.x, pairs.y, maps), done
