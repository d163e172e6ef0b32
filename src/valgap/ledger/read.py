"""The rows of both splits, read once for all epochs, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

from valgap.ledger.states import StateName, Tables
from valgap.observe.sources.base import Source, Sources, SourceUnreadableError, Table

_CACHED_BYTES = 512 << 20
_OPAQUE = "its random transforms cannot be taken away"
_UNKNOWN = "whether it applies random transforms cannot be told"


@dataclass(slots=True)
class Reading:
    """Tables for one epoch, and the reason for every state that they cannot give."""

    tables: Tables
    absent: dict[StateName, str] = field(default_factory=dict)


class Reader:
    """Reads tables for an epoch; what does not depend on the epoch is read once."""

    def __init__(self, sources: Sources, train: int, validation: int, draws: int) -> None:
        self.sources, self.draws = sources, draws
        self._limits = {"train": train, "validation": validation}
        self._cache: dict[tuple[str, str, int, int | None], Table] = {}

    def read(self, epoch: int) -> Reading:
        """Returns the tables of one epoch."""
        absent: dict[StateName, str] = {}
        train_fed, train_clean = self._train(epoch, absent)
        clean, fed = self._validation(epoch, absent)
        return Reading(Tables(train_fed, train_clean, clean, fed), absent)

    def _train(
        self, epoch: int, absent: dict[StateName, str]
    ) -> tuple[tuple[Table, ...], Table | None]:
        source = self.sources.train
        try:
            fed = self._draws(source, epoch)
        except SourceUnreadableError as error:
            for state in _TRAIN_STATES:
                absent[state] = f"training rows: {error}"
            return (), None
        if source.record.transforms == "none":
            return fed, fed[0]
        if source.record.transforms == "known":
            return fed, self._table(source, "clean", epoch, 0)
        reason = _OPAQUE if source.record.transforms == "opaque" else _UNKNOWN
        absent["without-augmentation"] = f"training data ({source.record.form}): {reason}"
        # The rows as they came stand in for clean ones, augmentation and all: the next rows
        # are measured on them, with augmentation merged into them.
        return fed, fed[0]

    def _validation(
        self, epoch: int, absent: dict[StateName, str]
    ) -> tuple[Table | None, tuple[Table, ...]]:
        source = self.sources.validation
        if source is None:
            for state in _VALIDATION_STATES:
                absent[state] = "there was no validation data"
            return None, ()
        try:
            fed = self._draws(source, epoch)
        except SourceUnreadableError as error:
            for state in _VALIDATION_STATES:
                absent[state] = f"validation rows: {error}"
            return None, ()
        if source.record.transforms in ("none", "known"):
            return self._table(source, "clean", epoch, 0), fed
        reason = _OPAQUE if source.record.transforms == "opaque" else _UNKNOWN
        absent["validation-clean"] = f"validation data ({source.record.form}): {reason}"
        return None, fed

    def _draws(self, source: Source, epoch: int) -> tuple[Table, ...]:
        first = self._table(source, "fed", epoch, 0)
        if source.record.transforms not in ("known", "opaque"):
            return (first,)
        rest = [self._table(source, "fed", epoch, draw) for draw in range(1, self.draws)]
        return (first, *rest)

    def _table(self, source: Source, view: str, epoch: int, draw: int) -> Table:
        key = (source.record.split, view, draw, epoch if source.epochs_differ else None)
        if key not in self._cache:
            limit = self._limits[source.record.split]
            table = source.read(view, limit, epoch=epoch, draw=draw)  # type: ignore[arg-type]
            if table.rows == 0:
                raise SourceUnreadableError("no row could be read")
            if sum(map(_bytes, self._cache.values())) + _bytes(table) > _CACHED_BYTES:
                return table
            self._cache[key] = table
        return self._cache[key]


_TRAIN_STATES: tuple[StateName, ...] = (
    "trained",
    "without-penalties",
    "without-weights",
    "without-augmentation",
    "without-noise",
    "inference",
)
_VALIDATION_STATES: tuple[StateName, ...] = (
    "validation-clean",
    "validation-fed",
    "validation-weighted",
    "validation-logged",
)


def _bytes(table: Table) -> int:
    from valgap.observe.sources.nested import leaves

    return sum(int(getattr(leaf, "nbytes", 0)) for leaf in leaves(table.x))
