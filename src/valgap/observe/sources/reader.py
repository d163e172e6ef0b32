"""What a pipeline offers to the source that reads it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

from valgap.evidence.records import DataRecord
from valgap.observe.sources.base import View
from valgap.observe.sources.batch import Batch


class Reader(Protocol):
    """Reads batches of a pipeline again, by position, in an order that does not change.

    `count`: batches of one pass, where told without reading. `indexed`: batches can be read
    one by one. `switchable`: there is a way to take random transforms away, and the
    `clean` view does; `names` are those it took away, known once it was read.
    `random`: operations were met that draw, though seeded ones may repeat themselves.
    `lap`: rows after which the stream begins again (None: it does not).
    """

    record: DataRecord
    count: int | None
    indexed: bool
    switchable: bool
    names: tuple[str, ...]
    random: bool
    lap: int | None
    note: str | None

    def batches(
        self, view: View, draw: int, wanted: Sequence[int] | None
    ) -> Generator[tuple[int, Batch], None, None]:
        """Yields `(position, batch)`, all or those at the `wanted` positions, in order."""
        ...

    def ends(self, view: View) -> bool:
        """Whether a pass over this view ends by itself."""
        ...

    def held_bytes(self) -> int:
        """The memory that the pipeline itself is known to hold."""
        ...
