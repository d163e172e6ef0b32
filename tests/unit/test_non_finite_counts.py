"""NaN and infinity counted over all rows of arrays, in place of what a sample holds."""

import numpy as np
import pytest

from valgap.checks.example_case import example_case
from valgap.evidence.rows import InputRecord, TargetRecord
from valgap.ledger.probes.gather import counted
from valgap.observe.sources import arrays as arrays_module
from valgap.observe.sources.arrays import ArraySource
from valgap.observe.sources.make import make_sources
from valgap.observe.sources.non_finite import _BLOCK, NonFinite, non_finite
from valgap.registry import load_checks, run_check


def read(leaf, positions):
    return leaf[positions]


def ones(rows=3 * _BLOCK, columns=4):
    return np.ones((rows, columns), "float32")


def test_values_are_counted_with_the_rows_that_hold_them():
    x = ones()
    x[5, :2], x[9000, 3] = (np.nan, np.inf), -np.inf
    assert non_finite(x, "x", read, 0, len(x)) == {"x": NonFinite(3, 2, len(x))}


def test_a_value_in_the_last_row_behind_whole_blocks_is_counted():
    x = ones(2 * _BLOCK + 1)
    x[-1, 0] = np.nan
    assert non_finite(x, "x", read, 0, len(x))["x"].values == 1


def test_only_the_rows_of_the_split_are_counted():
    x = ones(100)
    x[[10, 50, 90], 0] = np.nan
    assert non_finite(x, "x", read, 20, 80) == {"x": NonFinite(1, 1, 60)}


@pytest.mark.parametrize("dtype", ["int64", "bool", "object", "U3", "datetime64[s]"])
def test_arrays_that_are_no_floats_are_left_out(dtype):
    assert non_finite(np.zeros((9, 2)).astype(dtype), "x", read, 0, 9) == {}


def test_labels_without_a_second_axis_are_counted_too():
    y = np.array([0.0, np.nan, 1.0])
    assert non_finite(y, "y", read, 0, 3) == {"y": NonFinite(1, 1, 3)}


def test_arrays_of_several_inputs_are_counted_by_their_names():
    x = {"a": np.ones((6, 2)), "b": np.full((6, 2), np.inf), "ids": np.arange(6)}
    assert non_finite(x, "x", read, 0, 6) == {"a": NonFinite(0, 0, 6), "b": NonFinite(12, 6, 6)}


# ---- of the arrays that are given to fit


def sources(x, y, **more):
    made = make_sources({"x": x, "y": y, "batch_size": 32, **more}, epochs=1)
    assert isinstance(made.train, ArraySource)
    return made


def test_a_validation_split_counts_each_side_for_itself():
    x, y = ones(1000), np.zeros(1000, "float32")
    x[10, 0] = x[900, 0] = x[901, 1] = np.nan
    made = sources(x, y, validation_split=0.2)
    assert made.train.non_finite()["x"] == NonFinite(1, 1, 800)
    assert made.validation.non_finite()["x"] == NonFinite(2, 2, 200)
    assert made.train.non_finite()["y"] == NonFinite(0, 0, 800)


def test_arrays_that_were_let_go_are_not_counted():
    made = sources(ones(100), np.zeros(100))
    made.train.release()
    assert made.train.non_finite() == {}


def test_arrays_beyond_the_size_that_is_read_whole_are_not_counted(monkeypatch):
    made = sources(ones(100), np.zeros(100))
    monkeypatch.setattr(arrays_module, "HASHED_BYTES", 99)
    assert made.train.non_finite() == {}


# ---- in the place of a sample's count

INPUT = InputRecord("train", "x", "table", (4,), "float32", 1000, 0, 1, 0.5, 0.2)
TARGET = TargetRecord("train", "y", "numbers", (1,), "float32", 1000)


def test_what_all_rows_hold_takes_the_place_of_what_the_sample_holds():
    found = counted(INPUT, {"train": {"x": NonFinite(2, 1, 50_000)}})
    assert (found.non_finite, found.non_finite_rows, found.non_finite_of) == (2, 1, 50_000)


def test_a_target_has_no_rows_of_its_own_to_tell():
    found = counted(TARGET, {"train": {"y": NonFinite(7, 7, 50_000)}})
    assert (found.non_finite, found.non_finite_of) == (7, 50_000)


@pytest.mark.parametrize(
    "counts",
    [
        {},
        {"train": {}},
        {"validation": {"x": NonFinite(2, 1, 50_000)}},
        {"train": {"other": NonFinite(2, 1, 50_000)}},
        {"train": {"x": NonFinite(2, 1, 1000)}},
    ],
    ids=["nothing counted", "no array", "another split", "another name", "no more rows"],
)
def test_a_record_is_left_as_it_is_where_no_more_is_known(counts):
    assert counted(INPUT, counts) is INPUT


def test_the_finding_tells_of_how_many_rows_were_looked_at():
    check = {c.code: c for c in load_checks()}["DAT305"]
    losses = (1.0, *[float("nan")] * 11)
    record = counted(INPUT, {"train": {"x": NonFinite(2, 1, 50_000)}})
    case = example_case(
        loss=losses, val_loss=[1.0 + 0.01 * i for i in range(12)], rows={},
        measured_rows={"inputs": (record,)},
    )  # fmt: skip
    (found,) = run_check(check, case)
    assert (found.observed.value, found.observed.n) == (2.0, 50_000)
    assert any("in 1 row, 50,000 rows looked at" in line for line in found.evidence)


def test_a_sample_without_gaps_beside_all_rows_without_any_finds_nothing():
    check = {c.code: c for c in load_checks()}["DAT305"]
    record = counted(INPUT, {"train": {"x": NonFinite(0, 0, 50_000)}})
    assert run_check(check, example_case(measured_rows={"inputs": (record,)})) == ()
