"""Keras' CSVLogger, and any table with a row an epoch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from valgap.evidence.log import Log
from valgap.observe.logs.form import log_form
from valgap.observe.logs.records import EPOCHS, STEPS, Places, fits_of, logs_of
from valgap.observe.logs.source import Source
from valgap.observe.logs.table import index_of, table_of

NAME = "table by epoch"


def _knows(source: Source) -> bool:
    return table_of(source) is not None


@log_form(NAME, knows=_knows, rank=50)
def read(source: Source) -> Iterable[Log]:
    """Gives one log a fit; with `append=True` the epoch starts anew, and so does a log."""
    table = table_of(source)
    if table is None:
        return []
    index = index_of(table)
    places = Places.of(table.header, (*EPOCHS, *STEPS))
    if places.column is None and index is not None:
        places.column = index
    # The index that pandas writes is no figure, whatever else tells the epoch.
    fits = list(fits_of(table.rows(), places))
    for fit in fits:
        fit.curves.by_name.pop(index or "", None)
    found = logs_of(Log(source.name, NAME, unit=places.unit), fits)
    return [replace(log, notes=(*log.notes, *table.notes())) for log in found]
