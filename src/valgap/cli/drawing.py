"""A report as text, in any of the forms that there are."""

from __future__ import annotations

import difflib
import io
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TextIO

from valgap.errors import UsageError
from valgap.report.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from valgap.evidence.store import StoredRun
    from valgap.finding import Diagnosis

# Known without loading them, and NumPy with them, before the script has begun.
OWN_FORMS = ("full", "concise", "json", "html", "markdown", "sarif", "github")
FILE_WIDTH = 100


def known_form(form: str) -> str:
    """Gives back the form if there is such a one.

    Raises:
        UsageError: if there is not.
    """
    if form in OWN_FORMS:
        return form
    from valgap.report.formats import load_formats

    return one_of(form, load_formats())


def one_of(form: str, forms: Collection[str]) -> str:
    """Gives back the form if it is one of those.

    Raises:
        UsageError: if it is not.
    """
    if form in forms:
        return form
    close = difflib.get_close_matches(form, forms, n=1)
    hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(forms)}"
    raise UsageError(f"unknown format {form!r}; {hint}")


def drawn(form: str, run: StoredRun, diagnosis: Diagnosis, stream: TextIO | None) -> str:
    """Gives back the report as it looks best on a stream; None stands for a file."""
    from valgap.report.formats import write_report

    return written(lambda console: write_report(form, run, diagnosis, console), stream)


def written(write: Callable[[Console], None], stream: TextIO | None) -> str:
    """Gives back what a function writes to a console that passes for a stream."""
    from rich.console import Console

    page = _Page(stream)
    width = FILE_WIDTH if stream is None else None
    write(Console(file=page, width=width))
    return printable(page.getvalue())


class _Page(io.StringIO):
    """Text in memory that passes for the stream it is meant for."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._is_terminal = stream is not None and stream.isatty()
        self._encoding = getattr(stream, "encoding", None) or "utf-8"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream: where it lacks line-drawing signs, others are taken."""
        return self._encoding

    def isatty(self) -> bool:
        """Says whether colours are wanted."""
        return self._is_terminal
