"""One line under a fit, written over at the end of each epoch; in a notebook, or a terminal."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from valgap.evidence.records import EpochRecord

Tell = Callable[[Sequence[EpochRecord], int | None], str]

# Epochs that are shorter than this are not shown one by one: nobody could read them.
LEAST_SECONDS = 0.2
_WIDTH = 110


class Board(Protocol):
    """Where the line is shown."""

    def show(self, text: str) -> None:
        """Puts the text in the place of the one before."""

    def end(self) -> None:
        """Leaves the last text to stand."""


class Line:
    """The line of one fit. It never raises: after a failure of ours it is silent.

    Where Keras writes on the same screen a line is shown once Keras has ended its own, which is
    as the next epoch begins.
    """

    def __init__(self, tell: Tell, board: Board, of: int | None, *, waits: bool = False) -> None:
        self._tell, self._board, self._of, self._waits = tell, board, of, waits
        self._shown, self._is_due, self._is_silent = float("-inf"), False, False

    def epoch_begins(self, epochs: Sequence[EpochRecord]) -> None:
        """Shows where the fit stands if that waited for the end of Keras' own line."""
        if self._waits and self._is_due:
            self._show_in_time(epochs)

    def epoch_ended(self, epochs: Sequence[EpochRecord]) -> None:
        """Shows where the fit stands, unless the line was written over a moment ago."""
        self._is_due = True
        if not self._waits:
            self._show_in_time(epochs)

    def fit_ended(self, epochs: Sequence[EpochRecord]) -> None:
        """Shows where the fit came to, if that is not shown already."""
        if self._is_due:
            self._show(epochs)
        self._tried(self._board.end)

    def _show_in_time(self, epochs: Sequence[EpochRecord]) -> None:
        if time.monotonic() - self._shown >= LEAST_SECONDS:
            self._show(epochs)

    def _show(self, epochs: Sequence[EpochRecord]) -> None:
        self._tried(lambda: self._board.show(f"valgap: {self._tell(epochs, self._of)}"[:_WIDTH]))
        self._shown, self._is_due = time.monotonic(), False

    def _tried(self, work: Callable[[], None]) -> None:
        if self._is_silent:
            return
        try:
            work()
        except Exception:  # a closed stream, a notebook that went away: no matter of the fit's
            self._is_silent = True


class _Terminal:
    """A line of stderr, written over as long as nothing else is written there."""

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone

    def show(self, text: str) -> None:
        over = "\r\033[K" if self._alone and sys.stderr.isatty() else ""
        sys.stderr.write(f"{over}{text}" if over else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self._alone and sys.stderr.isatty():
            sys.stderr.write("\n")
            sys.stderr.flush()


class _Cell:
    """A line of its own in the output of a notebook's cell."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str) -> None:
        display = importlib.import_module("IPython.display").display
        bundle = {"text/plain": text}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def end(self) -> None:
        pass


def in_notebook() -> bool:
    """Tells whether this is the kernel of a notebook; loads nothing to find out."""
    ipython = sys.modules.get("IPython")
    try:
        return getattr(ipython.get_ipython(), "kernel", None) is not None if ipython else False
    except Exception:
        return False


def line_of(tell: Tell, arguments: Mapping[str, Any]) -> Line:
    """Gives back the line for a fit.

    Args:
        tell: puts into words what the epochs so far say, and how many were asked for.
        arguments: of the call of `fit`.
    """
    alone, asked = arguments.get("verbose") in (0, False), arguments.get("epochs")
    of = asked if isinstance(asked, int) else None
    if in_notebook():
        return Line(tell, _Cell(), of)
    return Line(tell, _Terminal(alone=alone), of, waits=not alone)
