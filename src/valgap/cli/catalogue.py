"""The checks there are, looked up as the user names them."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from valgap.errors import UsageError

if TYPE_CHECKING:
    from valgap.registry import Check


def refuse_unknown(texts: Iterable[str]) -> None:
    """Raises UsageError if one of the texts is no code, start of a code or name of a check."""
    for text in texts:
        if not _matching(text):
            raise _unknown(text)


def check_called(text: str) -> Check:
    """Gives back the check of a code or name.

    Raises:
        UsageError: if there is none.
    """
    from valgap.registry import find_check

    check = find_check(text)
    if check is None:
        check = next((c for c in _matching(text) if text in (c.name, c.code)), None)
    if check is None:
        raise _unknown(text)
    return check


def _matching(text: str) -> list[Check]:
    from valgap.registry import load_checks

    return [c for c in load_checks() if c.code.startswith(text.upper()) or c.name == text]


def _unknown(text: str) -> UsageError:
    from valgap.registry import load_checks

    checks = load_checks()
    close = _near_code(text.upper(), [c.code for c in checks])
    close = close or difflib.get_close_matches(text.lower(), [c.name for c in checks], n=1)
    hint = f"did you mean {close[0]}?" if close else "`valgap checks` lists them"
    return UsageError(f"no check {text!r}; {hint}")


# Letters that are taken for the digits of a code.
_LOOK_ALIKES = str.maketrans("OIL", "011")


def _near_code(text: str, codes: list[str]) -> list[str]:
    """The code that begins most like the text, once letters taken for digits are put right."""
    meant = text[:3] + text[3:].translate(_LOOK_ALIKES)
    near = difflib.get_close_matches(meant, codes, n=len(codes))
    return sorted(near, key=lambda code: -_shared(code, meant))[:1]


def _shared(one: str, other: str) -> int:
    """How many letters two texts have in common at their beginning."""
    alike = (a == b for a, b in zip(one, other, strict=False))
    return sum(itertools.takewhile(bool, alike))
