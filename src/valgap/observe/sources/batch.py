"""One batch as it comes out of a pipeline, and many of them as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from valgap.observe.sources.base import SourceUnreadableError, Table
from valgap.observe.sources.nested import (
    Nested,
    concatenate,
    leaves,
    lists_to_tuples,
    map_leaves,
    rows_of,
    take_rows,
)
from valgap.observe.sources.weights import weights_for


@dataclass(frozen=True)
class Batch:
    """Rows of one step: inputs, targets, sample weights, and ids where the reader knows them."""

    x: Nested
    y: Nested
    w: Nested
    ids: np.ndarray | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return rows_of(self.x)

    @property
    def bytes(self) -> int:
        """The memory that the rows take."""
        return sum(int(leaf.nbytes) for part in (self.x, self.y, self.w) for leaf in leaves(part))

    def first(self, rows: int) -> Batch:
        """The first rows."""
        parts = (self.x, self.y, self.w, self.ids)
        return Batch(*(take_rows(part, slice(0, rows)) for part in parts))

    def ids_from(self, start: int) -> np.ndarray:
        """The rows' ids: the reader's, or their positions from `start`."""
        return start + np.arange(self.rows) if self.ids is None else self.ids

    def equals(self, other: Batch) -> bool:
        """Whether all values are the same."""
        mine, theirs = _values(self), _values(other)
        return len(mine) == len(theirs) and all(map(_same, mine, theirs))


def unpacked(
    data: Any, class_weight: Mapping[int, float] | None = None, ids: np.ndarray | None = None
) -> Batch:
    """The batch that Keras makes of an element `x`, `(x, y)` or `(x, y, w)`, as NumPy copies.

    Raises:
        SourceUnreadableError: if an input is ragged or sparse.
    """
    if isinstance(data, list):
        data = tuple(data)
    x, y, w = (*data, None, None)[:3] if isinstance(data, tuple) else (data, None, None)
    x, y, w = (lists_to_tuples(map_leaves(_array, part)) for part in (x, y, w))
    return Batch(x, y, weights_for(y, w, class_weight), ids)


def table_of(batches: Sequence[Batch], ids: Sequence[np.ndarray], note: str | None = None) -> Table:
    """Joins batches into a table.

    Raises:
        SourceUnreadableError: if they differ in shape beyond the rows.
    """
    if not batches:
        raise SourceUnreadableError("the data gave no rows when read again")
    try:
        x, y, w = (concatenate([getattr(b, part) for b in batches]) for part in ("x", "y", "w"))
    except ValueError as error:
        raise SourceUnreadableError(
            "the batches differ in shape beyond the number of rows"
        ) from error
    return Table(x, y, w, tuple(b.rows for b in batches), np.concatenate(list(ids)), note)


def _array(leaf: Any) -> np.ndarray:
    if type(leaf).__name__ in ("RaggedTensor", "SparseTensor") or hasattr(leaf, "tocoo"):
        raise SourceUnreadableError("the rows are ragged or sparse, which are not read again")
    if hasattr(leaf, "detach"):
        leaf = leaf.detach().cpu().numpy()
    if hasattr(leaf, "iloc"):
        leaf = leaf.to_numpy()
    # A copy: a generator may fill the same buffer again.
    return np.array(leaf)


def _values(batch: Batch) -> list[np.ndarray]:
    return [leaf for part in (batch.x, batch.y, batch.w) for leaf in leaves(part)]


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    numeric = one.dtype.kind in "fc" and other.dtype.kind in "fc"
    return bool(np.array_equal(one, other, equal_nan=numeric))
