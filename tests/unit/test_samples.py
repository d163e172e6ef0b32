"""Rows of the user's data in a report: only where they were asked for."""

import dataclasses

import numpy as np
import pytest

from valgap.checks.example_case import example_case
from valgap.evidence.model import ModelMeasured, Predictions
from valgap.evidence.rows import InputRecord
from valgap.evidence.samples import Samples, read_samples, write_samples
from valgap.ledger.probes.wrong_rows import wrong_rows
from valgap.observe.sources.base import Table
from valgap.registry import diagnose

SHAPES = {"image": (20, 20, 3), "frames": (3, 20, 20, 1), "series": (50, 6)}


def samples(kind, rows=7):
    values = np.random.default_rng(0).normal(size=(rows, *SHAPES[kind])).astype("float32")
    return Samples(np.arange(rows) * 3, values)


def seen(kind):
    shape = SHAPES[kind]
    record = InputRecord("validation", "x", kind, shape, "float32", 90, -3.0, 3.0, 0.0, 1.0)
    return example_case(measured_rows={"inputs": (record,)})


@pytest.fixture
def page(make_run, written, tmp_path):
    def drawn(kind, kept):
        run = dataclasses.replace(make_run(seen(kind)), path=tmp_path)
        if kept is not None:
            (tmp_path / "fits" / "0").mkdir(parents=True)
            write_samples(tmp_path / "fits" / "0", kept)
        return written("html", run, diagnose(run))

    return drawn


@pytest.mark.parametrize("kind", SHAPES)
def test_rows_that_were_kept_are_drawn_with_their_numbers(page, kind):
    text = page(kind, samples(kind))
    assert "rows 0, 3, 6, 9, 12, 15, 18" in text
    assert ("data:image/png" in text) is (kind != "series")
    assert len(text) < 1e6


@pytest.mark.parametrize("kind", SHAPES)
def test_without_being_asked_no_row_is_in_the_page(page, kind):
    text = page(kind, None)
    assert "data:image" not in text
    assert "rows 0, 3" not in text


def test_rows_come_back_as_they_were_kept(tmp_path):
    kept = samples("image")
    write_samples(tmp_path, kept)
    found = read_samples(tmp_path)
    assert (found.ids == kept.ids).all()
    assert (found.rows == kept.rows).all()


def test_a_damaged_file_of_rows_is_left_out(tmp_path):
    (tmp_path / "samples.npz").write_bytes(b"PK nothing")
    assert read_samples(tmp_path) is None


def model_wrong_about(*rows):
    made = Predictions("validation", "y", 0, "binary", 9, worst_rows=rows)
    return ModelMeasured(0, predictions=(made,))


def test_wrong_rows_are_found_by_their_place_in_the_split():
    x = np.arange(4, dtype="float32")[:, None]
    table = Table(x, None, None, (4,), np.array([8, 2, 5, 7]))
    found = wrong_rows(model_wrong_about(5, 8, 99), table)
    assert found.ids.tolist() == [5, 8]
    assert found.rows[:, 0].tolist() == [2.0, 0.0]


def test_there_are_none_where_nothing_was_wrong():
    table = Table(np.zeros((2, 1)), None, None, (2,), np.array([0, 1]))
    assert wrong_rows(model_wrong_about(), table) is None
