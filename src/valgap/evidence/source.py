"""The text of the script of a run as it was when it was run, kept beside the record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from valgap.errors import RunUnreadableError
from valgap.evidence.codec import decode
from valgap.evidence.home import without_home
from valgap.evidence.whole import put_whole

_FILE = "source.json"


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """The script: `file` as places in it name it, and its text with its own ends of lines."""

    file: str
    text: str


def write_source(folder: Path, source: SourceRecord) -> None:
    """Keeps the script in the folder of a run: its text to the letter, its path without the home.

    Raises:
        OSError: If it cannot be written.
    """
    told = {"file": without_home(source.file), "text": source.text}
    put_whole(folder / _FILE, (json.dumps(told) + "\n").encode())


def read_source(folder: Path) -> SourceRecord | None:
    """Gives back the script of a run; None where none was kept, or it cannot be read."""
    try:
        value: object = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return decode(SourceRecord, value)
    except (OSError, ValueError, RecursionError, RunUnreadableError):
        return None
