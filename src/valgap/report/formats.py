"""The forms a report can take, one registered file each."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points

from rich.console import Console

from valgap.errors import UsageError
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis

Write = Callable[[StoredRun, Diagnosis, Console], None]


@dataclass(frozen=True, slots=True)
class Format:
    """One form of the report; `write` writes it to a console."""

    name: str
    summary: str
    write: Write


_formats: dict[str, Format] = {}


def report_format(name: str, summary: str) -> Callable[[Write], Write]:
    """Registers a function as the writer of a form of report.

    Args:
        name: What follows `--format`.
        summary: One line for the help.
    """

    def register(write: Write) -> Write:
        _formats[name] = Format(name, summary, write)
        return write

    return register


def load_formats() -> dict[str, Format]:
    """Gives back all forms by name: those of valgap, and of others by entry points."""
    package = importlib.import_module("valgap.report")
    for module in pkgutil.walk_packages(package.__path__, "valgap.report."):
        importlib.import_module(module.name)
    for entry in entry_points(group="valgap.reports"):
        entry.load()
    return {name: _formats[name] for name in sorted(_formats)}


def write_report(form: str, run: StoredRun, diagnosis: Diagnosis, console: Console) -> None:
    """Writes a report to a console.

    Raises:
        UsageError: If there is no such form.
    """
    formats = load_formats()
    if form not in formats:
        raise UsageError(f"no report format {form!r}: expected one of {', '.join(formats)}")
    formats[form].write(run, diagnosis, console)
