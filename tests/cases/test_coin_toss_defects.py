"""Case 2 as planted: half of validation is scored, one class only; heads that cannot tell two.

The giant layer (MOD105) is told where the fit learns its rows by heart, which takes more epochs.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from watched import EXAMPLES, SEEDS, Report, watch

pytestmark = pytest.mark.slow

SCRIPT = EXAMPLES / "coin_toss_defects.py"
SMALL = ("--planted", "--rows", "100", "--size", "32", "--epochs", "4")


def made(folder: Path, *more: str, seed: int = 0) -> Report:
    pictures = ("--folder", str(folder / "pictures"), "--seed", str(seed))
    return watch(SCRIPT, *SMALL, *pictures, *more, folder=folder, budget="0s")


@pytest.fixture(scope="module", params=SEEDS)
def posted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return made(tmp_path_factory.mktemp("coin"), seed=request.param)


def test_validation_of_one_class_stands_first_and_is_confirmed(posted: Report) -> None:
    first = posted.findings[0]
    assert (first["code"], first["status"]) == ("FIT105", "confirmed")
    assert "1 of 2 classes" in first["message"]


@pytest.mark.parametrize("code", ["MOD122", "FIT104", "EVL101", "EVL102"])
def test_the_other_facts_are_found(posted: Report, code: str) -> None:
    assert code in posted.codes


def test_a_softmax_on_one_unit_is_named(tmp_path: Path) -> None:
    report = made(tmp_path, "--head", "softmax")
    assert report.findings[0]["code"] == "MOD101"


def test_the_head_that_keras_refuses_is_diagnosed_from_the_fit_that_failed(tmp_path: Path) -> None:
    where = ("--folder", str(tmp_path / "pictures"))
    report = watch(SCRIPT, *SMALL, *where, "--head", "mismatch", folder=tmp_path, status=1)
    assert report.findings[0]["code"] == "MOD102"


@pytest.mark.long  # three minutes on a slow machine
def test_nothing_is_said_against_the_fixed_side(tmp_path: Path) -> None:
    args = ("--planted", "--rows", "250", "--size", "64", "--epochs", "10", "--fixed")
    where = ("--folder", str(tmp_path / "pictures"))
    report = watch(SCRIPT, *args, *where, folder=tmp_path, budget="0s")
    assert [f["code"] for f in report.findings if f["severity"] != "note"] == []
