"""What the script of a case says of itself."""

from __future__ import annotations

import ast
from pathlib import Path

_BEGINS = "`--fixed` takes the causes away: "


def what_is_fixed(script: Path) -> str:
    """Gives the sentence of a script's docstring on what it has with `--fixed`.

    Raises:
        ValueError: If there is none.
    """
    doc = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    for paragraph in doc.split("\n\n"):
        if paragraph.startswith(_BEGINS):
            return " ".join(paragraph.removeprefix(_BEGINS).split())
    raise ValueError(f"{script.name}: expected a paragraph that begins {_BEGINS!r}")
