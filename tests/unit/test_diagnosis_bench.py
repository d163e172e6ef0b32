"""The bench of issue 3 counts rightly, and its cases and truths belong together."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from diagnosis import fresh
from diagnosis.case import Truth, by_name
from diagnosis.fresh import truth as fresh_truth
from diagnosis.keeping import load, save
from diagnosis.running import Result
from diagnosis.said import Said
from diagnosis.scoring import found, names_cause, unsupported, wilson
from diagnosis.script import Whole
from diagnosis.scripts import SCRIPTS
from diagnosis.tables import score, set_of
from diagnosis.truth import HELD_OUT, PUBLISHED, TRUTHS

from valgap.registry import load_checks

TRUTH = Truth("a", "planted", "table", "", frozenset({"DAT101"}), frozenset({"MOD105"}))


def said(code: str, severity: str = "warning") -> Said:
    return Said((code,), severity, "")


def test_wilson_gives_the_published_interval_of_eight_in_ten() -> None:
    share = wilson(8, 10)
    assert (share.low, share.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_wilson_of_none_in_ten_does_not_fall_below_zero() -> None:
    assert wilson(0, 10).low == 0.0


def test_a_cause_that_comes_second_is_not_first() -> None:
    heard = (said("EVL101"), said("DAT101"))
    assert not names_cause(heard, TRUTH, 1)
    assert names_cause(heard, TRUTH, 3)


def test_seeds_of_one_case_count_as_one_case() -> None:
    share = found([((said("DAT101"),), TRUTH), ((), TRUTH)], 1)
    assert (share.value, share.cases) == (0.5, 1)


def test_what_may_stand_beside_a_cause_is_supported() -> None:
    heard = (said("DAT101"), said("MOD105"), said("CUR101"), said("FIT101", "note"))
    assert not unsupported(heard, TRUTH)


def test_another_cause_beside_the_true_one_is_unsupported() -> None:
    assert unsupported((said("DAT101"), said("FIT101", "error")), TRUTH) == [
        said("FIT101", "error")
    ]


def test_a_name_stands_once() -> None:
    with pytest.raises(ValueError, match="two cases"):
        by_name((TRUTH, TRUTH))


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_script_is_python_without_valgap(name: str) -> None:
    text = SCRIPTS[name].text()
    compile(text, name, "exec")
    assert "valgap" not in text


def test_every_code_of_a_truth_has_a_check() -> None:
    codes = {code for truth in TRUTHS.values() for code in truth.true | truth.beside}
    assert codes <= {check.code for check in load_checks()}


def test_healthy_and_odd_cases_have_no_cause() -> None:
    faulty = {row[0] for row in fresh_truth.PLANTED}
    assert all(
        bool(truth.true) == (truth.set in {"planted", "published"} or truth.name in faulty)
        for truth in TRUTHS.values()
    )


def test_half_of_the_published_cases_is_held_out() -> None:
    assert len(HELD_OUT) == len(PUBLISHED) // 2


@pytest.mark.parametrize("part", ["PLANTED", "HEALTHY", "ODD"])
def test_half_of_each_kind_of_fresh_case_is_for_the_end(part: str) -> None:
    names = [row[0] for row in getattr(fresh_truth, part)]
    sets = [set_of(TRUTHS[name]) for name in names]
    assert sets.count("fresh-final") == len(names) // 2
    assert sets.count("fresh") == len(names) - len(names) // 2


@pytest.mark.parametrize("name", sorted(fresh.SCRIPTS))
def test_what_was_planted_can_be_undone(name: str) -> None:
    script = fresh.SCRIPTS[name]
    compile(script.mended(), name, "exec")
    sound = {row[0] for row in fresh_truth.HEALTHY}
    assert (script.mended() == script.text()) == (name in sound)


def test_a_change_that_is_not_found_raises() -> None:
    with pytest.raises(ValueError, match="not once"):
        Whole("a = 1", (("b", "c"),)).mended()


def test_results_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    heard = {"losslint": (said("CUR101"),), "runmedic": "no epoch was logged"}
    quiet = Result("a", 3, 1.5, -1, failed="no output")
    told = Result(
        "b", 0, 1.5, 0, (said("DAT101"), said("EVL101", "note")), ("DAT203",), peers=heard
    )  # fmt: skip
    save(tmp_path / "kept.json", [told, quiet])
    assert load(tmp_path / "kept.json") == {("a", 3): quiet, ("b", 0): told}


def test_no_file_holds_no_results(tmp_path: Path) -> None:
    assert load(tmp_path / "kept.json") == {} == load(None)


def test_a_set_of_faulty_and_sound_cases_counts_each_by_its_own_rule() -> None:
    sound = Truth("b", "fresh", "table", "")
    pairs = [
        (Result("a", 0, 1.0, 0, (said("DAT101"),)), TRUTH),
        (Result("b", 0, 1.0, 0, (said("FIT101"),)), sound),
    ]
    first, among, false, alarms, _ = score(pairs, "valgap")
    assert (first[:4], among[:4], false[:4], alarms) == ("100.", "100.", "100.", "1")
