"""NaN and infinity among all rows of arrays, not of a sample: two in a million lose a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from valgap.observe.sources.nested import Nested, named_leaves

_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class NonFinite:
    """How many values of one array are not finite, in how many rows, of how many looked at."""

    values: int
    rows: int
    of: int


def non_finite(
    nested: Nested, name: str, read: Callable[[Any, np.ndarray], Any], start: int, stop: int
) -> dict[str, NonFinite]:
    """Returns the count of each array of floats, by the name it is known by.

    Args:
        nested: arrays with rows along the first axis.
        name: what a single array is called: `x` or `y`.
        read: gives the rows of an array at some positions.
        start: the first row of the split.
        stop: the row behind its last.
    """
    found: dict[str, NonFinite] = {}
    for key, leaf in named_leaves(nested, name):
        values = rows = 0
        for at in range(start, stop, _BLOCK):
            block = np.asarray(read(leaf, np.arange(at, min(at + _BLOCK, stop))))
            if block.dtype.kind not in "fc":
                break
            lost = ~np.isfinite(block.reshape(len(block), -1))
            values += int(lost.sum())
            rows += int(lost.any(axis=1).sum())
        else:
            found[key] = NonFinite(values, rows, stop - start)
    return found
