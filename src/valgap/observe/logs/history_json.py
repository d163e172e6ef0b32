"""A Keras history as JSON, or as Python prints it: a list of values a figure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from valgap.errors import UsageError
from valgap.evidence.log import Log
from valgap.observe.logs.curves import number
from valgap.observe.logs.form import log_form
from valgap.observe.logs.records import Fit, Places, fits_of, logs_of, numbered
from valgap.observe.logs.source import Source

NAME = "History JSON"
# A thousand epochs of fifty figures take one; it is held at once, some ten times as large.
MOST_BYTES = 64 << 20
# What `print(history.history)` writes in place of JSON.
_PYTHON = (
    (re.compile(r"'"), '"'),
    (re.compile(r"\b(?:np|numpy)\.\w{1,20}\(([^()]{1,40})\)"), r"\1"),
    (re.compile(r"\bnan\b"), "NaN"),
    (re.compile(r"\binf\b"), "Infinity"),
    (re.compile(r"\bNone\b"), "null"),
)


def _knows(source: Source) -> bool:
    text = (source.text_head or "").lstrip("\ufeff").lstrip()
    return text.startswith("{") and re.match(r'\{\s*["\']', text) is not None


@log_form(NAME, knows=_knows, rank=60)
def read(source: Source) -> Iterable[Log]:
    """Gives the log of a history, also within a file that holds more.

    Raises:
        UsageError: if it is too large or no JSON.
    """
    document = loaded(source)
    found = [
        log
        for history in _histories(document)
        for log in logs_of(Log(source.name, NAME), [_fit(history)])
    ]
    return numbered(found)


def loaded(source: Source) -> object:
    """Gives the JSON of a source, as Python prints it too; nothing is evaluated.

    Raises:
        UsageError: if it is too large or no JSON.
    """
    raw = source.whole(MOST_BYTES)
    text = raw.decode(source.encoding, "replace").strip()
    try:
        return parsed(text)
    except (ValueError, RecursionError) as error:
        what = getattr(error, "msg", type(error).__name__)
        line = getattr(error, "lineno", 1)
        raise UsageError(f"{source.name} is no JSON: {what} in line {line}") from None


def parsed(text: str) -> object:
    """Gives a value from JSON, or from what Python prints of plain values.

    Raises:
        ValueError: if it is neither.
    """
    try:
        return json.loads(text)
    except ValueError:
        if "'" not in text:
            raise
    for pattern, by in _PYTHON:
        text = pattern.sub(by, text)
    return json.loads(text)


def _histories(document: object) -> Iterator[Mapping[str, object]]:
    """Gives the histories of a document: itself, under `history`, or of the fits of a report."""
    if not isinstance(document, Mapping):
        return
    fits = document.get("fits")
    if isinstance(fits, list):
        for fit in fits:
            yield from _histories(fit)
    elif isinstance(document.get("history"), Mapping):
        yield document["history"]
    else:
        yield document


def _fit(history: Mapping[str, object]) -> Fit:
    columns = {name: list(_values(column)) for name, column in history.items()}
    length = max(map(len, columns.values()), default=0)
    rows = ({n: c[i] for n, c in columns.items() if i < len(c)} for i in range(length))
    return next(fits_of(rows, Places(None, "epoch")))


def _values(column: object) -> Iterator[float | None]:
    """Gives the values of a figure; null stands for one that was no number."""
    if isinstance(column, Mapping):  # as pandas writes it: by the number of the row
        column = list(column.values())
    if isinstance(column, list):
        yield from (float("nan") if v is None else number(v) for v in column)
