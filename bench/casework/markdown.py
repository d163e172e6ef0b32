"""Tables, numbers and links of the pages."""

from __future__ import annotations

import re
from functools import cache

from valgap.cli.checks import anchor_of
from valgap.registry import load_checks

_CODE = re.compile(r"(`[^`]*`)|\b(?:DAT|MOD|FIT|EVL|CUR)\d{3}\b")


def table(rows: list[list[str]]) -> str:
    """Gives a table, the first row its head."""
    head, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *rest])


def number(value: float | None) -> str:
    """Gives a number in three digits, ? where there is none."""
    return "?" if value is None else f"{value:.3g}"


def linked(text: str) -> str:
    """Gives the text with each code of a check, outside of code, leading to its page."""
    return _CODE.sub(_link, text)


def _link(found: re.Match[str]) -> str:
    code = found.group()
    anchor = _anchors().get(code)
    return code if anchor is None else f"[{code}](../checks.md#{anchor})"


@cache
def _anchors() -> dict[str, str]:
    return {check.code: anchor_of(check) for check in load_checks()}
