"""The JSON report: DESIGN section 5, field by field."""

import dataclasses
import json
import math

import pytest

from valgap.checks.example_case import example_case
from valgap.evidence.account import ROW_NAMES
from valgap.registry import diagnose
from valgap.report.json import render

TOP = {
    "schema_version",
    "tool",
    "created",
    "environment",
    "target",
    "fits",
    "findings",
    "passed",
    "not_run",
    "summary",
}
FIT = {
    "id",
    "location",
    "epochs",
    "rows",
    "history",
    "ledger",
    "reestimations",
    "volatility",
    "trace",
    "sample",
    "study",
    "status",
    "notes",
}
ROW = {"row", "before", "after", "delta", "low", "high", "n", "status", "reason"}
FINDING = {
    "code",
    "name",
    "family",
    "severity",
    "status",
    "rank",
    "message",
    "location",
    "scope",
    "observed",
    "expected",
    "experiment",
    "remedies",
    "explains",
}
EXPERIMENT = {"name", "varied", "held", "pairs", "effect", "low", "high", "seconds"}


@pytest.fixture
def report(make_run, lagging_case):
    run = make_run(lagging_case(), example_case(fit=1))
    return json.loads(render(run, diagnose(run)))


def test_the_top_and_the_fits_hold_what_the_schema_names(report):
    assert set(report) >= TOP
    assert report["schema_version"] == "1"
    assert set(report["target"]) == {"script", "args", "exit_status", "commit"}
    for fit in report["fits"]:
        assert set(fit) >= FIT
        assert set(fit["rows"]) == {"train", "validation"}
        assert set(fit["location"]) == {"file", "line", "call"}


def test_findings_hold_what_the_schema_names(report):
    for finding in report["findings"]:
        assert set(finding) >= FINDING
        assert set(finding["scope"]) == {"layer", "rows", "class", "group"}
        assert set(finding["observed"]) == {"value", "unit", "low", "high", "n"}
        assert set(finding["expected"]) == {"op", "value", "source"}
    assert set(report["findings"][0]["experiment"]) >= EXPERIMENT
    assert [f["rank"] for f in report["findings"]] == list(range(1, len(report["findings"]) + 1))
    assert all(set(n) >= {"code", "reason", "detail"} for n in report["not_run"])


def test_an_account_has_all_eleven_rows_in_order_and_adds_up_to_its_gap(report):
    entries = [entry for fit in report["fits"] for entry in fit["ledger"]]
    assert {entry["metric"] for entry in entries} == {"loss", "accuracy"}
    for entry in entries:
        assert [row["row"] for row in entry["rows"]] == list(ROW_NAMES)
        assert all(set(row) >= ROW for row in entry["rows"])
        logged = entry["logged"]
        deltas = [row["delta"] for row in entry["rows"] if row["delta"] is not None]
        gap = logged["validation"] - logged["train"]
        assert math.isclose(math.fsum(deltas), gap, abs_tol=1e-9)


def test_epochs_count_from_zero_and_a_figure_has_one_value_an_epoch(report):
    fit = report["fits"][0]
    assert fit["epoch"] == list(range(fit["epochs"]))
    assert {len(values) for values in fit["history"].values()} == {fit["epochs"]}
    assert {e["epoch"] for e in fit["ledger"] if "last" in e["roles"]} == {fit["epochs"] - 1}


def test_a_row_that_was_left_out_is_unmeasured_with_a_reason(make_run):
    case = example_case()
    (first, *rest) = case.ledger.accounts
    short = dataclasses.replace(first, rows=first.rows[:3])
    ledger = dataclasses.replace(case.ledger, accounts=(short, *rest))
    run = make_run(type(case)(case.fit, ledger))
    rows = json.loads(render(run, diagnose(run)))["fits"][0]["ledger"][0]["rows"]
    assert [row["row"] for row in rows] == list(ROW_NAMES)
    assert {row["status"] for row in rows[3:]} == {"unmeasured"}
    assert all(row["reason"] for row in rows[3:])


def test_what_is_not_a_number_is_null(make_run):
    loss = [float("nan")] * 12
    run = make_run(example_case(loss=loss))
    text = render(run, diagnose(run))
    document = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert document["fits"][0]["history"]["loss"] == [None] * 12
