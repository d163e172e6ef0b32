"""A page of styled lines, as wide as the console and no wider than reads well."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

_NARROWEST, _WIDEST = 60, 100


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters that the page draws with."""

    worse: str
    better: str
    still: str
    end: str
    line: str


_UNICODE = Signs(worse="█", better="▒", still="│", end="●", line="─")
_ASCII = Signs(worse="#", better="=", still="|", end="o", line="-")


@dataclass(frozen=True, slots=True)
class Page:
    """Lines to print; nothing is printed before `show`."""

    width: int
    signs: Signs
    lines: list[Text] = field(default_factory=list)

    @classmethod
    def of(cls, console: Console) -> Page:
        """Gives back an empty page that fits a console."""
        width = max(_NARROWEST, min(_WIDEST, console.width))
        return cls(width, _ASCII if console.options.ascii_only else _UNICODE)

    def add(self, *parts: str | tuple[str, str]) -> None:
        """Adds one line of plain parts and (part, style) pairs."""
        line = Text.assemble(*parts)
        line.rstrip()
        self.lines.append(line)

    def blank(self) -> None:
        """Adds an empty line, unless the last one is."""
        if self.lines and self.lines[-1].plain:
            self.lines.append(Text())

    def rule(self, title: str) -> None:
        """Adds a line across the page with a title in it."""
        rest = self.width - len(title) - 4
        self.add(
            (f"{self.signs.line * 2} ", "dim"),
            (title, "bold"),
            (f" {self.signs.line * rest}", "dim"),
        )

    def hang(self, first: str, text: str, style: str = "", rest: str | None = None) -> None:
        """Adds text behind a prefix; further lines stand behind `rest`, or as far in."""
        rest = " " * len(first) if rest is None else rest
        lines = textwrap.wrap(
            text.replace(" %", "\u00a0%"),
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )
        for i, line in enumerate(lines or [first]):
            prefix = rest if i else first
            self.add((prefix, "dim"), (line[len(prefix) :].replace("\u00a0", " "), style))

    def show(self, console: Console) -> None:
        """Prints the lines; what is too long for the console is left to it."""
        for line in self.lines:
            console.print(line, no_wrap=True, overflow="ignore", crop=False, highlight=False)
