"""Snapshots: whole outputs, kept in `snapshots/`; `VALGAP_SNAPSHOTS=write` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

SNAPSHOTS = Path(__file__).parent / "snapshots"


def assert_as_kept(name: str, text: str) -> None:
    """Holds a text against the kept one of that name."""
    # Drawings depend on the version of matplotlib to the last digit: their words are kept.
    text = re.sub(r'<svg role="img" (aria-label="[^"]*").*?</svg>', r"<svg \1>", text, flags=re.S)
    path = SNAPSHOTS / name
    if os.environ.get("VALGAP_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
