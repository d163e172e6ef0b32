"""Logs that are one record after the other: names and values, with an epoch or a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from valgap.evidence.log import Log, Unit
from valgap.observe.logs.curves import Curves, number

Record = Mapping[str, object]

EPOCHS = ("epoch", "epochs", "epoch/epoch")
STEPS = ("step", "_step", "global_step", "train/global_step", "trainer/global_step", "iteration")
# Columns that tell when, not how well.
NO_FIGURES = frozenset(
    (*EPOCHS, *STEPS, "_runtime", "_timestamp", "timestamp", "time", "train/epoch")
)
# No fit gets so far; NaN is no place either.
FARTHEST = 1e15
# More fits than this in one file are told of only as a number.
MOST_FITS = 200


@dataclass(slots=True)
class Fit:
    """One fit that is being gathered."""

    curves: Curves = field(default_factory=Curves)
    last: float = float("-inf")

    def put(self, at: float, figures: Iterable[tuple[str, float]]) -> None:
        """Notes figures of one epoch or step."""
        self.last = at
        for name, value in figures:
            self.curves.put(name, at, value)


@dataclass(slots=True)
class Places:
    """Where records stand: by their epoch, else by their step, else by their number."""

    column: str | None
    unit: Unit
    first: float | None = None
    seen: int = 0

    @classmethod
    def of(cls, names: Iterable[str], columns: Sequence[str] = (*EPOCHS, *STEPS)) -> Places:
        """Gives the column that tells the place, the first of `columns` that there is."""
        known = {name.strip().lower(): name for name in names}
        column = next((known[c] for c in columns if c in known), None)
        is_step = column is not None and column.strip().lower() in STEPS
        return cls(column, "step" if is_step else "epoch")

    def at(self, record: Record) -> float | None:
        """Gives the place of a record, epochs from 1; None where it is none."""
        self.seen += 1
        if self.column is None:
            return float(self.seen)
        value = number(record.get(self.column))
        if value is None or not abs(value) < FARTHEST:
            return None
        if self.first is None:
            self.first = value
        return value + 1 if self.unit == "epoch" and self.first == 0 else value


def fits_of(records: Iterable[Record], places: Places) -> Iterator[Fit]:
    """Gives the fits among records; one begins where the place starts anew."""
    fit = Fit()
    for record in records:
        at = places.at(record)
        if at is None:
            continue
        if at < fit.last:
            yield fit
            fit = Fit()
        fit.put(at, numbers_of(record))
    yield fit


def numbers_of(record: Record) -> Iterator[tuple[str, float]]:
    """Gives the figures of a record that are numbers."""
    for name, value in record.items():
        found = number(value)
        if found is not None and name.strip().lower() not in NO_FIGURES:
            yield name, found


def logs_of(log: Log, fits: Iterable[Fit]) -> list[Log]:
    """Gives one log a fit that holds any figure, each told apart where there are several."""
    made: list[Log] = []
    beyond = 0
    for fit in fits:
        if not fit.curves.by_name:
            continue
        if len(made) >= MOST_FITS:
            beyond += 1
            continue
        notes = (*log.notes, *fit.curves.notes())
        made.append(replace(log, figures=fit.curves.told(), notes=notes))
    return numbered(made, beyond)


def numbered(logs: Sequence[Log], beyond: int = 0) -> list[Log]:
    """Tells several fits of one source apart, and says how many more there were."""
    if len(logs) < 2:
        return list(logs)
    more = (f"{beyond:,} further fits are left out",) if beyond else ()
    total = len(logs) + beyond
    return [
        replace(log, part=f"fit {i} of {total:,}", notes=(*log.notes, *more))
        for i, log in enumerate(logs, 1)
    ]
