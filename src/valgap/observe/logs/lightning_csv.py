"""Lightning's metrics.csv: training figures by step, validation figures by epoch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from valgap.evidence.log import Log
from valgap.observe.logs.curves import number
from valgap.observe.logs.form import log_form
from valgap.observe.logs.records import Places, Record, fits_of, logs_of
from valgap.observe.logs.source import Source
from valgap.observe.logs.table import table_of

NAME = "Lightning metrics.csv"


def _knows(source: Source) -> bool:
    table = table_of(source)
    return table is not None and {"epoch", "step"} <= set(table.header)


@log_form(NAME, knows=_knows, rank=30)
def read(source: Source) -> Iterable[Log]:
    """Gives one log a fit, by epoch: what was logged by step as its mean over the epoch."""
    table = table_of(source)
    if table is None:
        return []
    places = Places.of(table.header)
    fits = fits_of(_by_epoch(table.rows()), places)
    found = logs_of(Log(source.name, NAME), fits)
    return [replace(log, notes=(*log.notes, *table.notes())) for log in found]


@dataclass(slots=True)
class _Means:
    """Sums and counts of the figures of one epoch."""

    epoch: float
    figures: dict[str, tuple[float, int]] = field(default_factory=dict)

    def add(self, row: Mapping[str, str]) -> None:
        for name, cell in row.items():
            value = number(cell)
            if value is not None and name not in ("epoch", "step"):
                total, count = self.figures.get(name, (0.0, 0))
                self.figures[name] = (total + value, count + 1)

    def record(self) -> Record:
        return {"epoch": self.epoch, **{n: s / k for n, (s, k) in self.figures.items()}}


def _by_epoch(rows: Iterable[Mapping[str, str]]) -> Iterator[Record]:
    means: _Means | None = None
    for row in rows:
        epoch = number(row.get("epoch"))
        if epoch is None or not math.isfinite(epoch):
            continue
        if means is None or epoch != means.epoch:
            if means is not None:
                yield means.record()
            means = _Means(epoch)
        means.add(row)
    if means is not None:
        yield means.record()
