"""The source of a script with its tree: places in it are offsets of characters."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# Not str.splitlines: for Python a form feed, for one, ends no line.
_LINE_END = re.compile(r"\r?\n")
_BLANK = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}


class CannotPatchError(Exception):
    """A change that cannot safely be made in this source, and why."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token between two offsets; `is_code` tells it from comments and the ends of lines."""

    text: str
    start: int
    end: int
    is_code: bool


@dataclass(frozen=True)
class Script:
    """The text of a script, and what it parses to."""

    source: str
    tree: ast.Module

    @classmethod
    def of(cls, source: str) -> Script:
        """Gives back a script.

        Raises:
            CannotPatchError: If it is not Python, or its lines end as on an old Macintosh.
        """
        if "\r" in source.replace("\r\n", ""):
            raise CannotPatchError("a line ends in a carriage return alone")
        try:
            return cls(source, ast.parse(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise CannotPatchError(f"not Python: {error}") from error

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Where each line begins."""
        return (0, *(found.end() for found in _LINE_END.finditer(self.source)))

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """All tokens in their order."""
        try:
            return tuple(self._tokens())
        except (tokenize.TokenError, SyntaxError) as error:
            raise CannotPatchError(f"no tokens: {error}") from error

    def _tokens(self) -> Iterator[Token]:
        starts = self.line_starts
        for token in tokenize.generate_tokens(io.StringIO(self.source, newline="").readline):
            if token.string:
                (first, left), (last, right) = token.start, token.end
                start, end = starts[first - 1] + left, starts[last - 1] + right
                yield Token(token.string, start, end, token.type not in _BLANK)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node around each node."""
        pairs = ((node, child) for node in ast.walk(self.tree) for child in _children(node))
        return {child: node for node, child in pairs}

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        """All calls by their place, but those within strings: Python 3.11 misplaces them."""
        every = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        found = (c for c in every if not any(isinstance(n, ast.JoinedStr) for n in self.around(c)))
        return tuple(sorted(found, key=lambda call: (self.start(call), self.end(call))))

    @property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.source else "\n"

    def start(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> int:
        """Gives back where a node begins."""
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> int:
        """Gives back where a node ends."""
        return self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def text(self, node: ast.expr) -> str:
        """Gives back a node as it is written, without parentheses around it."""
        return self.source[self.start(node) : self.end(node)]

    def line_start(self, offset: int) -> int:
        """Gives back where the line begins that an offset lies in."""
        return self.source.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Gives back where that line ends, before what ends it."""
        found = _LINE_END.search(self.source, offset)
        return found.start() if found else len(self.source)

    def next_line(self, offset: int) -> int:
        """Gives back where the line behind it begins."""
        found = _LINE_END.search(self.source, offset)
        return found.end() if found else len(self.source)

    def begins_line(self, offset: int) -> bool:
        """Tells whether there is nothing but blanks before an offset in its line."""
        return not self.source[self.line_start(offset) : offset].strip()

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Gives the nodes around a node, from the inside."""
        while (above := self.parents.get(node)) is not None:
            yield above
            node = above

    def _offset(self, line: int, column: int) -> int:
        # Columns of the tree count bytes of UTF-8.
        start = self.line_starts[line - 1]
        written = self.source[start : start + column]
        if written.isascii():
            return start + column
        return start + len(written.encode()[:column].decode())


def _children(node: ast.AST) -> Iterator[ast.AST]:
    return ast.iter_child_nodes(node)
