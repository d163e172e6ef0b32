"""What tests of several rooms share."""

import dataclasses
import io
import os
from pathlib import Path

import pytest
from hypothesis import settings
from rich.console import Console
from shortened import mark_long

from valgap.checks.example_case import example_case
from valgap.evidence.records import EnvironmentRecord, RunRecord, TargetRecord
from valgap.evidence.store import StoredRun
from valgap.report.formats import write_report

LOSS = (1.02, 0.74, 0.53, 0.48, 0.42, 0.38, 0.35, 0.33, 0.315, 0.30, 0.29, 0.285)
LAG = (0.0, 5.2, 5.9, 0.2, 3.1, 0.1, 2.8, 0.2, 0.3, 0.1, 0.2, 2.4)


# Two workers of as many threads as there are cores take half as long again as of one each.
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")

# A busy machine is no fault of what is tested.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """The longest files first, so that no worker is left to end the run alone."""
    mark_long(items)
    longest = ("cases", "scripts", "keras", "browser", "test_twins.py")
    order = {name: place for place, name in enumerate(longest)}
    last = len(order)
    items.sort(key=lambda i: min(order.get(n, last) for n in (i.path.parent.name, i.path.name)))


def lagging(**changes):
    settings = {
        "loss": LOSS,
        "val_loss": [a + b + 0.05 for a, b in zip(LOSS, LAG, strict=True)],
        "accuracy": [0.5 + 0.04 * i for i in range(12)],
        "val_accuracy": [0.5 + 0.03 * i for i in range(12)],
        "rows": {"batch-statistics": LAG, "noise-layers": -0.05, "epoch-averaging": -0.02},
        "closes": {"training": 0.98, "inference": 0.99},
        "layers": ("Conv2D", "BatchNormalization", "Dense", "Dropout", "Dense"),
        "unmeasured": {"augmentation": "inside noise-layers: the generator is opaque"},
    }
    return example_case(**settings | changes)


def written_as(form, run, diagnosis, width=100, encoding="utf-8"):
    """What a form writes to a console, as text."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    console = Console(file=file, width=width, force_terminal=False, color_system=None)
    write_report(form, run, diagnosis, console)
    file.flush()
    return file.buffer.getvalue().decode(encoding)


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
    rows = tuple(dataclasses.replace(c.rows, fit=c.fit.id) for c in cases if c.rows)
    models = tuple(dataclasses.replace(c.model, fit=c.fit.id) for c in cases if c.model)
    fits = tuple(case.fit for case in cases)
    return StoredRun(Path(".valgap/runs") / name, record, fits, ledgers, rows, models)


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory):
    """The key of recipes is made for the tests, and leaves that of the user alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        yield


@pytest.fixture
def make_run():
    return stored


@pytest.fixture
def example_run():
    return stored(example_case())


@pytest.fixture
def lagging_case():
    return lagging


@pytest.fixture
def written():
    return written_as


@pytest.fixture
def losses():
    """The training losses of the lagging case, and what its batch statistics add to them."""
    return LOSS, LAG
