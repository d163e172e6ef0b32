"""The place in the user's own code that a call came from."""

from __future__ import annotations

import site
import sys
import sysconfig
from pathlib import Path

from valgap.evidence.records import Location

_OWN = str(Path(__file__).resolve().parents[1])


def callers_location(call: str) -> Location | None:
    """Returns the innermost frame that is neither Keras, a library, nor ours."""
    frame = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not _is_library(path):
            return Location(path, frame.f_lineno, call)
        frame = frame.f_back  # type: ignore[assignment]
    return None


def _is_library(path: str) -> bool:
    if path.startswith("<") and not path.startswith("<ipython"):
        return True
    return any(path.startswith(place) for place in _LIBRARIES)


def _library_places() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    places = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], _OWN}
    places.update(site.getsitepackages())
    return tuple(str(Path(p)) + "/" for p in places)


_LIBRARIES = _library_places()
