"""One pass over all rows: digests, damaged rows, looks, and the rows that are kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import Dataset, Ints, Look, Progress
from valgap.observe.sources.nested import Nested, concatenate, leaves, map_leaves, take_rows

KEPT_BYTES = 512 * 2**20
"""Inputs that are held: all rows where they fit in here, else those of the samples alone."""

CHUNK_BYTES = 32 * 2**20
CHUNK_FILES = 256
Digests = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Scan:
    """What was seen of each row of a data set.

    `whole` says which could be read, `digests` holds 16 bytes a row (zeros for the others),
    `non_finite` how many values of a row are none. `kept` are the positions of the rows in `x`,
    ascending; `looks` are of picture files, one a row.
    """

    whole: NDArray[np.bool_]
    digests: Digests
    non_finite: NDArray[np.int64]
    kept: Ints
    x: Nested
    looks: tuple[Look, ...] = ()

    def rows(self, positions: Ints) -> Nested:
        """Returns the inputs of rows that were kept."""
        return take_rows(self.x, np.searchsorted(self.kept, positions))

    @property
    def equal(self) -> NDArray[np.int64]:
        """A number for each row, the same for rows of equal inputs; -1 where it is not whole."""
        numbers = np.unique(self.digests, return_inverse=True)[1].reshape(-1)
        return np.where(self.whole, numbers, -1)


def scan(dataset: Dataset, wanted: Ints, progress: Progress = lambda *_: None) -> Scan:
    """Reads all rows once, in blocks, and keeps those that are `wanted`, or all where they fit.

    Memory is bounded: a block of 32 MB, `KEPT_BYTES` or the wanted rows if those are more, some
    30 bytes a row, and half a kilobyte more for the name and the look of a picture file.
    """
    whole = np.zeros(dataset.rows, bool)
    digests = np.zeros(dataset.rows, "V16")
    non_finite = np.zeros(dataset.rows, np.int64)
    looks: list[Look] = []
    parts: list[Nested] = []
    kept: list[Ints] = []
    step, all_fit, is_wanted = *_sizes(dataset), np.zeros(dataset.rows, bool)
    is_wanted[wanted] = True
    verb = "reading pictures" if dataset.kind in ("pictures", "clips") else "reading rows"
    for start in range(0, dataset.rows, step):
        positions = np.arange(start, min(start + step, dataset.rows))
        block = dataset.reader.read(positions)
        there = positions[block.whole]
        whole[there] = True
        digests[there] = np.array(block.digests, "V16") if len(there) else digests[there]
        non_finite[there] = _non_finite(block.x, len(there))
        looks += block.looks
        chosen = np.ones(len(there), bool) if all_fit else is_wanted[there]
        if chosen.any():
            kept.append(there[chosen])
            parts.append(map_leaves(np.asarray, take_rows(block.x, np.flatnonzero(chosen))))
        progress(verb, int(positions[-1]) + 1, dataset.rows)
    x = concatenate(parts) if parts else None
    places = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    return Scan(whole, digests, non_finite, places, x, tuple(looks))


def _sizes(dataset: Dataset) -> tuple[int, bool]:
    """Rows of a block, and whether all rows fit into what may be kept."""
    first = dataset.reader.read(np.arange(min(1, dataset.rows)))
    a_row = sum(leaf[:1].nbytes for leaf in leaves(first.x)) or _of(dataset)
    step = max(1, min(CHUNK_BYTES // max(1, a_row), 65_536))
    is_files = dataset.kind in ("pictures", "clips") and bool(dataset.names)
    return (min(step, CHUNK_FILES) if is_files else step), a_row * dataset.rows <= KEPT_BYTES


def _of(dataset: Dataset) -> int:
    """Bytes of a row where the first one is damaged."""
    size: Any = getattr(dataset.reader, "size", (64, 64, 3))
    return math.prod(size)


def _non_finite(x: Nested, rows: int) -> NDArray[np.int64]:
    found = np.zeros(rows, np.int64)
    for leaf in leaves(x):
        if leaf.dtype.kind == "f" and len(leaf) == rows:
            found += (~np.isfinite(leaf)).reshape(rows, -1).sum(axis=1)
    return found
