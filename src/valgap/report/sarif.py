"""The report as SARIF 2.1.0, for code scanning: what fired, where in the script."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from rich.console import Console

from valgap.case import finite
from valgap.evidence.records import EnvironmentRecord, Location
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, Finding
from valgap.ranking import identity, stands
from valgap.registry import load_checks
from valgap.report.formats import report_format
from valgap.report.places import shown_path

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@report_format("sarif", "for code scanning: what fired, where in the script")
def write(run: StoredRun, diagnosis: Diagnosis, console: Console) -> None:
    """Writes the report to a console."""
    console.file.write(json.dumps(document(run, diagnosis), indent=2, allow_nan=False) + "\n")


def document(run: StoredRun, diagnosis: Diagnosis) -> dict[str, object]:
    """Gives back the log: one run, with a result for each finding that stands."""
    fired = [f for f in diagnosis.findings if stands(f)]
    codes = sorted({f.code for f in fired})
    made = {
        "tool": {"driver": _driver(run.record.environment, codes)},
        "results": [_result(f, codes) for f in fired],
        "invocations": [_invocation(run, diagnosis)],
        "columnKind": "unicodeCodePoints",
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [made]}


def _driver(environment: EnvironmentRecord, codes: list[str]) -> dict[str, object]:
    known = {c.code: c for c in load_checks()}
    rules = []
    for code in codes:
        rule: dict[str, object] = {"id": code}
        if code in known:
            rule |= {
                "name": known[code].name,
                "shortDescription": {"text": known[code].summary},
                "fullDescription": {"text": known[code].doc},
                "help": {"text": known[code].doc},
            }
        rules.append(rule)
    return {"name": "valgap", "version": environment.valgap or "0", "rules": rules}


def _result(finding: Finding, codes: list[str]) -> dict[str, object]:
    text = ". ".join(part for part in (finding.message, *finding.evidence) if part)
    if finding.help:
        text += f". What to do: {finding.help}"
    told: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": {"text": text},
        "partialFingerprints": {"valgap/v1": "/".join(identity(finding))},
        "properties": {"status": finding.status, "fit": finding.fit, "rank": finding.rank},
    }
    if finite(finding.size):
        told["rank"] = round(100 * min(1.0, max(0.0, finding.size)), 1)
    if finding.location:
        told["locations"] = [_location(finding.location)]
    return told


def _location(place: Location) -> dict[str, object]:
    physical: dict[str, object] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line >= 1:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    """A path from the working folder, or a whole one where it lies elsewhere."""
    path = Path(shown_path(file))
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _invocation(run: StoredRun, diagnosis: Diagnosis) -> dict[str, object]:
    ended = run.record.target.exit_status
    told: dict[str, object] = {"executionSuccessful": run.record.status == "finished"}
    if ended is not None:
        told["exitCode"] = ended
    notes = [f"{n.code} was not run: {n.reason}" for n in diagnosis.not_run]
    if notes:
        told["toolExecutionNotifications"] = [
            {"level": "none", "message": {"text": note}} for note in notes
        ]
    return told
