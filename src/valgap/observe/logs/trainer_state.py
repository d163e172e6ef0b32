"""Hugging Face's trainer_state.json."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.evidence.log import Log
from valgap.observe.logs.form import log_form
from valgap.observe.logs.history_json import loaded
from valgap.observe.logs.record_lines import by_records
from valgap.observe.logs.source import Source

NAME = "trainer_state.json"


def _knows(source: Source) -> bool:
    text = source.text_head or ""
    return text.lstrip("\ufeff").lstrip().startswith("{") and '"log_history"' in text


@log_form(NAME, knows=_knows, rank=10)
def read(source: Source) -> Iterable[Log]:
    """Gives the log of a trainer, by step.

    Raises:
        UsageError: if it is too large or no JSON.
    """
    document = loaded(source)
    history = document.get("log_history") if isinstance(document, dict) else None
    records = history if isinstance(history, list) else []
    return by_records(source, NAME, (record for record in records if isinstance(record, dict)))
