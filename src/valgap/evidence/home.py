"""The user's home folder, which is `~` in all that is kept: its path tells who they are."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache

from valgap.evidence.records import Json

# What a path may go on with, before or behind that of a home: `/mnt/home/ann` is none.
_BEFORE, _BEHIND = r"(?<![\w.~-])", r"(?![\w~-]|\.\w)"
_SHORT = re.compile(_BEFORE + "~" + r"(?=[/\\]|$)")


def without_home(value: Json) -> Json:
    """Gives back a value with `~` for the path of the home folder in all of its texts."""
    if isinstance(value, str):
        home = _home(os.path.expanduser("~"))
        return value if home is None else home.sub("~", value)
    if isinstance(value, Mapping):
        return {str(without_home(key)): without_home(item) for key, item in value.items()}
    return [without_home(item) for item in value] if isinstance(value, list) else value


def with_home(text: str) -> str:
    """Gives back a text with the path of the home folder again."""
    return _SHORT.sub(lambda _: os.path.expanduser("~"), text)


@cache
def _home(path: str) -> re.Pattern[str] | None:
    """What the path of a home is found by; None where there is none, as for a service."""
    places = {path, os.path.realpath(path)} - {"~", "/"}
    # As it stands in a text, and as `repr` writes it.
    written = {text for place in places for text in (place, place.replace("\\", "\\\\"))}
    if not written:
        return None
    longest_first = sorted(written, key=lambda text: (-len(text), text))
    return re.compile(f"{_BEFORE}(?:{'|'.join(map(re.escape, longest_first))}){_BEHIND}")
