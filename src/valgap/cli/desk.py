"""Where our words go: the report to stdout or a file, notes to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from valgap.cli.file import write_whole
from valgap.cli.screen import KeptStream, flush_the_scripts, keep
from valgap.report.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from valgap.evidence.store import StoredRun
    from valgap.finding import Diagnosis


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes hold of stdout and stderr as it is made, which is before the script runs."""

    form: str
    output: Path | None = None
    quiet: bool = False
    out: KeptStream = field(default_factory=lambda: keep(sys.stdout))
    err: KeptStream = field(default_factory=lambda: keep(sys.stderr))

    def note(self, text: str) -> None:
        """Writes a line to stderr, unless asked to be quiet."""
        if not self.quiet:
            self.complain(text)

    def progress(self, text: str) -> None:
        """Shows what is being done, one line over the other on a terminal, unless quiet."""
        if self.quiet:
            return
        if self._on_a_terminal():
            self.err.say(f"\r\033[Kvalgap: {printable(text)[:100]}")
        else:
            self.complain(text)

    def end_progress(self) -> None:
        """Takes the line of progress away."""
        if not self.quiet and self._on_a_terminal():
            self.err.say("\r\033[K")

    def _on_a_terminal(self) -> bool:
        stream = self.err.found()
        return stream is not None and stream.isatty()

    def complain(self, text: str) -> None:
        """Writes a line to stderr."""
        flush_the_scripts()
        self.err.say(f"valgap: {printable(text)}\n")

    def hand_over(self, run: StoredRun, diagnosis: Diagnosis) -> None:
        """Writes the report.

        Raises:
            UsageError: if the file asked for cannot be written any more.
        """
        from valgap.cli.drawing import drawn

        self._deliver(lambda stream: drawn(self.form, run, diagnosis, stream))

    def hand_over_page(self, write: Callable[[Console], None]) -> None:
        """Writes what a function writes to a console; raises as `hand_over` does."""
        from valgap.cli.drawing import written

        self._deliver(lambda stream: written(write, stream))

    def _deliver(self, draw: Callable[[TextIO | None], str]) -> None:
        flush_the_scripts()
        if self.output is None:
            self.out.say(draw(self.out.found()))
            return
        write_whole(self.output, draw(None))
        self.note(f"report written to {self.output}")
