"""Where a log comes from: a file or a stream, read once and in pieces."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from valgap.errors import UsageError

# Enough to pass over the warnings that stand before the first epoch.
HEAD = 1 << 20
_CHUNK = 1 << 16
# A line longer than this is none: it is cut, so that memory stays bounded.
LONGEST_LINE = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # what `python train.py > log.txt` writes in PowerShell 5
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Source:
    """A log by name, with its path or the stream that it comes through."""

    name: str
    path: Path | None = None
    stream: BinaryIO | None = None

    @cached_property
    def head(self) -> bytes:
        """The first bytes, up to HEAD; taken off a stream only once.

        Raises:
            UsageError: if it cannot be read.
        """
        with self._opened() as file:
            return _exactly(file, HEAD)

    @property
    def encoding(self) -> str:
        """The encoding that the first bytes tell, UTF-8 where they tell none."""
        return next((name for bom, name in _BOMS if self.head.startswith(bom)), "utf-8")

    @cached_property
    def text_head(self) -> str | None:
        """The first bytes as text, or None where they are no text."""
        if self.encoding != "utf-16" and b"\0" in self.head:
            return None
        return codecs.getincrementaldecoder(self.encoding)("replace").decode(self.head)

    def pieces(self) -> Iterator[bytes]:
        """Gives the whole content in pieces; a stream can be gone through once.

        Raises:
            UsageError: if it cannot be read.
        """
        if self.stream is not None:
            yield self.head
        with self._opened() as file:
            while piece := _read(file, _CHUNK):
                yield piece

    def text(self) -> Iterator[str]:
        """Gives the whole content as text, in pieces; what is no UTF-8 is replaced."""
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        for piece in self.pieces():
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)

    def lines(self) -> Iterator[str]:
        """Gives the lines without their ends, whichever of the three ends they have."""
        rest = ""
        for text in self.text():
            rest += text
            # A return at the end may be half of an end of line: it waits for its other half.
            held = "\r" if rest.endswith("\r") else ""
            *whole, rest = (
                rest.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n").split("\n")
            )
            rest += held
            yield from whole
            if len(rest) > LONGEST_LINE:
                yield rest
                rest = ""
        if rest:
            yield rest.removesuffix("\r")

    def whole(self, most: int) -> bytes:
        """Gives the content at once.

        Raises:
            UsageError: if there are more than `most` bytes, or it cannot be read.
        """
        taken: list[bytes] = []
        size = 0
        for piece in self.pieces():
            taken.append(piece)
            size += len(piece)
            if size > most:
                raise UsageError(
                    f"{self.name}: more than {most >> 20} MB of JSON, which is read at once; "
                    "expected a history by epoch, as CSV or JSON"
                )
        return b"".join(taken)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        if self.stream is not None:
            yield self.stream
            return
        if self.path is None:
            raise ValueError("a source has a path or a stream")
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise UsageError(f"cannot read {self.name}: {error.strerror}") from None
        with file:
            yield file


def _read(file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise UsageError(f"cannot read the log: {error.strerror}") from None


def _exactly(file: BinaryIO, size: int) -> bytes:
    """Reads that many bytes, or all there are: a pipe gives fewer at a time."""
    taken: list[bytes] = []
    left = size
    while left and (piece := _read(file, min(left, _CHUNK))):
        taken.append(piece)
        left -= len(piece)
    return b"".join(taken)
