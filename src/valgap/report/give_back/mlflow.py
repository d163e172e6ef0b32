"""Run, ledger, findings and report in MLflow, at the run of the user's own."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis
from valgap.ranking import faults
from valgap.report.give_back.rows import fits_with_rows
from valgap.report.texts import report_text

# MLflow takes no more in one request.
_MOST_METRICS = 1000


def log(run: StoredRun, diagnosis: Diagnosis) -> str:
    """Logs a run to the active MLflow run, or the one that was active while it went on.

    Metrics are `valgap.gap.<row>` with epochs from 0 as steps (of several fits, the earlier ones
    are `valgap.fit-1.gap.<row>` and so on), tags the verdict and the codes of the faults,
    artifacts `valgap/report.html` and `valgap/report.json`. Where there is no MLflow run, one is
    made.

    Args:
        run: The run, with its ledgers.
        diagnosis: What was found in it.

    Returns:
        The id of the MLflow run.

    Raises:
        ImportError: If MLflow is not installed.
    """
    mlflow = importlib.import_module("mlflow")
    client = mlflow.MlflowClient()
    theirs = _theirs(mlflow, run)
    if theirs is None:
        with mlflow.start_run(run_name=run.record.id) as made:
            theirs = made.info.run_id
            _write(mlflow, client, theirs, run, diagnosis)
    else:
        _write(mlflow, client, theirs, run, diagnosis)
    return str(theirs)


def _theirs(mlflow: Any, run: StoredRun) -> str | None:
    """The user's run: the active one, or the last, if it had not ended before ours began."""
    if active := mlflow.active_run():
        return str(active.info.run_id)
    last = mlflow.last_active_run()
    began = 1000 * datetime.fromisoformat(run.record.created).timestamp()
    if last is None or (last.info.end_time is not None and last.info.end_time < began):
        return None
    return str(last.info.run_id)


def _write(mlflow: Any, client: Any, theirs: str, run: StoredRun, diagnosis: Diagnosis) -> None:
    metrics = list(_metrics(mlflow, run))
    for start in range(0, len(metrics), _MOST_METRICS):
        client.log_batch(theirs, metrics=metrics[start : start + _MOST_METRICS])
    codes = dict.fromkeys(finding.code for finding in faults(diagnosis.findings))
    tags = {
        "valgap.run": run.record.id,
        "valgap.verdict": str(diagnosis.summary.get("verdict", "")),
        "valgap.codes": ", ".join(codes) or "none",
    }
    for name, text in tags.items():
        client.set_tag(theirs, name, text)
    for form in ("html", "json"):
        client.log_text(theirs, report_text(form, run, diagnosis), f"valgap/report.{form}")


def _metrics(mlflow: Any, run: StoredRun) -> Iterator[Any]:
    now = int(1000 * datetime.fromisoformat(run.record.created).timestamp())
    for fit, rows in fits_with_rows(run):
        prefix = ".".join(filter(None, ("valgap", fit, "gap")))
        for row, deltas in rows.items():
            for epoch, delta in deltas.items():
                yield mlflow.entities.Metric(f"{prefix}.{row}", delta, now, epoch)
