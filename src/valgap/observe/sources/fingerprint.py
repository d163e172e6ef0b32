"""A small checksum of arrays, so that a change in place after the fit is noticed."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from valgap.observe.sources.nested import Nested, leaves

_ROWS = 64
_BYTES_A_ROW = 8192


def fingerprint(nested: Nested) -> tuple[int, ...]:
    """One checksum a leaf, over at most 64 rows; leaves that cannot change give 0."""
    return tuple(_of_leaf(leaf) for leaf in leaves(nested))


def _of_leaf(leaf: Any) -> int:
    rows = _sampled_rows(leaf)
    if rows is None:
        return 0
    checksum = len(leaf)
    for row in rows:
        checksum = zlib.crc32(_bytes(row), checksum)
    return checksum


def _sampled_rows(leaf: Any) -> list[np.ndarray] | None:
    """Up to 64 rows spread over the array; None for kinds that are immutable or lazy."""
    if not hasattr(leaf, "shape") or not leaf.shape:
        return None
    rows = int(leaf.shape[0])
    positions = np.unique(np.linspace(0, rows - 1, min(rows, _ROWS)).astype(np.int64))
    if isinstance(leaf, np.ndarray):
        return [leaf[i : i + 1] for i in positions]
    if hasattr(leaf, "iloc"):
        return [leaf.iloc[positions].to_numpy()]
    if type(leaf).__module__.startswith("torch") and hasattr(leaf, "detach"):
        return [leaf[int(i)].detach().cpu().numpy() for i in positions]
    return None


def _bytes(row: np.ndarray) -> bytes:
    # Bytes of an object array are pointers, which a copy changes.
    if row.dtype == object:
        return repr(row.ravel()[: _ROWS * 16].tolist()).encode()
    return np.ascontiguousarray(row.ravel()[: _BYTES_A_ROW // max(row.itemsize, 1)]).tobytes()
