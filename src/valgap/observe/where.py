"""The place in the user's own code that a call came from."""

from __future__ import annotations

import site
import sys
import sysconfig
from pathlib import Path
from typing import Any

from valgap.evidence.records import Location

_OWN = str(Path(__file__).resolve().parents[1])


def callers_location(call: str) -> Location | None:
    """Returns the innermost frame that is neither Keras, a library, nor ours."""
    frame = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not is_library(path):
            return Location(path, frame.f_lineno, call)
        frame = frame.f_back  # type: ignore[assignment]
    return None


def is_library(path: str) -> bool:
    """Tells code of Python, of a package or of ours from the user's own."""
    if path.startswith("<") and not path.startswith("<ipython"):
        return True
    return any(path.startswith(place) for place in _LIBRARIES)


def _library_places() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    places = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], _OWN}
    places.update(site.getsitepackages())
    return tuple(str(Path(p)) + "/" for p in places)


_LIBRARIES = _library_places()


def arguments_of_running_fit() -> dict[str, Any] | None:
    """Returns the arguments of the call of Keras' `fit` that we are inside of, or None.

    Read from its frame: by then `validation_split` has been carried out, so the parts are
    given as `x` and `validation_data`.
    """
    frame: Any = sys._getframe(1)
    while frame is not None:
        is_fit = frame.f_code.co_name == "fit" and "epoch_iterator" in frame.f_locals
        if is_fit and frame.f_globals.get("__name__", "").startswith("keras.src."):
            found = {name: frame.f_locals.get(name) for name in FIT_ARGUMENTS}
            if found["validation_data"] is not None:
                found["validation_split"] = 0.0
            return found
        frame = frame.f_back
    return None


FIT_ARGUMENTS = (
    "x",
    "y",
    "batch_size",
    "epochs",
    "verbose",
    "callbacks",
    "validation_split",
    "validation_data",
    "shuffle",
    "class_weight",
    "sample_weight",
    "initial_epoch",
    "steps_per_epoch",
    "validation_steps",
    "validation_batch_size",
    "validation_freq",
)
