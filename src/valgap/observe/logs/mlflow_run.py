"""A run of an MLflow tracking server, through the package `mlflow`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from valgap.errors import UsageError
from valgap.evidence.log import Log
from valgap.observe.logs.curves import Curves
from valgap.observe.logs.mlflow_files import by_step

PREFIX = "mlflow:"
NAME = "MLflow run"


def read_run(name: str) -> Iterator[Log]:
    """Gives the log of `mlflow:RUN_ID`, from the server that MLFLOW_TRACKING_URI names.

    Raises:
        UsageError: if mlflow is not installed, or has no such run.
    """
    run_id = name.removeprefix(PREFIX)
    make = _client_class()
    try:
        client = make()
        keys = list(client.get_run(run_id).data.metrics)
        curves = Curves()
        for key in keys:
            for point in client.get_metric_history(run_id, key):
                curves.put(key, float(point.step), float(point.value))
    except Exception as error:  # mlflow's own, and those of its transports
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(f"cannot read {name}: {reason[:200]}") from None
    if not curves.by_name:
        raise UsageError(f"{name} has no metric yet")
    yield by_step(Log(name, NAME, curves.told(), notes=curves.notes()))


def _client_class() -> Any:
    try:
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise UsageError("MLflow runs need mlflow: pip install 'valgap[mlflow]'") from None
    return MlflowClient
