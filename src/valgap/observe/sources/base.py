"""What the ledger reads: tables of rows in batches, and the sources that give them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from valgap.evidence.records import DataRecord
from valgap.observe.sources.files import PictureFiles
from valgap.observe.sources.nested import Nested, leaves, take_rows

View = Literal["fed", "clean"]
Split = Literal["train", "validation"]

SAMPLE_ROWS = 1000
"""Rows of a split that are kept when its live objects are let go."""

SAMPLE_BYTES = 64 * 2**20
"""The most memory that such a sample takes: fewer rows where rows are large."""

HASHED_BYTES = 256 * 2**20
"""Arrays up to this size are hashed whole."""


class SourceUnreadableError(Exception):
    """The rows of a split cannot be read again; the message is the reason in one sentence."""


@dataclass(frozen=True)
class Table:
    """Rows of a split as the model gets them, in batches.

    `w` holds sample weights, class weights of the training split included. Batches are
    consecutive slices of `sizes` rows. `ids` is the identity of the row within its split:
    equal ids are the same row across views and reads, -1 is unknown. `note` says where the
    rows are a sample or otherwise not all that was asked for.
    """

    x: Nested
    y: Nested
    w: Nested
    sizes: tuple[int, ...]
    ids: np.ndarray
    note: str | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(self.sizes)

    def slices(self) -> Iterator[slice]:
        """Yields the slice of each batch."""
        start = 0
        for size in self.sizes:
            yield slice(start, start + size)
            start += size

    def batches(self) -> Iterator[tuple[Nested, Nested, Nested]]:
        """Yields `(x, y, w)` of each batch."""
        for batch in self.slices():
            yield take_rows(self.x, batch), take_rows(self.y, batch), take_rows(self.w, batch)

    def take(self, indices: np.ndarray, *, batch_size: int | None = None) -> Table:
        """The rows at `indices`, in batches of `batch_size` (default: of the first batch)."""
        indices = np.asarray(indices, dtype=np.int64)
        return Table(
            take_rows(self.x, indices),
            take_rows(self.y, indices),
            take_rows(self.w, indices),
            batch_sizes(len(indices), batch_size or (self.sizes[0] if self.sizes else 1)),
            self.ids[indices],
            self.note,
        )


@dataclass(frozen=True)
class RowHashes:
    """The digest of each row's inputs, and the rows' ids; `total` is None where unknown."""

    ids: np.ndarray
    digests: tuple[bytes, ...]
    total: int | None


class Source(Protocol):
    """One split of one fit, to be read again after the script's own code has finished."""

    @property
    def record(self) -> DataRecord:
        """What can be told without reading; `transforms` is refined by the first read."""
        ...

    @property
    def epochs_differ(self) -> bool:
        """Whether `read` gives other rows for another epoch."""
        ...

    def read(self, view: View, limit: int, *, epoch: int | None = None, draw: int = 0) -> Table:
        """Reads at most `limit` rows, as the script feeds them or without random transforms.

        Args:
            view: `fed`: random transforms on, another `draw` draws others; `clean`: off.
            limit: the most rows to give back.
            epoch: the epoch (from 0) whose rows are wanted, where epochs differ.
            draw: which draw of the random transforms.

        Raises:
            SourceUnreadableError: where the rows can no longer be read.
        """
        ...

    def row_hashes(self, limit: int) -> RowHashes:
        """Digests of the inputs of clean rows."""
        ...

    def release(self) -> None:
        """Lets live objects go, keeping a bounded sample of arrays."""
        ...

    def epoch_ended(self, epoch: int, keep: Collection[int]) -> None:
        """Of rows seen in passing, keeps those of the epochs in `keep` and of this one."""
        ...

    def fit_ended(self) -> None:
        """Looks no longer at what passes."""
        ...


@dataclass(frozen=True)
class Sources:
    """The splits of one fit, and the picture files they are read from where these are named."""

    train: Source
    validation: Source | None
    files: PictureFiles | None = None

    @property
    def records(self) -> dict[Split, DataRecord | None]:
        """What is known so far of both splits, None where there is none."""
        held_out = None if self.validation is None else self.validation.record
        return {"train": self.train.record, "validation": held_out}

    def release(self) -> None:
        """Lets live objects of both splits go."""
        for source in (self.train, self.validation):
            if source is not None:
                source.release()

    def epoch_ended(self, epoch: int, keep: Collection[int]) -> None:
        """To be called after each epoch with the epochs whose rows are still wanted."""
        for source in (self.train, self.validation):
            if source is not None:
                source.epoch_ended(epoch, keep)

    def fit_ended(self) -> None:
        """To be called when the fit has ended, however it did: nothing is watched any more."""
        for source in (self.train, self.validation):
            if source is not None:
                source.fit_ended()


def batch_sizes(rows: int, batch_size: int) -> tuple[int, ...]:
    """Sizes of consecutive batches, the last one partial."""
    full, rest = divmod(rows, batch_size)
    return (batch_size,) * full + ((rest,) if rest else ())


def spread(count: int, of: int) -> np.ndarray:
    """`count` positions spread evenly over `of`, in order; all of them if count >= of."""
    if count >= of:
        return np.arange(of)
    return ((np.arange(count) + 0.5) * of / count).astype(np.int64)


def digests_of(x: Nested) -> tuple[bytes, ...]:
    """One 16-byte digest a row over the bytes of all inputs."""
    arrays = [np.ascontiguousarray(leaf) for leaf in leaves(x)]
    rows = arrays[0].shape[0] if arrays else 0
    return tuple(_digest([array[i : i + 1] for array in arrays]) for i in range(rows))


def _digest(parts: list[np.ndarray]) -> bytes:
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        # Object arrays hold pointers, whose bytes say nothing about the values.
        state.update(repr(part).encode() if part.dtype == object else part.tobytes())
    return state.digest()
