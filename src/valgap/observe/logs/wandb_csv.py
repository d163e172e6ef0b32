"""What W&B exports as CSV: a run's history, or a chart with a column a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from valgap.errors import UsageError
from valgap.evidence.log import Log
from valgap.observe.logs.form import log_form
from valgap.observe.logs.records import EPOCHS, STEPS, Places, fits_of, logs_of, numbers_of
from valgap.observe.logs.source import Source
from valgap.observe.logs.table import Table, table_of

NAME = "W&B export"
# The columns that a chart has beside each run's own: the range of what it smoothed.
_RANGES = ("__MIN", "__MAX")
_BETWEEN = " - "


def _knows(source: Source) -> bool:
    table = table_of(source)
    return table is not None and (
        "_step" in table.header or _is_chart(table) or _is_table_of_runs(table)
    )


def _is_chart(table: Table) -> bool:
    return any(_BETWEEN in name for name in table.header[1:])


def _is_table_of_runs(table: Table) -> bool:
    return {"Name", "State"} <= set(table.header)


@log_form(NAME, knows=_knows, rank=20)
def read(source: Source) -> Iterable[Log]:
    """Gives the log of a history, or one a run of a chart.

    Raises:
        UsageError: if it is the table of runs, which holds one row a run.
    """
    table = table_of(source)
    if table is None:
        return []
    if _is_table_of_runs(table):
        raise UsageError(
            f"{source.name} is W&B's table of runs, one row a run; expected a history: "
            "run.history().to_csv(FILE), or a chart's export as CSV"
        )
    return _chart(table) if _is_chart(table) else _history(table)


def _history(table: Table) -> list[Log]:
    # A fraction of an epoch is logged beside steps by some trainers: `epoch` alone is counted.
    places = Places.of(table.header, (*EPOCHS, *STEPS))
    rows = (row for row in table.rows() if any(True for _ in numbers_of(row)))
    found = logs_of(Log(table.source.name, NAME, unit=places.unit), fits_of(rows, places))
    return [replace(log, notes=(*log.notes, *table.notes())) for log in found]


def _chart(table: Table) -> list[Log]:
    first = table.header[0]
    unit = Places.of([first]).unit
    by_run: dict[str, dict[str, str]] = {}
    for name in table.header[1:]:
        run, _, figure = name.rpartition(_BETWEEN)
        if run and not name.endswith(_RANGES):
            by_run.setdefault(run, {})[name] = figure
    rows = list(_numbered(table, first))
    logs = []
    for run, names in by_run.items():
        places = Places("at", unit)
        fits = fits_of(({"at": at, **_named(row, names)} for at, row in rows), places)
        made = logs_of(Log(table.source.name, NAME, unit=unit), fits)
        logs += [
            replace(log, part=run if log.part is None else f"{run}, {log.part}") for log in made
        ]
    return logs


def _numbered(table: Table, first: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    return ((row.get(first, ""), row) for row in table.rows())


def _named(row: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {names[name]: cell for name, cell in row.items() if name in names}
