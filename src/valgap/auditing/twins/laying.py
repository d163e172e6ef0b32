"""Pairs laid over each other, while there is time."""

from __future__ import annotations

from collections.abc import Callable

from valgap.auditing.twins.arrays import Stored
from valgap.auditing.twins.pairs import Pairs
from valgap.auditing.twins.registration import STEPS, in_parts, registered
from valgap.auditing.twins.smoothing import laid
from valgap.auditing.twins.threads import each
from valgap.auditing.twins.views import side_of


def laid_over(
    grey: Stored, pairs: Pairs, is_over: Callable[[], bool], steps: int = STEPS
) -> tuple[Pairs, int]:
    """Returns the pairs after registration, and how many of them there was time for."""
    maps, parts = pairs.maps.copy(), list(in_parts(len(pairs), side_of(grey)))

    def lay(part: slice) -> bool:
        if is_over():
            return False
        of = pairs.taken(part)
        x, y = (laid(grey[rows]) for rows in (of.x, of.y))
        maps[part] = registered(x, y, of.maps, steps)
        return True

    done = [*each(lay, parts), False].index(False)
    return Pairs(pairs.x, pairs.y, maps), min(len(pairs), parts[done - 1].stop) if done else 0
