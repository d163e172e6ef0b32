"""Which batches of a pipeline are kept: all, or a sample spread over the pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from valgap.observe.sources.base import spread
from valgap.observe.sources.batch import Batch
from valgap.observe.sources.plan import SEED
from valgap.observe.sources.reader import Geometry


@dataclass
class Reservoir:
    """Keeps whole batches of at most `limit` rows, each batch with the same chance.

    Also counts what passes: `rows`, `batches`, and `starts`, the row each kept batch
    begins at.
    """

    limit: int
    kept: dict[int, Batch] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)
    rows: int = 0
    batches: int = 0
    largest: int = 0
    _generator: np.random.Generator = field(default_factory=lambda: np.random.default_rng(SEED))

    def offer(self, position: int, rows: int, batch: Callable[[], Batch]) -> None:
        """Counts a batch; makes and keeps it, or does not."""
        start = self.rows
        self.rows += rows
        self.batches += 1
        self.largest = max(self.largest, rows)
        if self.rows <= self.limit:
            self._keep(position, batch(), start)
            return
        capacity = max(self.limit // max(self.largest, 1), 1)
        if self._generator.random() < capacity / self.batches:
            self._keep(position, batch(), start)
        self._shrink(capacity)

    def _keep(self, position: int, batch: Batch, start: int) -> None:
        self.kept[position] = batch
        self.starts[position] = start

    def _shrink(self, capacity: int) -> None:
        while len(self.kept) > capacity:
            victim = list(self.kept)[int(self._generator.integers(len(self.kept)))]
            del self.kept[victim], self.starts[victim]


def collect(
    stream: Iterable[tuple[int, Batch]], limit: int, *, stop: int | None, seconds: float
) -> tuple[Reservoir, bool]:
    """Reads a stream once; gives the sample and whether the end (or `stop`) was reached."""
    reservoir = Reservoir(limit)
    deadline = time.monotonic() + seconds
    for position, batch in stream:
        if stop is not None and position >= stop:
            break
        reservoir.offer(position, batch.rows, lambda batch=batch: batch)  # type: ignore[misc]
        if stop is not None and position + 1 >= stop:
            break
        if time.monotonic() > deadline:
            return reservoir, False
    return reservoir, True


def choose(batches: Geometry, limit: int, *, at_random: bool) -> list[int]:
    """Positions of whole batches that make at most `limit` rows, or of all batches."""
    if batches.rows <= limit:
        return list(range(batches.count))
    whole = batches.count - (batches.last < batches.size)
    wanted = min(max(limit // max(batches.size, 1), 1), whole)
    if at_random:
        generator = np.random.default_rng(SEED)
        return sorted(int(i) for i in generator.choice(whole, wanted, replace=False))
    return [int(i) for i in spread(wanted, whole)]
