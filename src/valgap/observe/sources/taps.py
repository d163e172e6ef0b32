"""Rows sampled as they pass to Keras: no second iteration, no other order, values or timing."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import numpy as np

from valgap.observe.sources.base import (
    SAMPLE_BYTES,
    SAMPLE_ROWS,
    SourceUnreadableError,
    Table,
    digests_of,
)
from valgap.observe.sources.batch import Batch, table_of, unpacked
from valgap.observe.sources.nested import leaves
from valgap.observe.sources.select import Reservoir

_MOST_UNNAMED = 8
_IDS_A_WINDOW = 2**32


class Window:
    """The batches of one epoch's share of a pass: a bounded sample, and the count of all."""

    def __init__(self, number: int, limit: int, of_pass: int) -> None:
        self.sample = Reservoir(limit)
        self.of_pass = of_pass
        self.error: str | None = None
        self._number = number

    def offer(self, position: int, data: Any) -> None:
        """Samples one batch; data of a kind that cannot be kept is remembered as the reason."""
        if self.error is not None:
            return
        try:
            self.sample.offer(position, _rows(data), lambda: self._copied(data))
        except SourceUnreadableError as error:
            self.error = str(error)

    @property
    def bytes(self) -> int:
        """The memory that the sampled rows take."""
        return sum(batch.bytes for batch in self.sample.kept.values())

    @property
    def is_whole(self) -> bool:
        """Whether every row that passed was kept."""
        kept = sum(batch.rows for batch in self.sample.kept.values())
        return self.error is None and kept == self.sample.rows > 0

    def table(self) -> Table:
        """The sampled batches in order."""
        if self.error is not None:
            raise SourceUnreadableError(self.error)
        kept = dict(sorted(self.sample.kept.items()))
        first = self._number * _IDS_A_WINDOW
        ids = [first + self.sample.starts[p] + np.arange(b.rows) for p, b in kept.items()]
        note = None if self.is_whole else f"a sample of {self.sample.rows} rows seen as they passed"
        return table_of(list(kept.values()), ids, note)

    def _copied(self, data: Any) -> Batch:
        batch = unpacked(data)
        if batch.rows:
            fitting = max(SAMPLE_BYTES * batch.rows // max(batch.bytes, 1), 1)
            self.sample.limit = min(self.sample.limit, fitting)
        return batch


class Tap:
    """What was seen of one split in passing.

    A pass is one run through the pipeline: of a validation split one evaluation, of an
    endless training stream the whole fit. It is cut into windows of `steps` batches, one an
    epoch; of a validation pass only the first window is scored. Batches count in the order
    in which they were made: a prefetching pipeline runs ahead of the epoch. To build a model
    Keras takes a batch in a pass of its own, which is no epoch's.
    """

    def __init__(self, *, steps: int | None, validation: bool, limit: int = SAMPLE_ROWS) -> None:
        self._steps = steps
        self._validation = validation
        self._limit = limit
        self._begun = self._passes = 0
        self._unnamed: list[Window] = []
        self._of_epoch: dict[int, Window] = {}
        self._lock = threading.Lock()

    def watched(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Passes batches on as they are, sampling them."""
        window: Window | None = None
        number, self._passes = self._passes, self._passes + 1
        for position, data in enumerate(batches):
            step = position % self._steps if self._steps else position
            if window is None or (step == 0 and not self._validation):
                window = self._begin(number)
            if step == position or not self._validation:
                window.offer(step, data)
            yield data

    def epoch_ended(self, epoch: int, keep: Collection[int]) -> None:
        """Names the window of this epoch, and lets those of epochs not in `keep` go."""
        with self._lock:
            if self._unnamed:
                last = max(window.of_pass for window in self._unnamed)
                self._unnamed = [w for w in self._unnamed if w.of_pass == last]
                # A training stream may have begun the next window; an evaluation never has.
                self._of_epoch[epoch] = self._unnamed.pop(-1 if self._validation else 0)
            if self._validation:
                self._unnamed.clear()
            wanted = {*keep, epoch}
            self._of_epoch = {e: w for e, w in self._of_epoch.items() if e in wanted}

    def release(self) -> None:
        """Lets all epochs but the last go where they take more memory than a sample may."""
        with self._lock:
            self._unnamed.clear()
            held = sum(window.bytes for window in self._of_epoch.values())
            if held > SAMPLE_BYTES:
                last = max(self._of_epoch)
                self._of_epoch = {last: self._of_epoch[last]}

    def has_rows(self, epoch: int | None = None) -> bool:
        """Whether there are rows of this epoch, or any."""
        window = self._find(epoch)
        return window is not None and window.error is None and window.sample.rows > 0

    def table(self, limit: int, epoch: int | None = None) -> Table:
        """The rows of an epoch, at most `limit`; of the fullest one where it was not kept."""
        window = self._find(epoch)
        if window is None:
            raise SourceUnreadableError("no rows were seen to pass")
        table = window.table()
        return table if table.rows <= limit else _cut(table, limit)

    def rows(self, epoch: int | None = None) -> int | None:
        """How many rows passed in an epoch, or in the fullest one."""
        window = self._find(epoch)
        return None if window is None else window.sample.rows

    def recurring_share(self) -> float | None:
        """The share of an epoch's rows that stand, bit for bit, in another epoch too.

        Of the epochs that were kept whole; None where there are fewer than two. Random
        transforms leave next to none, or half of them where they only flip.
        """
        with self._lock:
            windows = [w for _, w in sorted(self._of_epoch.items()) if w.is_whole]
        if len(windows) < 2:
            return None
        first, last = (digests_of(w.table().x) for w in (windows[0], windows[-1]))
        known = set(first)
        return sum(digest in known for digest in last) / len(last)

    def _begin(self, of_pass: int) -> Window:
        with self._lock:
            window = Window(self._begun, self._limit, of_pass)
            self._begun += 1
            self._unnamed.append(window)
            del self._unnamed[:-_MOST_UNNAMED]
        return window

    def _find(self, epoch: int | None) -> Window | None:
        with self._lock:
            if epoch is not None and epoch in self._of_epoch:
                return self._of_epoch[epoch]
            # Named windows are whole, one under way may not be.
            known = list(self._of_epoch.values()) or list(self._unnamed)
        return max(known, key=lambda window: window.sample.rows, default=None)


def _rows(data: Any) -> int:
    first = next(leaves(data[0] if isinstance(data, (tuple, list)) else data), None)
    shape = getattr(first, "shape", None)
    return int(shape[0]) if shape else 0


def _cut(table: Table, limit: int) -> Table:
    ends = np.cumsum(table.sizes)
    rows = int(ends[ends <= limit][-1]) if ends[0] <= limit else limit
    return table.take(np.arange(rows))
