"""The text of the script of a run as it was when it was run, kept beside the record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from valgap.errors import RunUnreadableError
from valgap.evidence.codec import decode, encode
from valgap.evidence.writer import write_json

_FILE = "source.json"


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """The script: `file` as places in it name it, and its text with its own ends of lines."""

    file: str
    text: str


def write_source(folder: Path, source: SourceRecord) -> None:
    """Keeps the script in the folder of a run.

    Raises:
        OSError: If it cannot be written.
    """
    write_json(folder / _FILE, encode(source))


def read_source(folder: Path) -> SourceRecord | None:
    """Gives back the script of a run; None where none was kept, or it cannot be read."""
    try:
        value: object = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return decode(SourceRecord, value)
    except (OSError, ValueError, RecursionError, RunUnreadableError):
        return None
