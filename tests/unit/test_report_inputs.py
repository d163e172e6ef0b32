"""What kind of rows a fit is fed, in words."""

import dataclasses

import pytest
from rich.console import Console

from valgap.checks.example_case import example_case
from valgap.evidence.account import Estimate
from valgap.evidence.rows import InputRecord, RowsRecord, Subclasses
from valgap.report.inputs import add_parts, described
from valgap.report.page import Page


def seen(kind, shape, **changes):
    record = InputRecord("train", "x", kind, shape, "float32", 400, 0.0, 1.0, 0.5, 0.3)
    return dataclasses.replace(record, **changes)


@pytest.mark.parametrize(
    ("kind", "shape", "told"),
    [
        ("image", (48, 48, 3), "x: pictures of 48 x 48 x 3, float32"),
        ("frames", (3, 56, 56, 1), "x: 3 frames of 56 x 56 x 1, float32"),
        ("series", (100, 136), "x: series of 100 steps of 136 features, float32"),
        ("table", (64,), "x: 64 features, float32"),
        ("other", (20,), "x: rows of shape 20, float32"),
        ("other", (), "x: single values, float32"),
    ],
)
def test_an_input_is_told_by_its_kind(kind, shape, told):
    assert described(seen(kind, shape)) == told


def test_padding_is_told_where_there_is_some():
    assert described(seen("series", (9, 2), padding_steps=0.32)).endswith(
        "32 % of the steps are padding"
    )
    assert "padding" not in described(seen("series", (9, 2), padding_steps=0.0))


def parts_of(source):
    recalls = {"walk": Estimate(0.95, 0.9, 0.98, 40), "jump": Estimate(0.5, 0.35, 0.65, 38)}
    found = Subclasses("rest", source, {"walk": 90, "jump": 85}, recalls)
    case = dataclasses.replace(example_case(), rows=RowsRecord(0, subclasses=(found,)))
    page = Page.of(Console(width=100))
    add_parts(page, case)
    return " ".join(" ".join(line.plain for line in page.lines).split())


def test_recall_is_told_by_given_part():
    assert parts_of("given") == (
        "recall by part of rest: walk 0.95 (0.90 to 0.98, 40 rows), "
        "jump 0.50 (0.35 to 0.65, 38 rows)"
    )


def test_parts_that_are_clusters_are_left_to_their_check():
    assert parts_of("clusters") == ""
