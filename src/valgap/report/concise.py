"""The report in one line a finding, for editors and grep."""

from __future__ import annotations

from rich.console import Console

from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, Finding
from valgap.report.formats import report_format
from valgap.report.places import shown_location


@report_format("concise", "one line a finding")
def write(run: StoredRun, diagnosis: Diagnosis, console: Console) -> None:
    """Writes the report to a console, unwrapped and without colour."""
    console.file.write(render(run, diagnosis))


def render(run: StoredRun, diagnosis: Diagnosis) -> str:
    """Gives back `path:line: severity[CODE] message` for each finding, in order of rank."""
    return "".join(f"{_line(run, finding)}\n" for finding in diagnosis.findings)


def _line(run: StoredRun, finding: Finding) -> str:
    place = shown_location(finding.location) or run.record.target.script or run.record.id
    return f"{place}: {finding.severity}[{finding.code}] {finding.message}{_doubt(finding)}"


def _doubt(finding: Finding) -> str:
    told = ([] if finding.status == "confirmed" else [finding.status]) + ["known"] * finding.known
    return f" ({', '.join(told)})" if told else ""
