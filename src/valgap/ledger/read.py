"""The rows of both splits, read once for all epochs, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from valgap.ledger.states import Draws, StateName, Tables
from valgap.observe.sources.base import Source, Sources, SourceUnreadableError, Table, View

_OPAQUE = "its random transforms cannot be taken away"
_UNKNOWN = "whether it applies random transforms cannot be told"


@dataclass(slots=True)
class Reading:
    """Tables for one epoch, and the reason for every state that they cannot give."""

    tables: Tables
    absent: dict[StateName, str] = field(default_factory=dict)


class Reader:
    """Reads tables for an epoch; what does not depend on the epoch is read once.

    Draws after the first are not kept: memory holds the sampled rows, not five times as many.
    """

    def __init__(self, sources: Sources, train: int, validation: int, draws: int) -> None:
        self.sources, self.draws = sources, draws
        self._limits = {"train": train, "validation": validation}
        self._cache: dict[tuple[str, str, int | None], Table] = {}

    def read(self, epoch: int) -> Reading:
        """Returns the tables of one epoch."""
        absent: dict[StateName, str] = {}
        train_fed, train_clean = self._train(epoch, absent)
        clean, fed = self._validation(epoch, absent)
        return Reading(Tables(train_fed, train_clean, clean, fed), absent)

    def _train(self, epoch: int, absent: dict[StateName, str]) -> tuple[Draws | None, Table | None]:
        source = self.sources.train
        try:
            fed = self._draws(source, epoch)
        except SourceUnreadableError as error:
            for state in _TRAIN_STATES:
                absent[state] = f"training rows: {error}"
            return None, None
        if source.record.transforms == "none":
            return fed, fed.first
        if source.record.transforms == "known":
            return fed, self._kept(source, "clean", epoch)
        reason = _OPAQUE if source.record.transforms == "opaque" else _UNKNOWN
        absent["without-augmentation"] = f"training data ({source.record.form}): {reason}"
        # The rows as they came stand in for clean ones, augmentation and all: the next rows
        # are measured on them, with augmentation merged into them.
        return fed, fed.first

    def _validation(
        self, epoch: int, absent: dict[StateName, str]
    ) -> tuple[Table | None, Draws | None]:
        source = self.sources.validation
        if source is None:
            for state in _VALIDATION_STATES:
                absent[state] = "there was no validation data"
            return None, None
        try:
            fed = self._draws(source, epoch)
        except SourceUnreadableError as error:
            for state in _VALIDATION_STATES:
                absent[state] = f"validation rows: {error}"
            return None, None
        if source.record.transforms in ("none", "known"):
            return self._kept(source, "clean", epoch), fed
        reason = _OPAQUE if source.record.transforms == "opaque" else _UNKNOWN
        absent["validation-clean"] = f"validation data ({source.record.form}): {reason}"
        return None, fed

    def _draws(self, source: Source, epoch: int) -> Draws:
        first = self._kept(source, "fed", epoch)
        if source.record.transforms not in ("known", "opaque"):
            return Draws(first)
        further = range(1, self.draws)
        return Draws(first, tuple(partial(self._read, source, "fed", epoch, d) for d in further))

    def _kept(self, source: Source, view: View, epoch: int) -> Table:
        key = (source.record.split, view, epoch if source.epochs_differ else None)
        if key not in self._cache:
            self._cache = {k: t for k, t in self._cache.items() if k[2] in (None, epoch)}
            self._cache[key] = self._read(source, view, epoch, 0)
        return self._cache[key]

    def _read(self, source: Source, view: View, epoch: int, draw: int) -> Table:
        table = source.read(view, self._limits[source.record.split], epoch=epoch, draw=draw)
        if table.rows == 0:
            raise SourceUnreadableError("no row could be read")
        return table


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
