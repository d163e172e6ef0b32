"""One-shot Python generators: what passed is all there is to read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from valgap.evidence.records import DataRecord
from valgap.observe.sources.base import RowHashes, SourceUnreadableError, Table, View, digests_of
from valgap.observe.sources.describe import described
from valgap.observe.sources.request import Request
from valgap.observe.sources.tapping import deactivate, is_watched
from valgap.observe.sources.taps import Tap

_PASSING = "a generator passes once: rows are a sample kept as they passed"
# Nearly every row of an epoch came in another one too, bit for bit: nothing random is done.
_RECURRING = 0.95
_UNWATCHED = "a generator passes once, and what passed was not watched"


class GeneratorSource:
    """A split fed by a generator. Both views are the rows that passed, transforms and all."""

    epochs_differ = True

    def __init__(self, request: Request, tap: Tap) -> None:
        self._tap = tap
        self._watched = is_watched("GeneratorDataAdapter")
        self._recurs: bool | None = None
        self._record = DataRecord(
            split=request.split,
            form="generator",
            steps=request.steps,
            note=_PASSING if self._watched else _UNWATCHED,
        )

    @property
    def record(self) -> DataRecord:
        """What is known so far: rows of the fullest epoch that was kept."""
        record = replace(self._record, rows=self._tap.rows())
        if self._recurs:
            record = replace(record, transforms="none")
        return described(record, self._tap.table(1)) if self._tap.has_rows() else record

    def read(self, view: View, limit: int, *, epoch: int | None = None, draw: int = 0) -> Table:
        """See `Source.read`; `draw` makes no difference."""
        del view, draw
        if not self._watched:
            raise SourceUnreadableError(_UNWATCHED)
        if self._recurs is None:
            self._recurs = (self._tap.recurring_share() or 0.0) >= _RECURRING
        return self._tap.table(limit, epoch)

    def row_hashes(self, limit: int) -> RowHashes:
        """See `Source.row_hashes`."""
        table = self.read("clean", limit)
        return RowHashes(table.ids, digests_of(table.x), self._tap.rows())

    def release(self) -> None:
        """See `Source.release`."""
        deactivate(self._tap)
        self._tap.release()

    def epoch_ended(self, epoch: int, keep: Collection[int]) -> None:
        """See `Source.epoch_ended`."""
        self._tap.epoch_ended(epoch, keep)

    def fit_ended(self) -> None:
        """See `Source.fit_ended`."""
        deactivate(self._tap)
