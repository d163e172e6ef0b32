"""Case 3 as planted: dropout before batch normalisation shifts its variance."""

from __future__ import annotations

import pytest
from watched import EXAMPLES, SEEDS, Report, watch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=SEEDS)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """120 epochs of 6 steps: .1 % of what the statistics started from is left."""
    folder = tmp_path_factory.mktemp("diverging")
    size = ("--rows", "96", "--size", "48", "--epochs", "120", "--folder", str(folder / "pictures"))
    script = EXAMPLES / "diverging_confidence.py"
    return watch(script, "--planted", *size, "--seed", str(request.param), folder=folder)


def test_dropout_stands_first_confirmed_and_with_its_rival_excluded(report: Report) -> None:
    first = report.findings[0]
    assert (first["code"], first["status"]) == ("MOD108", "confirmed")
    assert "MOD106" in first["experiment"]["excluded"]


def test_the_rival_cause_is_not_named(report: Report) -> None:
    assert "MOD106" not in report.codes


def test_overfitting_is_not_said(report: Report) -> None:
    assert "CUR101" not in report.codes


def test_only_statistics_re_estimated_without_dropout_mend_validation(report: Report) -> None:
    (with_dropout,) = last(report.reestimations("training"))
    (without,) = last(report.reestimations("inference"))
    assert with_dropout["validation_after"] > with_dropout["validation_before"] - 0.3
    assert without["validation_after"] < without["validation_before"] - 0.5


def test_no_weight_is_touched_and_validation_accuracy_is_there(report: Report) -> None:
    (without,) = last(report.reestimations("inference", "accuracy"))
    assert without["validation_before"] < 0.4
    assert without["validation_after"] > 0.6


def last(reestimations: list) -> list:
    """Keeps those of the last epoch."""
    epoch = max(each["epoch"] for each in reestimations)
    return [each for each in reestimations if each["epoch"] == epoch]
