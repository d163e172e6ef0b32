"""What a terminal was sent, in segments: one a line or a redrawing of a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# A progress bar is drawn anew by a return or by backspaces; either way the last one counts.
_ENDS = re.compile(r"([\r\n\b\f\v\x85\u2028\u2029]+|(?:\^[HM]){2,})")
_BACK = ("\b", "^H")
# A bar that is drawn anew begins with the steps that were made.
_BAR = re.compile(r"\s*\d+/\d+\s")
# Colours and movements of the cursor (ECMA-48), window titles, and what is left of colours
# where a paste has lost the escape or shows it as a sign.
_STYLE = re.compile(
    r"(?:\x1b|\u241b|\\x1b|\\u001b|\\033)\[[0-9;?]{0,20}[ -/]{0,4}[@-~]"
    r"|\x1b\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)?"
    r"|\x1b[@-Z\\-_]?"
    r"|\[[0-9]{1,3}(?:;[0-9]{1,3}){0,5}m|\[m"
)
# What stands before each line where Keras' output went through Docker or a logger: the name
# of a service, the time, the level and the logger, in any order.
_PREFIX = re.compile(
    r"^(?:[\w.-]{1,80}[ \t]{0,40}\|[ \t])?"
    r"(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
    r"(?:Z|[+-]\d\d:?\d\d)?[\]:]{0,2}[ \t])?"
    r"(?:[ \t:-]{0,3}(?:\w[\w.]{0,60}[ \t:-]{1,3})?"
    r"\[?(?:DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL)\]?(?:[ \t:-]{1,3}|$)"
    r"(?:[A-Za-z_][\w.]{0,60}(?::[ \t]?|[ \t]-[ \t](?=[^ ])))?)?"
)
# Beyond this there is no line, and memory stays bounded.
LONGEST = 1 << 14


def segments(pieces: Iterable[str]) -> Iterator[str]:
    """Gives what stood on the terminal line after line, without colours.

    A bar that was taken back and drawn anew is left out: there may be a thousand an epoch.
    """
    held = ""
    for text, is_taken_back in _raw(pieces):
        if is_taken_back and text:
            held = text
            continue
        shown = bare(text)
        if held and not text:
            continue
        if held and not _BAR.match(shown):
            yield bare(held)
        held = ""
        if shown:
            yield shown
    if held:
        yield bare(held)


def bare(text: str) -> str:
    """Takes colours away, and what a container or a logger has put before a line."""
    return _PREFIX.sub("", _STYLE.sub("", text), count=1)


def _raw(pieces: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Gives segments as sent, and whether backspaces took each back."""
    rest = ""
    for piece in pieces:
        *whole, rest = _ENDS.split(rest + piece)
        for text, end in zip(whole[::2], whole[1::2], strict=True):
            yield text, end.startswith(_BACK)
        if len(rest) > LONGEST:
            # Not within a number, if that can be had.
            cut = rest.rfind(" ") + 1 or len(rest)
            yield rest[:cut], False
            rest = rest[cut:][:LONGEST]
    yield rest, False
