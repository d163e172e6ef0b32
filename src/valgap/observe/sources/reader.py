"""What a pipeline offers to the source that reads it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from valgap.evidence.records import DataRecord
from valgap.observe.sources.base import View
from valgap.observe.sources.batch import Batch


@dataclass(frozen=True)
class Geometry:
    """The batches of one pass: how many, of how many rows, and of how many the last."""

    count: int
    size: int
    last: int

    def first(self, count: int | None) -> Geometry:
        """Of the first `count` batches."""
        if count is None or count >= self.count:
            return self
        return Geometry(count, self.size, self.size)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return (self.count - 1) * self.size + self.last


def geometry_of(rows: int, size: int, *, drop: bool) -> Geometry | None:
    """Batches of `size` out of `rows`, the rest dropped or not; None where rows are < 1."""
    full, rest = divmod(rows, size)
    if rows < 1 or (drop and not full):
        return None
    return Geometry(full, size, size) if drop or not rest else Geometry(full + 1, size, rest)


class Reader(Protocol):
    """Reads batches of a pipeline again, by position, in an order that does not change.

    `count`: batches of one pass, where told without reading. `indexed`: reading one batch
    does not mean reading those before it. `switchable`: there is a way to take random
    transforms away, and the `clean` view does; `names` are those it took away, known once
    it was read.
    `random`: operations were met that draw, though seeded ones may repeat themselves.
    `unpinned`: the order may change from pass to pass.
    `lap`: rows after which the stream begins again (None: it does not).
    """

    record: DataRecord
    count: int | None
    indexed: bool
    switchable: bool
    names: tuple[str, ...]
    random: bool
    unpinned: bool
    lap: int | None
    note: str | None

    def batches(
        self, view: View, draw: int, wanted: Sequence[int] | None
    ) -> Generator[tuple[int, Batch], None, None]:
        """Yields `(position, batch)`, all or those at the `wanted` positions, in order."""
        ...

    def geometry(self, view: View) -> Geometry | None:
        """The batches of a pass; None where they can only be counted by reading."""
        ...

    def ends(self, view: View) -> bool:
        """Whether a pass over this view ends by itself."""
        ...

    def held_bytes(self) -> int:
        """The memory that the pipeline itself is known to hold."""
        ...
