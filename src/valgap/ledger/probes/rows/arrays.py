"""Arrays of rows: as numbers whatever their dtype, in blocks that fit into memory, in part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BLOCK = 4 * 2**20
"""Values looked at in one go: 32 MB in double precision."""


LARGEST = 1e15


def numeric(leaf: Any) -> Array | None:
    """Returns `leaf` as an array of real numbers, or None where it holds none.

    Numbers of foreign dtypes, such as bfloat16, become single precision.
    """
    try:
        array = np.asarray(leaf)
        if array.ndim == 0:
            return None
        if array.dtype.kind == "b":
            return array.view(np.uint8)
        if array.dtype.kind in "iuf":
            return array
        return None if array.dtype.kind in "cOSUMm" else array.astype(np.float32)
    except (TypeError, ValueError):
        return None


def blocks(array: Array, values: int = BLOCK) -> Iterator[Array]:
    """Yields consecutive rows of `array`, about `values` numbers in each block."""
    size = max(1, values // max(1, array[:1].size))
    for start in range(0, len(array), size):
        yield array[start : start + size]


def as_floats(block: Array) -> Array:
    """Returns a block in single precision, ends cut off that it has no squares for."""
    if block.dtype.kind == "f" and block.dtype.itemsize <= 2:
        return block.astype(np.float32)
    return (
        np.clip(block, -LARGEST, LARGEST).astype(np.float32)
        if _is_large(block)
        else (block.astype(np.float32, copy=False))
    )


def _is_large(block: Array) -> bool:
    if block.size == 0 or block.dtype.itemsize < 4:
        return False
    return bool(max(-float(np.nanmin(block)), float(np.nanmax(block))) > LARGEST)


def some_rows(rows: int, limit: int, seed: int = 0) -> Ints:
    """Returns at most `limit` of `rows` positions in order, drawn at random.

    Evenly spaced ones would see one class only where classes take turns.
    """
    if rows <= limit:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, limit, replace=False))


def sample(array: Array, limit: int) -> Array:
    """Returns at most `limit` rows of `array`, all of them without a copy."""
    return array if len(array) <= limit else array[some_rows(len(array), limit)]
