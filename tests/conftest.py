"""What tests of several rooms share."""

from pathlib import Path

import pytest

from valgap.checks.example_case import example_case
from valgap.evidence.records import EnvironmentRecord, RunRecord, TargetRecord
from valgap.evidence.store import StoredRun


def stored(*cases, **changes):
    """A run of made-up fits."""
    name = "20261122-142149-3fa2"
    environment = EnvironmentRecord(
        "3.11.7", "Linux x86_64", 2, "3.15.1", "tensorflow", "2.21.0", "2.4.6", "0.1.0"
    )
    record = RunRecord(
        name,
        1,
        "2026-11-22T14:21:49+00:00",
        TargetRecord("train.py", ("--epochs", "12"), 0),
        environment,
        "finished",
        **changes,
    )
    ledgers = tuple(case.ledger for case in cases if case.ledger)
    return StoredRun(Path(".valgap/runs") / name, record, tuple(c.fit for c in cases), ledgers)


@pytest.fixture
def make_run():
    return stored


@pytest.fixture
def example_run():
    return stored(example_case())
