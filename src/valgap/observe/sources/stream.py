"""The source of a pipeline: data sets, generators of images, loaders."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, replace
from weakref import WeakSet

import numpy as np

from valgap.evidence.records import DataRecord
from valgap.observe.sources.base import (
    HASHED_BYTES,
    RowHashes,
    SourceUnreadableError,
    Table,
    View,
    digests_of,
)
from valgap.observe.sources.batch import Batch, table_of
from valgap.observe.sources.describe import described
from valgap.observe.sources.digested import Digested
from valgap.observe.sources.guard import own_randomness
from valgap.observe.sources.probe import Probed, probe
from valgap.observe.sources.reader import Geometry, Reader
from valgap.observe.sources.select import choose, collect
from valgap.observe.sources.tapping import deactivate
from valgap.observe.sources.taps import Tap

SECONDS = 5.0
"""The longest that a first pass over a long data set takes."""


_released: WeakSet[Reader] = WeakSet()


@dataclass(frozen=True)
class Selection:
    """The positions of the batches that make a sample, the row each begins at, and a note."""

    starts: dict[int, int]
    note: str | None


class StreamSource:
    """A split that comes out of a pipeline, read again through a `Reader`.

    `steps` bounds what is scored (validation) or what an epoch takes of an endless stream.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        steps: int | None,
        shuffled: bool,
        tap: Tap | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._reader: Reader | None = reader
        self._steps = steps
        self._shuffled = shuffled
        self._tap = tap
        self._seconds = seconds
        self._record = reader.record
        self._probed: Probed | None = None
        # An evaluation of some steps of a set that is shuffled anew scores other rows each time.
        self._varying = (
            reader.record.split == "validation"
            and bool(reader.record.shuffled)
            and steps is not None
            and steps < (reader.count or steps)
        )
        self._selections: dict[tuple[int, int | None], Selection] = {}
        self._unordered: dict[tuple[int, int | None], Table] = {}

    @property
    def record(self) -> DataRecord:
        """See `Source.record`."""
        return self._record

    @property
    def epochs_differ(self) -> bool:
        """See `Source.epochs_differ`."""
        return self._varying and self._tap is not None and self._tap.has_rows()

    def read(self, view: View, limit: int, *, epoch: int | None = None, draw: int = 0) -> Table:
        """See `Source.read`. Where reading fails, rows that were seen in passing are given."""
        if self._tap is not None and self.epochs_differ and view == "fed":
            return self._tap.table(limit, epoch)
        try:
            table = self._read(view, limit, draw)
        except Exception as error:  # the pipeline is the user's own code
            reason = _reason(error)
        else:
            self._record = described(self._record, table)
            return table
        if self._tap is not None and self._tap.has_rows(epoch):
            table = self._tap.table(limit, epoch)
            self._record = replace(self._record, transforms="unknown", note=reason)
            return replace(table, note=f"rows seen as they passed, as {reason}")
        raise SourceUnreadableError(reason)

    def row_hashes(self, limit: int) -> RowHashes:
        """See `Source.row_hashes`."""
        try:
            table = self._table("clean", limit, 0, Digested(self._live()))
        except Exception:  # the pipeline is the user's own code: what was seen in passing, if any
            seen = self.read("clean", limit)
            return RowHashes(seen.ids, digests_of(seen.x), self._record.rows)
        return RowHashes(table.ids, tuple(map(bytes, table.x)), self._record.rows)

    def release(self) -> None:
        """Lets the pipeline go if, with those released before, it holds more than 256 MB.

        It cannot be sampled now: to read it while the script runs could change the script.
        """
        if self._tap is not None:
            deactivate(self._tap)
            self._tap.release()
        if self._reader is not None:
            _released.add(self._reader)
            if sum(reader.held_bytes() for reader in _released) > HASHED_BYTES:
                _released.discard(self._reader)
                self._reader = None

    def epoch_ended(self, epoch: int, keep: Collection[int]) -> None:
        """See `Source.epoch_ended`."""
        if self._tap is not None:
            self._tap.epoch_ended(epoch, keep)

    def fit_ended(self) -> None:
        """See `Source.fit_ended`."""
        deactivate(self._tap)

    def _read(self, view: View, limit: int, draw: int) -> Table:
        reader = self._live()
        probed = self._probe(reader)
        if probed.ordered or probed.transforms != "none":
            return self._table(view, limit, draw, reader)
        # Another pass would give other rows: all views are made of one.
        key = (limit, self._stop(reader, "fed"))
        if key not in self._unordered:
            self._unordered[key] = self._table(view, limit, 0, reader)
        return self._unordered[key]

    def _table(self, view: View, limit: int, draw: int, reader: Reader) -> Table:
        probed = self._probe(reader)
        as_one = not probed.ordered and probed.transforms == "none"
        stop = self._stop(reader, "fed" if as_one else view)
        table = self._pass(reader, view, draw, limit, stop)
        known = probed.ordered or as_one
        return table if known else replace(table, ids=np.full(table.rows, -1))

    def _live(self) -> Reader:
        if self._reader is None:
            raise SourceUnreadableError(
                "the data was let go when another fit started, as it held too much memory"
            )
        return self._reader

    def _probe(self, reader: Reader) -> Probed:
        if self._probed is None:
            self._probed = probe(self._live())
            self._record = replace(
                self._record,
                transforms=self._probed.transforms,
                transform_names=self._probed.names,
                note=reader.note or self._record.note,
            )
        return self._probed

    def _stop(self, reader: Reader, view: View) -> int | None:
        """Batches after which a pass ends: the scored ones, or an epoch of an endless one."""
        scored = self._record.split == "validation" and view == "fed"
        return self._steps if scored or not reader.ends(view) else None

    def _pass(self, reader: Reader, view: View, draw: int, limit: int, stop: int | None) -> Table:
        with own_randomness(draw):
            if (limit, stop) not in self._selections:
                batches = reader.geometry(view)
                if batches is None:
                    return self._streamed(reader, view, draw, limit, stop)
                self._selections[limit, stop] = self._choose(batches, limit, stop)
            return self._selected(reader, view, draw, limit, self._selections[limit, stop])

    def _choose(self, batches: Geometry, limit: int, stop: int | None) -> Selection:
        if self._record.rows is None or self._record.batch_size is None:
            self._record = replace(self._record, rows=batches.rows, batch_size=batches.size)
        batches = batches.first(stop)
        positions = choose(batches, limit, at_random=self._shuffled)
        note = _sample_note(batches.rows, limit, True, self._seconds)
        return Selection({position: position * batches.size for position in positions}, note)

    def _streamed(
        self, reader: Reader, view: View, draw: int, limit: int, stop: int | None
    ) -> Table:
        with closing(reader.batches(view, draw, None)) as stream:
            kept, ended = collect(stream, limit, stop=stop, seconds=self._seconds)
        if ended and stop is None:
            self._record = replace(
                self._record, rows=kept.rows, batch_size=self._record.batch_size or kept.largest
            )
        note = _sample_note(kept.rows, limit, ended, self._seconds)
        selection = Selection(dict(sorted(kept.starts.items())), note)
        self._selections[(limit, stop)] = selection
        return _joined(dict(sorted(kept.kept.items())), selection, limit, reader.lap)

    def _selected(
        self, reader: Reader, view: View, draw: int, limit: int, selection: Selection
    ) -> Table:
        batches = dict(reader.batches(view, draw, list(selection.starts)))
        if len(batches) < len(selection.starts):
            raise SourceUnreadableError("the data gave fewer rows the second time")
        return _joined(batches, selection, limit, reader.lap)


def _joined(batches: dict[int, Batch], selection: Selection, limit: int, lap: int | None) -> Table:
    if len(batches) == 1:
        batches = {position: batch.first(limit) for position, batch in batches.items()}
    ids = [batch.ids_from(selection.starts[p]) for p, batch in batches.items()]
    if lap:
        ids = [part % lap for part in ids]
    elif not _are_apart(batches, selection):
        ids = [np.full_like(part, -1) for part in ids]
    return table_of(list(batches.values()), ids, selection.note)


def _are_apart(batches: dict[int, Batch], selection: Selection) -> bool:
    """Whether no batch reaches into the next: rows of unequal items are not told apart."""
    starts = sorted(selection.starts.values())
    following = dict(itertools.pairwise(starts))
    return all(
        batch.ids is not None
        or selection.starts[position] + batch.rows
        <= following.get(selection.starts[position], math.inf)
        for position, batch in batches.items()
    )


def _sample_note(rows: int, limit: int, ended: bool, seconds: float) -> str | None:
    if not ended:
        return f"a sample of the first {rows} rows, which took {seconds:g} s to read"
    return None if rows <= limit else f"a sample of {limit} of {rows} rows"


def _reason(error: Exception) -> str:
    if isinstance(error, SourceUnreadableError):
        return str(error)
    text = str(error).strip().splitlines()
    return f"reading it again raised {type(error).__name__}: {text[0][:150] if text else ''}"
