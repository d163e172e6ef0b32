"""Ledger and findings in TensorBoard and MLflow: read back as their own readers read them.

MLflow is the real one (mlflow-skinny), with a folder as its store.
"""

import dataclasses
import json
import sys
from datetime import UTC, datetime

import pytest

from valgap.checks.example_case import example_case
from valgap.registry import case_of, diagnose
from valgap.report.give_back import giving as giving_module
from valgap.report.give_back.giving import Giving
from valgap.report.give_back.rows import rows_by_epoch


@pytest.fixture
def run(make_run, lagging_case):
    return make_run(lagging_case())


def test_rows_are_those_of_the_ledger_where_it_was_drawn_up_and_of_the_trace_elsewhere(run):
    case = case_of(run, run.fits[0])
    found = rows_by_epoch(case)["batch-statistics"]
    assert list(found) == sorted(found)
    traced = {
        p.epoch: p.deltas["batch-statistics"] for p in case.ledger.trace if p.metric == "loss"
    }
    drawn = {
        a.epoch: r.delta for a in case.accounts() for r in a.rows if r.row == "batch-statistics"
    }
    assert found == traced | drawn
    assert len(found) > len(drawn) > 1


def events_of(folder):
    loader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_file_loader", reason="no TensorBoard here"
    )
    from tensorboard.util.tensor_util import make_ndarray

    for file in sorted(folder.rglob("events.out.tfevents.*")):
        for event in loader.EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                yield file.parent, value.tag, event, make_ndarray(value.tensor), value.metadata


def test_tensorboard_has_a_scalar_a_row_and_traced_epoch_and_the_findings_as_text(run, tmp_path):
    read = pytest.importorskip("tensorboard", reason="no TensorBoard here") and events_of
    told = []
    Giving(tensorboard=f"{tmp_path}/logs/").give(run, diagnose(run), told.append, told.append)
    folder = tmp_path / "logs" / "valgap" / run.record.id
    assert told == [f"written for TensorBoard: {folder}"]
    expected = rows_by_epoch(case_of(run, run.fits[0]))
    scalars, texts = {}, []
    for where, tag, event, value, metadata in read(tmp_path):
        assert where == folder
        assert event.wall_time >= 1.7e9
        if metadata.plugin_data.plugin_name == "text":
            texts.append((tag, value.item().decode()))
        else:
            scalars.setdefault(tag, {})[event.step] = float(value)
    assert set(scalars) == {f"valgap/gap/{row}" for row in expected}
    for row, deltas in expected.items():
        assert scalars[f"valgap/gap/{row}"] == pytest.approx(deltas, abs=1e-5)
    ((tag, text),) = texts
    assert tag == "valgap/findings"
    assert "**error MOD106**" in text


def test_tensorboard_keeps_two_fits_apart(make_run, lagging_case, tmp_path):
    pytest.importorskip("tensorboard", reason="no TensorBoard here")
    other = lagging_case(fit=1)
    run = make_run(lagging_case(), other)
    Giving(tensorboard=str(tmp_path)).give(run, diagnose(run), print, print)
    assert {where.name for where, *_ in events_of(tmp_path)} == {"fit-1", "fit-2"}


@pytest.fixture
def mlflow(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    found = pytest.importorskip("mlflow", reason="no MLflow here")
    before = found.get_tracking_uri()
    found.set_tracking_uri((tmp_path / "store").as_uri())
    yield found
    while found.active_run():
        found.end_run()
    found.set_tracking_uri(before)


def begun(run):
    """The run as if it had begun now: MLflow runs that ended before are not of it."""
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return dataclasses.replace(run, record=dataclasses.replace(run.record, created=created))


def given(run):
    told = []
    Giving(mlflow=True).give(run, diagnose(run), told.append, told.append)
    (line,) = told
    assert line.startswith("logged to the MLflow run "), line
    return line.rpartition(" ")[2]


def assert_all_is_there(mlflow, theirs, run):
    client = mlflow.MlflowClient()
    data = client.get_run(theirs).data
    expected = rows_by_epoch(case_of(run, run.fits[0]))
    for row, deltas in expected.items():
        points = client.get_metric_history(theirs, f"valgap.gap.{row}")
        assert {p.step: p.value for p in points} == pytest.approx(deltas)
        assert data.metrics[f"valgap.gap.{row}"] == pytest.approx(deltas[max(deltas)])
    assert data.tags["valgap.verdict"] == diagnose(run).summary["verdict"]
    assert "MOD106" in data.tags["valgap.codes"].split(", ")
    assert data.tags["valgap.run"] == run.record.id
    files = {
        p: client.download_artifacts(theirs, f"valgap/{p}") for p in ("report.html", "report.json")
    }
    with open(files["report.json"], encoding="utf-8") as file:
        assert json.load(file)["run"]["id"] == run.record.id
    with open(files["report.html"], encoding="utf-8") as file:
        assert file.read().startswith("<!DOCTYPE html>")


def test_mlflow_has_metrics_tags_and_reports_at_the_active_run(run, mlflow):
    with mlflow.start_run() as active:
        assert given(run) == active.info.run_id
        assert mlflow.active_run().info.run_id == active.info.run_id
    assert_all_is_there(mlflow, active.info.run_id, run)


def test_mlflow_run_that_ended_while_ours_went_on_is_taken(run, mlflow):
    ours = begun(run)
    with mlflow.start_run() as theirs:
        mlflow.log_metric("own", 1.0)
    assert given(ours) == theirs.info.run_id
    assert mlflow.get_run(theirs.info.run_id).data.metrics["own"] == 1.0


def test_mlflow_run_of_before_is_left_alone_and_one_is_made(run, mlflow):
    with mlflow.start_run() as before:
        pass
    later = datetime.fromtimestamp(before.info.start_time / 1000 + 3600, UTC).isoformat()
    ours = dataclasses.replace(run, record=dataclasses.replace(run.record, created=later))
    made = given(ours)
    assert made != before.info.run_id
    assert mlflow.active_run() is None
    assert mlflow.get_run(made).info.run_name == run.record.id
    assert_all_is_there(mlflow, made, ours)


def test_mlflow_has_the_plain_names_for_the_last_of_several_fits(make_run, lagging_case, mlflow):
    run = make_run(lagging_case(), example_case(fit=1))
    with mlflow.start_run() as active:
        given(run)
    names = mlflow.get_run(active.info.run_id).data.metrics
    assert names["valgap.fit-1.gap.batch-statistics"] > 1
    assert abs(names.get("valgap.gap.batch-statistics", 0.0)) < 1


def test_what_is_not_installed_is_told_before_the_fit_and_costs_nothing_else(run, monkeypatch):
    monkeypatch.setattr(giving_module, "find_spec", lambda _: None)
    for name in ("mlflow", "tensorboard"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    told = []
    left = Giving("logs", mlflow=True).possible(told.append)
    assert told == [
        'tensorboard is not installed, it gets nothing: pip install "valgap[tensorboard]"',
        'mlflow is not installed, it gets nothing: pip install "valgap[mlflow]"',
    ]
    assert not left
    left.give(run, diagnose(run), pytest.fail, pytest.fail)


def test_a_folder_of_logs_is_not_taken_for_the_package(tmp_path, monkeypatch):
    (tmp_path / "boardlogs").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert not giving_module._is_there("boardlogs")
    assert giving_module._is_there("json")


def test_a_tracker_that_is_down_is_one_line(run, monkeypatch):
    def down(*_):
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr("valgap.report.give_back.mlflow.log", down)
    told = []
    Giving(mlflow=True).give(run, diagnose(run), pytest.fail, told.append)
    assert told == ["not given back, the run is kept: ConnectionError: no route to host"]
