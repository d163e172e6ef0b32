"""The text of the script that runs, read early on: it may be edited while it does."""

from __future__ import annotations

import io
import os
import sys
import tokenize
from pathlib import Path

from valgap.evidence.source import SourceRecord
from valgap.observe.where import is_library

MOST_BYTES = 200_000


def source_of_main() -> SourceRecord | None:
    """Gives back the text of the module that runs, named as the frames of its code name it.

    Returns:
        None where that is no Python file of the user's own, or it is longer than 200 kB or
        cannot be read.
    """
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py") or is_library(file):
        return None
    return source_of(file)


def source_of(file: str) -> SourceRecord | None:
    """Gives back the text of a file of Python; None where `source_of_main` does, too."""
    try:
        if os.stat(file).st_size > MOST_BYTES:
            return None
        return SourceRecord(file, _text(Path(file).read_bytes()))
    except (OSError, SyntaxError, ValueError, LookupError):
        return None


def _text(read: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(read).readline)
    return read.decode(encoding)
