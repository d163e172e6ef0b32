"""Writes CHANGELOG.md from the fragments in changelog.d: `python docs/changelog.py`, in the clone.

A fragment is `NUMBER-title.md`: the issue, and what a user notices, a paragraph or points. Those
in a folder are of the version that it is named for, the others of the one in pyproject.toml.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

CLONE = Path(__file__).resolve().parents[1]
HEAD = """# Changes

Written by `make changelog` from the fragments in `changelog.d/`, in the order of their issues.
"""


def changelog(clone: Path = CLONE) -> str:
    """Gives back the text of CHANGELOG.md."""
    project = tomllib.loads((clone / "pyproject.toml").read_text("utf-8"))["project"]
    earlier = [p.name for p in (clone / "changelog.d").iterdir() if p.is_dir()]
    versions = [(project["version"], "."), *((v, v) for v in sorted(earlier, key=_key)[::-1])]
    parts = [_version(name, clone / "changelog.d" / folder) for name, folder in versions]
    return "\n".join((HEAD, *filter(None, parts)))


def _version(name: str, folder: Path) -> str:
    fragments = sorted(folder.glob("*.md"), key=lambda file: _key(file.stem))
    points = [point for file in fragments for point in _points(file.read_text("utf-8"))]
    return "\n".join((f"## {name}", "", *points, "")) if points else ""


def _points(text: str) -> Iterator[str]:
    """The points of a fragment, and each of its paragraphs as one, in lines of 100."""
    for part in re.split(r"\n\s*\n|\n(?=- )", text.strip()):
        words = " ".join(part.removeprefix("- ").split())
        yield textwrap.fill(
            words, 100, initial_indent="- ", subsequent_indent="  ", break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip


def _key(name: str) -> list[tuple[int, str]]:
    """Orders names by the numbers in them."""
    return [(int(n or -1), word) for n, word in re.findall(r"(\d+)|(\D+)", name)]


if __name__ == "__main__":
    (CLONE / "CHANGELOG.md").write_text(changelog(), encoding="utf-8")
