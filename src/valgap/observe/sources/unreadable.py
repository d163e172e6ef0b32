"""A split of a kind that cannot be read at all."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from valgap.evidence.records import DataRecord
from valgap.observe.sources.base import RowHashes, SourceUnreadableError, Split, Table, View


class UnreadableSource:
    """Stands in where nothing can be read; every read gives the reason."""

    epochs_differ = False

    def __init__(self, split: Split, form: str, reason: str) -> None:
        self._reason = reason
        self.record = DataRecord(split=split, form=form, note=reason)

    def read(self, view: View, limit: int, *, epoch: int | None = None, draw: int = 0) -> Table:
        """Raises SourceUnreadableError."""
        del view, limit, epoch, draw
        self._refuse()

    def row_hashes(self, limit: int) -> RowHashes:
        """Raises SourceUnreadableError."""
        del limit
        self._refuse()

    def release(self) -> None:
        """Nothing is held."""

    def epoch_ended(self, epoch: int, keep: Collection[int]) -> None:
        """Nothing is seen in passing."""

    def fit_ended(self) -> None:
        """Nothing is watched."""

    def _refuse(self) -> NoReturn:
        raise SourceUnreadableError(self._reason)
