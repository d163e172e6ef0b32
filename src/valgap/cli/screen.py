"""The streams we were started with, found again whatever the script did to them."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from typing import TextIO

Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class KeptStream:
    """A stream as it was before the script ran, and the file its descriptor stood for."""

    stream: TextIO | None
    encoding: str
    descriptor: int | None
    place: Place | None

    def found(self) -> TextIO | None:
        """Returns a stream to the same file; None if the script closed or redirected it."""
        if self.stream is None or (self.descriptor is not None and not self._is_in_place()):
            return None
        if not _is_closed(self.stream):
            return self.stream
        if self.descriptor is None:
            return None
        return open(self.descriptor, "w", encoding=self.encoding, closefd=False)

    def say(self, text: str) -> None:
        """Writes text, or nothing where the stream is closed or its reader has gone."""
        stream = self.found()
        if stream is None:
            return
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign that it lacks is no reason to fail
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            if self.descriptor is not None:
                drain(self.descriptor)

    def _is_in_place(self) -> bool:
        """Says whether the descriptor still stands for the file that it stood for."""
        try:
            return self.descriptor is not None and _place(self.descriptor) == self.place
        except OSError:
            return False


def keep(stream: TextIO | None) -> KeptStream:
    """Remembers a stream, before the script runs."""
    try:
        descriptor = stream.fileno() if stream is not None else None
        place = _place(descriptor) if descriptor is not None else None
    except OSError:  # io.UnsupportedOperation is one: a stream without a file
        descriptor = place = None
    return KeptStream(stream, getattr(stream, "encoding", None) or "utf-8", descriptor, place)


def flush_the_scripts() -> None:
    """Writes out what the script left in buffers, so that the report stands after it."""
    for stream in (sys.stdout, sys.__stdout__):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # Python says so at exit
            if stream is not None:
                stream.flush()


def drain(descriptor: int) -> None:
    """Lets what is left in buffers go nowhere, after the reader of a pipe has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _is_closed(stream: TextIO) -> bool:
    try:
        return stream.closed
    except ValueError:  # detached from its buffer
        return True


def _place(descriptor: int) -> Place:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, status.st_rdev
