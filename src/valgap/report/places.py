"""Places in the user's code as a reader knows them."""

from __future__ import annotations

from pathlib import Path

from valgap.evidence.home import with_home
from valgap.evidence.records import Location


def shown_path(path: str | Path) -> str:
    """Gives back a path from the working folder, where it lies in it."""
    try:
        return str(Path(with_home(str(path))).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def shown_location(location: Location | None) -> str | None:
    """Gives back `path:line`, or None where the place is not known."""
    return f"{shown_path(location.file)}:{location.line}" if location else None
