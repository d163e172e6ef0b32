"""The report as one HTML file."""

from __future__ import annotations

import shlex

from rich.console import Console

from valgap.evidence.store import StoredRun
from valgap.evidence.stored import is_audit
from valgap.finding import Diagnosis
from valgap.report.ending import in_short, next_command, not_run
from valgap.report.formats import report_format
from valgap.report.html.embedded import embedded
from valgap.report.html.templates import filled, resource
from valgap.report.html.views import context_of, fits_of
from valgap.report.json import document


@report_format("html", "one file with curves, ledger and cards, for a browser")
def write(run: StoredRun, diagnosis: Diagnosis, console: Console) -> None:
    """Writes the page to a console; what is not ASCII is written as character references."""
    page = render(run, diagnosis)
    console.file.write(page.encode("ascii", "xmlcharrefreplace").decode("ascii"))


def render(run: StoredRun, diagnosis: Diagnosis, back: str | None = None) -> str:
    """Gives back the page; it asks for nothing from elsewhere, and all text in it is escaped.

    Args:
        run: The run.
        diagnosis: What was found in it.
        back: The address of the page of all runs, where it is one of theirs.
    """
    sentences = in_short(diagnosis)
    return filled(
        "page.html.j2",
        verdict=sentences[0],
        sentences=sentences,
        style=resource("style.css"),
        context=context_of(run),
        fits=fits_of(run, diagnosis),
        passed=diagnosis.passed,
        not_run=not_run(diagnosis),
        ignored=diagnosis.ignored,
        notes=run.record.notes,
        commands=_commands(run, diagnosis),
        document=embedded(document(run, diagnosis)),
        back=back,
    )


def _commands(run: StoredRun, diagnosis: Diagnosis) -> list[str]:
    """What makes this run again, this report again, and what to do next."""
    target = run.record.target
    again = [f"valgap report {run.record.id} --format html -o report.html"]
    if target.script:
        command = "audit" if is_audit(run) else "run"
        again.insert(0, " ".join(map(_word, ("valgap", command, target.script, *target.args))))
    following = next_command(run, diagnosis)
    return [*again, following] if following not in again else again


def _word(text: str) -> str:
    """A word of a command for a shell, which is left the home folder to fill in."""
    return f"~/{shlex.quote(text[2:])}" if text.startswith("~/") else shlex.quote(text)
