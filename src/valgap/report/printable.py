"""Text without the signs that steer a terminal: runs and logs may come from anybody."""

from __future__ import annotations

import re

# Colours are ours; all other control characters but tab and line feed, those of 8 bits too, go.
_STEERING = re.compile(r"(\x1b\[[0-9;]*m)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """Gives back a text that can colour a terminal, and do nothing else to it."""
    return _STEERING.sub(lambda found: found[1] or "", text)
