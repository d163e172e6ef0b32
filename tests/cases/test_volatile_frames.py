"""Case 4 as planted: the statistics of batch normalisation lag, and nothing else is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from watched import EXAMPLES, PROGRAMS, SEEDS, Report, share, traced_share, watch

pytestmark = pytest.mark.slow

SCRIPT = EXAMPLES / "volatile_frames.py"


@pytest.fixture(scope="module", params=SEEDS)
def early(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Eight epochs of 8 steps: half of what the statistics started from is still in them."""
    size = ("--size", "48", "--rows", "200", "--epochs", "8")
    folder: Path = tmp_path_factory.mktemp("early")
    return watch(SCRIPT, "--planted", *size, "--seed", str(request.param), folder=folder)


@pytest.fixture(scope="module", params=[pytest.param(s, marks=pytest.mark.long) for s in (0, 1)])
def late(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Twenty epochs after forty of 8 steps: .99 ** 320, or 4 %, of the start is left, then less."""
    size = ("--size", "48", "--rows", "200", "--epochs", "40", "--seed", str(request.param))
    folder: Path = tmp_path_factory.mktemp("late")
    order = (str(SCRIPT), "20", "--planted", *size)
    return watch(PROGRAMS / "late_frames.py", *order, folder=folder, number=1)


def test_batch_statistics_make_the_gap_where_validation_loss_is_above_three(early: Report) -> None:
    above = [entry for entry in early.accounts() if early.history("val_loss")[entry["epoch"]] > 3]
    assert above
    for entry in above:
        assert share(entry, "batch-statistics") >= 4 / 5


def test_every_traced_epoch_above_three_is_made_by_batch_statistics(early: Report) -> None:
    above = [
        point
        for point in early.fit["trace"]
        if point["metric"] == "loss" and early.history("val_loss")[point["epoch"]] > 3
    ]
    assert above
    for point in above:
        assert traced_share(point, "batch-statistics") >= 4 / 5


def test_the_lag_stands_first_confirmed_and_with_its_rival_excluded(early: Report) -> None:
    first = early.findings[0]
    assert (first["code"], first["status"]) == ("MOD106", "confirmed")
    assert "MOD108" in first["experiment"]["excluded"]


def test_the_rival_cause_is_not_named(early: Report) -> None:
    assert "MOD108" not in early.codes


def test_overfitting_is_not_said(early: Report) -> None:
    assert "CUR101" not in early.codes


def test_validation_loss_is_shown_before_and_after_statistics_are_re_estimated(
    early: Report,
) -> None:
    worst = max(early.reestimations("training"), key=lambda each: each["validation_before"])
    assert worst["validation_before"] > 3
    assert worst["validation_after"] < worst["validation_before"] / 2


def test_the_augmented_validation_is_found(early: Report) -> None:
    assert "EVL103" in early.codes


def test_late_jumps_come_from_batch_statistics_too(late: Report) -> None:
    (worst,) = [entry for entry in late.accounts() if "worst" in entry["roles"]]
    loss, validation = worst["logged"]["train"], worst["logged"]["validation"]
    assert validation > 1.5 * loss
    assert share(worst, "batch-statistics") >= 4 / 5


def test_late_validation_is_mended_by_statistics_re_estimated_in_training(late: Report) -> None:
    worst = max(late.reestimations("training"), key=lambda each: each["validation_before"])
    assert worst["validation_after"] < worst["validation_before"] / 2


def test_the_late_lag_is_confirmed_and_stands_first(late: Report) -> None:
    first = late.findings[0]
    assert (first["code"], first["status"]) == ("MOD106", "confirmed")
    assert "MOD108" in first["experiment"]["excluded"]


def test_volatility_is_laid_to_batch_statistics(late: Report) -> None:
    assert late.fit["volatility"]["loss"]["batch-statistics"] > 1 / 2


def test_overfitting_is_not_said_of_the_late_run(late: Report) -> None:
    assert "CUR101" not in late.codes
