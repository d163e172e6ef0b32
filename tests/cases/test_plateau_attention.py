"""Case 1 as planted: an activity penalty, summed over steps, holds an attention model down.

What is known of the planted data, from fits by hand without valgap (960 rows, 12 epochs): as
posted every row is given one class (seeds 4 and 7). Without the activity penalty, weight
penalties and all else held, validation accuracy is .98 (seeds 0, 1 and 2). The query is a constant
through a softmax, so nothing in the row can say where to look. So the activity penalty is the
cause; to take all penalties away takes it away too; the attention does nothing; and the rate,
Adam's default, is the same in the fits that work.

It is a matter of how long, too: after 800 steps two of eight seeds had broken away (800 rows,
16 epochs), and the penalties were then rightly left open. The 605 steps here come before that.
Penalties are over half of the loss at the end of the first epoch, of 55 steps, but not of 60.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from watched import EXAMPLES, Report, confirm, watch

pytestmark = pytest.mark.slow

# Dozens of fits, which take six minutes: for test-all.
in_pairs = pytest.mark.long

RATE = ("FIT101", "FIT102", "FIT103")
# What each is put to the test by.
EXPERIMENTS = {"MOD111": "activity-penalty-removed", "MOD110": "penalties-removed"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attention")


@pytest.fixture(scope="module")
def seen(folder: Path) -> Report:
    """What the run itself says, before any experiment that trains."""
    return watch(EXAMPLES / "plateau_attention.py", "--planted", folder=folder, budget="0s")


@pytest.fixture(scope="module")
def proved(seen: Report, folder: Path) -> Report:
    """The same, with the penalties put to the test, and whatever is said of the rate."""
    asked = [code for code in ("MOD111", "MOD110", "MOD112", *RATE) if code in seen.codes]
    told = confirm(*asked, folder=folder, budget="15m")
    return dataclasses.replace(seen, json=told)


def test_every_row_is_given_one_class(seen: Report) -> None:
    # 127 of 440 validation rows are of class 0, the others of class 1.
    accuracy = seen.history("val_accuracy")[-1]
    assert min(accuracy, 1 - accuracy) == pytest.approx(127 / 440, abs=1e-3)
    assert "EVL102" in seen.codes


@in_pairs
@pytest.mark.parametrize("code", EXPERIMENTS)
def test_a_penalty_is_confirmed_by_pairs_of_fits(proved: Report, code: str) -> None:
    found = proved.finding(code)
    made = found["experiment"]
    assert (found["status"], made["name"], made["of"]) == ("confirmed", EXPERIMENTS[code], "fits")
    assert made["pairs"] >= 6
    # Of a skill from 0, chance, to 1 most is missing: half of it is what a cause must make up.
    assert made["effect"] > 0.5
    assert made["low"] > 0.05


@in_pairs
@pytest.mark.parametrize("code", EXPERIMENTS)
def test_a_rival_is_excluded_that_is_no_penalty(proved: Report, code: str) -> None:
    excluded = proved.finding(code)["experiment"]["excluded"]
    assert excluded
    assert not set(excluded) & set(EXPERIMENTS.values())


@in_pairs
def test_attention_is_confirmed_to_be_a_mean_by_the_mean_in_its_place(proved: Report) -> None:
    found = proved.finding("MOD112")
    made = found["experiment"]
    assert (found["status"], made["name"], made["of"]) == ("confirmed", "attention-as-mean", "rows")
    # Nothing that matters: 5 % of a loss of .7.
    assert -0.035 < made["low"] <= made["effect"] <= made["high"] < 0.035


@in_pairs
def test_no_learning_rate_is_confirmed(proved: Report) -> None:
    rates = [f for f in proved.findings if f["code"] in RATE]
    assert [f["code"] for f in rates if f["status"] == "confirmed"] == []


@pytest.mark.parametrize("report", ["seen", pytest.param("proved", marks=in_pairs)])
def test_the_activity_penalty_stands_first_and_is_confirmed(
    report: str, request: pytest.FixtureRequest
) -> None:
    told = request.getfixturevalue(report)
    first = told.findings[0]
    assert (first["code"], first["status"]) == ("MOD111", "confirmed")
    # On some processors all units behind the attention are dead by then: a mean in its place
    # changes nothing, and nothing is said of it.
    is_told_of = {"MOD110", "MOD112"} & set(told.codes)
    assert "MOD110" in is_told_of <= set(first["explains"])
    assert "MOD112" in is_told_of or told.finding("MOD114")["status"] == "confirmed"


@in_pairs
def test_what_follows_from_it_is_said_to_follow(proved: Report) -> None:
    assert {proved.finding(code)["severity"] for code in ("MOD110", "MOD112")} == {"note"}
