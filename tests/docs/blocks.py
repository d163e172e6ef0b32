"""The blocks of code in a page of the docs, and what is said of how to try them.

A ```python block is run, all of a page in one process and in their order, unless the line before it
is `<!-- not run: reason -->`. A block with `title="name"` is written to a file of that name. A
```console block is run where the line before it is `<!-- run -->`, and must print what it shows;
a line `...` stands for any lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {str(p.relative_to(ROOT)): p for p in (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))}

_FENCED = re.compile(
    r"^(?:<!-- (?P<said>.*?) -->\n)?```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<text>.*?)^```$",
    re.S | re.M,
)
_INDENTED = re.compile(r"(?:^    \S.*\n)(?:^    .*\n|^\n(?=    ))*", re.M)
_INLINE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """A block of code, the line it begins at, and what the comment before it says."""

    line: int
    language: str
    text: str
    said: str = ""
    title: str = ""

    @property
    def is_run(self) -> bool:
        if self.title or self.language not in ("python", "console"):
            return False
        return self.said == "run" if self.language == "console" else not self.said


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    return [
        Block(
            text.count("\n", 0, m.start("text")),
            m["language"],
            m["text"],
            m["said"] or "",
            m["title"] or "",
        )
        for m in _FENCED.finditer(text)
    ]


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return _FENCED.sub("", text)


def indented(text: str) -> list[str]:
    """The blocks that are indented by four, as the README has them."""
    return [m.group() for m in _INDENTED.finditer(prose(text))]


def inline(text: str) -> list[str]:
    """What stands between single backquotes outside of blocks."""
    plain = _INDENTED.sub("", prose(text))
    return _INLINE.findall(re.sub(r"(?<!\n)\n(?!\n)", " ", plain))


def commands(text: str) -> Iterator[str]:
    """The shell commands of a page: lines of console blocks, of indented ones, and steps of CI."""
    text = text.replace("\\\n", " ")
    for block in blocks(text):
        if block.language == "console":
            yield from (x[2:] for x in block.text.splitlines() if x.startswith("$ "))
        elif block.language == "yaml":
            yield from re.findall(r"run: (.+)", block.text)
    for line in "".join(indented(text)).splitlines():
        command = line.strip().removeprefix("$ ")
        if re.match(r"(valgap|python|make|pip) \S", command):
            yield command
