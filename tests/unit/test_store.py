"""Runs on disk: what was written is read back, and damage is told in one line."""

import dataclasses
import json
import re
from datetime import UTC, datetime

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valgap.errors import RunUnreadableError, UsageError
from valgap.evidence.account import Estimate, Ledger, SharedRows
from valgap.evidence.records import (
    DataRecord,
    EnvironmentRecord,
    EpochRecord,
    FitRecord,
    ModelRecord,
    TargetRecord,
)
from valgap.evidence.store import RunWriter, find_run, load_run

FIT = FitRecord(
    0, None, None, ModelRecord("m", "Sequential", 3), DataRecord("train", "numpy"), None
)
EPOCHS = tuple(EpochRecord(i, {"loss": 1 / (i + 1), "val_loss": None}, 0.1) for i in range(3))
LEDGER = Ledger(0, shared_rows=SharedRows(10, 5, 1, 1, (2,), {}, {}, {"loss": Estimate(1.0)}))


def new_run(root, **changes):
    target = TargetRecord("train.py", ("--epochs", "3"))
    return RunWriter.create(root, target, EnvironmentRecord("3.11", "Linux", 2), **changes)


@pytest.fixture
def run(tmp_path):
    writer = new_run(tmp_path)
    writer.write_fit(dataclasses.replace(FIT, epochs=EPOCHS))
    for epoch in EPOCHS:
        writer.append_epoch(0, epoch)
    writer.write_ledger(LEDGER)
    return writer


def test_what_was_written_is_read_back(run):
    stored = load_run(run.path)
    assert stored.record == run.record
    assert stored.fits == (dataclasses.replace(FIT, epochs=EPOCHS),)
    assert stored.ledgers == (LEDGER,)
    assert stored.ledger(0) == LEDGER
    assert stored.ledger(1) is None


def test_an_id_tells_the_time_and_the_moment_is_kept_in_the_record(tmp_path):
    writer = new_run(tmp_path, created=datetime(2026, 11, 22, 14, 21, 49, tzinfo=UTC))
    assert re.fullmatch(r"20261122-142149-[0-9a-f]{4}", writer.id)
    assert writer.path == tmp_path / "runs" / writer.id
    assert load_run(writer.path).record.created == "2026-11-22T14:21:49+00:00"


def test_a_record_is_replaced_whole_and_leaves_nothing_beside_it(run):
    run.write_run(dataclasses.replace(run.record, status="raised"))
    run.write_fit(dataclasses.replace(FIT, status="raised", error="ValueError"))
    stored = load_run(run.path)
    assert (stored.record.status, stored.fits[0].error) == ("raised", "ValueError")
    assert not [p.name for p in run.path.rglob("*.tmp")]


def test_an_epoch_stands_on_disk_as_soon_as_it_is_given(run):
    run.append_epoch(0, EpochRecord(3, {"loss": 0.0}, 0.1))
    lines = (run.path / "fits/0/epochs.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [0, 1, 2, 3]


def test_the_folder_of_runs_keeps_itself_out_of_git(run, tmp_path):
    assert (tmp_path / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_last_epoch_cut_short_by_a_kill_is_left_out(run, cut):
    file = run.path / "fits/0/epochs.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    epochs = load_run(run.path).fits[0].epochs
    assert epochs == (EPOCHS if cut == 1 else EPOCHS[:2])


def test_a_damaged_epoch_that_is_not_the_last_is_refused(run):
    file = run.path / "fits/0/epochs.jsonl"
    file.write_text("{" + file.read_text()[5:])
    with pytest.raises(RunUnreadableError, match=r"epochs\.jsonl:1 is damaged"):
        load_run(run.path)


def test_a_fit_that_a_kill_caught_before_its_record_is_left_out(run):
    (run.path / "fits/1").mkdir()
    (run.path / "fits/1/.fit.json.tmp").write_text("{")
    assert [fit.id for fit in load_run(run.path).fits] == [0]


def test_fits_come_back_in_the_order_of_their_numbers(run):
    for i in (10, 2, 1):
        run.write_fit(dataclasses.replace(FIT, id=i))
    assert [fit.id for fit in load_run(run.path).fits] == [0, 1, 2, 10]


@pytest.mark.parametrize("name", ["run.json", "fits/0/fit.json"])
def test_a_missing_file_is_told_in_one_line(run, name):
    (run.path / name).unlink()
    with pytest.raises(RunUnreadableError, match=r"is not a run|cannot be read: No such file"):
        load_run(run.path)


def test_a_newer_schema_is_refused_with_what_to_do(run):
    run.write_run(dataclasses.replace(run.record, schema=2))
    with pytest.raises(RunUnreadableError, match=r"has schema 2, .* up to 1: update valgap"):
        load_run(run.path)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(run, data):
    names = ("run.json", "fits/0/fit.json", "fits/0/ledger.json", "fits/0/epochs.jsonl")
    file = run.path / data.draw(st.sampled_from(names))
    whole = file.read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    patch = data.draw(st.sampled_from([b"", b"[", b"\xff", b"NaN", b"null", b"9" * 5000, b'"']))
    file.write_bytes(whole[:at] + patch + whole[at + data.draw(st.integers(0, 9)) :])
    error = refused(lambda: load_run(run.path))
    file.write_bytes(whole)
    assert "\n" not in error


def refused(load):
    """The line in which the run was refused; empty if it was read."""
    try:
        load()
    except RunUnreadableError as error:
        return str(error)
    return ""


def test_a_file_nested_without_end_is_refused(run):
    (run.path / "fits/0/ledger.json").write_text("[" * 200_000)
    with pytest.raises(RunUnreadableError, match="is damaged"):
        load_run(run.path)


def test_weights_come_back_in_their_order_and_types(run):
    arrays = [np.full((2, 3), i, dtype="float32") for i in range(12)]
    arrays += [np.array(7, dtype="int64"), np.zeros((0, 4)), np.array([True]), np.ones(2, ">f4")]
    name = run.write_weights(0, "epoch-0003", arrays)
    back = run.read_weights(0, name)
    assert [a.dtype for a in back] == [a.dtype for a in arrays]
    assert all(np.array_equal(a, b) for a, b in zip(arrays, back, strict=True))


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float16"])
def test_narrow_floats_survive(run, dtype):
    of = np.float16 if dtype == "float16" else getattr(ml_dtypes, dtype)
    arrays = [np.array([[1.5, -2.0]], of), np.array(0.25, of)]
    back = run.read_weights(0, run.write_weights(0, "w", arrays))
    assert [a.dtype for a in back] == [np.dtype(of)] * 2
    assert all(np.array_equal(a, b) for a, b in zip(arrays, back, strict=True))


def test_objects_are_neither_written_nor_read(run):
    with pytest.raises(ValueError, match="Object arrays"):
        run.write_weights(0, "w", [np.array([object()])])
    np.savez(run.path / "fits/0/weights/v.npz", np.array([{}], dtype=object))
    with pytest.raises(RunUnreadableError, match="expected an array file"):
        run.read_weights(0, "v")


def test_damaged_and_missing_weights_are_refused_and_dropped_ones_are_gone(run):
    run.write_weights(0, "w", [np.zeros(100)])
    file = run.path / "fits/0/weights/w.npz"
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(RunUnreadableError, match="expected an array file"):
        run.read_weights(0, "w")
    run.drop_weights(0, "w")
    run.drop_weights(0, "w")
    with pytest.raises(RunUnreadableError, match="expected an array file"):
        run.read_weights(0, "w")


def test_a_history_by_step_is_kept_under_the_name_it_gives_back(run):
    assert (run.path / "fits/0" / run.write_steps(0, np.zeros((4, 3)))).is_file()


def test_a_run_is_found_by_path_id_prefix_and_age(tmp_path):
    old = new_run(tmp_path, created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    new = new_run(tmp_path, created=datetime(2026, 2, 2, 3, 4, 5, tzinfo=UTC))
    assert find_run(tmp_path) == new.path
    assert find_run(tmp_path, old.id) == find_run(tmp_path, "202601") == old.path
    assert find_run(tmp_path, str(old.path)) == old.path


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("2026", "2 runs start with '2026': give more of the id"),
        ("20260102-030406", "no run .*; did you mean 20260102-030405"),
        ("x", "no run 'x' in .*; the newest is 20260202"),
    ],
)
def test_a_name_that_fits_no_run_or_several_is_told_in_one_line(tmp_path, name, message):
    new_run(tmp_path, created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    new_run(tmp_path, created=datetime(2026, 2, 2, 3, 4, 5, tzinfo=UTC))
    with pytest.raises(UsageError, match=message):
        find_run(tmp_path, name)


def test_a_folder_that_is_no_run_and_a_root_without_runs_are_told(tmp_path, run):
    with pytest.raises(RunUnreadableError, match="is not a run"):
        find_run(tmp_path, str(tmp_path))
    with pytest.raises(RunUnreadableError, match="is not a run"):
        load_run(tmp_path)
    with pytest.raises(UsageError, match="no runs in"):
        find_run(tmp_path / "elsewhere")


def test_a_root_that_cannot_be_written_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot keep the run in"):
        new_run(tmp_path / "file")
