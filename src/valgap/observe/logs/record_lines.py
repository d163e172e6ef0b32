"""A record an epoch or step: JSON Lines, a JSON list, or the dicts that trainers print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from valgap.evidence.log import Log
from valgap.observe.logs.form import log_form
from valgap.observe.logs.history_json import loaded, parsed
from valgap.observe.logs.records import (
    EPOCHS,
    STEPS,
    Places,
    Record,
    fits_of,
    logs_of,
    numbers_of,
)
from valgap.observe.logs.source import Source

NAME = "records"
# One line of each of the first epochs tells which figures there are, and by what they count.
_LOOKED_AT = 50


def _knows(source: Source) -> bool:
    text = (source.text_head or "").lstrip("\ufeff").lstrip()
    if text.startswith("["):
        return "{" in text[:100]
    first = text.partition("\n")[0].strip()
    record = _record(first) if first.startswith("{") else None
    return record is not None and any(True for _ in numbers_of(record))


@log_form(NAME, knows=_knows, rank=40)
def read(source: Source) -> Iterable[Log]:
    """Gives one log a fit, by epoch where it is whole, else by step.

    Raises:
        UsageError: if it is a list that is no JSON, or a very large one.
    """
    head = (source.text_head or "").lstrip("\ufeff").lstrip()
    return by_records(source, NAME, _listed(source) if head.startswith("[") else _lines(source))


def by_records(source: Source, form: str, records: Iterable[Record]) -> list[Log]:
    """Gives one log a fit of some records in order."""
    every = iter(records)
    first = list(islice(every, _LOOKED_AT))
    names = dict.fromkeys(name for record in first for name in record)
    epochs = [r[name] for r in first for name in EPOCHS if name in r]
    # Where epochs are fractions, as Hugging Face logs them, steps are the count.
    whole = all(isinstance(e, int | float) and float(e).is_integer() for e in epochs)
    places = Places.of(names, (*EPOCHS, *STEPS) if whole else (*STEPS, *EPOCHS))
    return logs_of(Log(source.name, form, unit=places.unit), fits_of(chain(first, every), places))


def _listed(source: Source) -> Iterator[Record]:
    document = loaded(source)
    items = document if isinstance(document, list) else []
    return (item for item in items if isinstance(item, dict))


def _lines(source: Source) -> Iterator[Record]:
    for line in source.lines():
        record = _record(line.strip())
        if record is not None:
            yield record


def _record(line: str) -> Record | None:
    if not (line.startswith("{") and line.endswith("}")):
        return None
    try:
        found = parsed(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
