"""The findings as annotations of GitHub's workflows: one line each."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, Finding
from valgap.ranking import stands
from valgap.report.formats import report_format
from valgap.report.places import shown_path

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


@report_format("github", "annotations of a GitHub workflow")
def write(run: StoredRun, diagnosis: Diagnosis, console: Console) -> None:
    """Writes a line for each finding that stands, and one with the verdict."""
    del run
    lines = [_line(finding) for finding in diagnosis.findings if stands(finding)]
    lines.append(f"::notice title=valgap::{_data(str(diagnosis.summary.get('verdict', '')))}\n")
    # A stream that lacks a sign must not end the report.
    console.file.write("".join(lines).encode(console.encoding, "replace").decode(console.encoding))


def _line(finding: Finding) -> str:
    told = ",".join(f"{name}={value}" for name, value in _properties(finding))
    text = (
        finding.message
        if finding.status == "confirmed"
        else f"{finding.message} ({finding.status})"
    )
    if finding.help:
        text += f"\n{finding.help}"
    return f"::{_COMMANDS[finding.severity]} {told}::{_data(text)}\n"


def _properties(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.location:
        yield "file", _property(shown_path(finding.location.file))
        if finding.location.line >= 1:
            yield "line", str(finding.location.line)
    yield "title", _property(f"valgap {finding.code} {finding.name}")


def _data(text: str) -> str:
    """As the runner wants what follows the second pair of colons."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
