"""The report as JSON, schema version 1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from rich.console import Console

from valgap.case import Case
from valgap.evidence.account import ROW_NAMES, Account, Ledger, Row, RowName
from valgap.evidence.codec import encode
from valgap.evidence.records import DataRecord, FitRecord, Json
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, Finding
from valgap.registry import case_of
from valgap.report.formats import report_format

SCHEMA_VERSION = "1"


@report_format("json", "everything, for programs")
def write(run: StoredRun, diagnosis: Diagnosis, console: Console) -> None:
    """Writes the report to a console, unwrapped and without colour."""
    console.file.write(render(run, diagnosis))


def render(run: StoredRun, diagnosis: Diagnosis) -> str:
    """Gives back the report as JSON; a number that is not finite is null."""
    return json.dumps(document(run, diagnosis), indent=2, allow_nan=False) + "\n"


def document(run: StoredRun, diagnosis: Diagnosis) -> Json:
    """Gives back the report as what JSON can hold."""
    told = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "valgap", "version": run.record.environment.valgap},
        "created": run.record.created,
        "run": {"id": run.record.id, "status": run.record.status, "notes": run.record.notes},
        "environment": run.record.environment,
        "target": run.record.target,
        "fits": [_fit(case_of(run, fit)) for fit in run.fits],
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "passed": diagnosis.passed,
        "not_run": diagnosis.not_run,
        "ignored": diagnosis.ignored,
        "summary": diagnosis.summary,
    }
    return encode(told)


def _fit(case: Case) -> dict[str, object]:
    fit = case.fit
    return {
        "id": fit.id,
        "location": fit.location,
        "status": fit.status,
        "error": fit.error,
        "study": fit.study,
        "epochs": len(fit.epochs),
        "epoch": [epoch.epoch for epoch in fit.epochs],
        "seconds": fit.seconds,
        "watch_seconds": fit.watch_seconds,
        "rows": {"train": _rows(fit.train), "validation": _rows(fit.validation)},
        "model": {"name": fit.model.name, "parameters": fit.model.parameters},
        "history": _history(fit),
        "notes": fit.notes,
        "inputs": case.inputs(),
        "subclasses": case.rows.subclasses if case.rows else (),
        **_measured(case.ledger),
    }


def _rows(data: DataRecord | None) -> int | None:
    return data.rows if data else None


def _history(fit: FitRecord) -> dict[str, list[float | None]]:
    """Figures by name, one value an epoch; null in an epoch that lacks it."""
    names = dict.fromkeys(name for epoch in fit.epochs for name in epoch.logs)
    return {name: [epoch.logs.get(name) for epoch in fit.epochs] for name in names}


def _measured(ledger: Ledger | None) -> dict[str, object]:
    drawn = ledger or Ledger(fit=-1, unmeasured="no ledger was drawn up")
    return {
        "ledger": [_account(account) for account in drawn.accounts],
        "reestimations": drawn.reestimations,
        "trace": drawn.trace,
        "volatility": drawn.volatility,
        "epoch_pairs": drawn.epoch_pairs,
        "shared_rows": drawn.shared_rows,
        "sample": drawn.sample,
        "directions": drawn.directions,
        "ledger_unmeasured": drawn.unmeasured,
        "ledger_notes": drawn.notes,
        "ledger_seconds": drawn.seconds,
    }


def _account(account: Account) -> dict[str, object]:
    by_name = {row.row: row for row in account.rows}
    return {
        "metric": account.metric,
        "epoch": account.epoch,
        "roles": account.roles,
        "logged": {"train": account.train, "validation": account.validation},
        "rows": [by_name.get(name) or _absent(name) for name in ROW_NAMES],
        "interaction": account.interaction,
    }


def _absent(name: RowName) -> Row:
    return Row(name, None, None, None, status="unmeasured", reason="not drawn up")


def _finding(finding: Finding) -> Mapping[str, Json]:
    encoded = dict(cast("Mapping[str, Json]", encode(finding)))
    scope = dict(cast("Mapping[str, Json]", encoded["scope"]))
    scope["class"] = scope.pop("class_name")
    return encoded | {"scope": scope}
