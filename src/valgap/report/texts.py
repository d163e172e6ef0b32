"""A report as text, in any form, without a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console

from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis
from valgap.report.formats import write_report
from valgap.report.printable import printable

WIDTH = 100


def report_text(form: str, run: StoredRun, diagnosis: Diagnosis) -> str:
    """Gives back the report of a run in one of the forms of `valgap report`."""
    return written(lambda console: write_report(form, run, diagnosis, console))


def written(write: Callable[[Console], None]) -> str:
    """Gives back what a function writes to a console."""
    text = io.StringIO()
    # In a notebook rich would show the text, and leave the file empty.
    write(Console(file=text, width=WIDTH, force_jupyter=False, force_terminal=False))
    return printable(text.getvalue())
