"""EVL108 and what it rests on: fits at one call site, by their settings."""

import dataclasses
import math

import pytest
from damaged_records import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from valgap.checks.example_case import example_case
from valgap.evidence.model import SeedSpread
from valgap.evidence.records import DataRecord, EpochRecord
from valgap.finding import NotRun
from valgap.ledger.probes.seeds import seed_spread
from valgap.registry import load_checks, run_check

EVL108 = {c.code: c for c in load_checks()}["EVL108"]
APART = (0.70, 0.80, 0.90)


def told(*scores, rows=2000, figure="val_accuracy", higher=True, **more):
    """The finding on fits of one setting that ended with those scores, or None."""
    settings = {"": scores, **more}
    seeds = SeedSpread(figure, higher, settings, rows)
    found = run_check(EVL108, example_case(measured_model={"seeds": seeds}))
    assert not isinstance(found, NotRun), found
    return found[0] if found else None


def fit(number, score, *, study="train.py:9", rate=0.001, train=1000, validation=450, **logs):
    """A fit of one epoch at a call site, with the validation accuracy that it ended with.

    Rows are known by their number here: as many rows are the same rows.
    """
    base = example_case(fit=number, study=study).fit
    figures = {"loss": 0.5, "val_loss": 0.6, "val_accuracy": score, **logs}
    return dataclasses.replace(
        base,
        epochs=(EpochRecord(0, {k: v for k, v in figures.items() if v is not None}, 1.0),),
        train=DataRecord("train", "numpy", train, 64, checksum=str(train)),
        validation=DataRecord("validation", "numpy", validation, checksum=str(validation))
        if validation
        else None,
        compile=dataclasses.replace(base.compile, optimizer_config={"learning_rate": rate}),
    )


def spread_of(*fits):
    return seed_spread(fits[-1], fits)


# ---- of one setting


def test_like_fits_that_end_twenty_points_apart_are_confirmed():
    found = told(*APART)
    assert (found.status, found.severity) == ("confirmed", "warning")
    assert found.message == "like fits end apart: val_accuracy 0.70 to 0.90 in 3 of them"
    assert found.size == pytest.approx(0.2)


def test_like_fits_apart_are_no_graver_than_the_check_is_registered():
    assert EVL108.severity == told(*APART).severity


def test_the_spread_of_like_fits_is_told_with_an_interval_around_it():
    seen = told(*APART).observed
    assert seen.value == pytest.approx(0.1)
    assert seen.low < seen.value < seen.high


@pytest.mark.parametrize(
    "case",
    [
        {"scores": (0.90, 0.92, 0.94)},
        {"scores": (0.70, 0.90)},
        {"scores": APART, "rows": 40},
        {"scores": APART, "rows": None},
        {"scores": APART, "rows": 0},
        {"scores": APART, "higher": False, "figure": "val_loss"},
        {"scores": (0.7, math.nan, 0.9)},
        {"scores": (0.7, 8.0, 0.9)},
        {"scores": (0.9, 0.9, 0.9)},
        {"scores": ()},
    ],
    ids=[
        "four points apart",
        "two fits",
        "few validation rows",
        "validation rows not known",
        "no validation rows",
        "a loss",
        "no number",
        "no share",
        "all the same",
        "no fit",
    ],
)
def test_like_fits_that_chance_of_rows_or_of_two_fits_may_part_are_left_alone(case):
    assert told(*case.pop("scores"), **case) is None


def test_the_better_of_two_settings_is_judged_by_their_difference_and_not_by_its_own_spread():
    assert told(*APART, wide=(0.10, 0.20, 0.30)) is None


def test_settings_whose_difference_seeds_explain_stay_a_note():
    assert told(*APART, wide=(0.72, 0.79, 0.91)).severity == "note"


# ---- what is counted as one setting


def test_fits_that_differ_in_nothing_but_their_seed_are_one_setting():
    spread = spread_of(fit(0, 0.7), fit(1, 0.8), fit(2, 0.9))
    assert list(spread.scores.values()) == [APART]
    assert (spread.figure, spread.higher_is_better) == ("val_accuracy", True)


def test_the_rows_of_a_spread_are_those_that_the_fits_were_scored_on():
    assert spread_of(fit(0, 0.7, validation=120), fit(1, 0.8, validation=120)).rows == 120


def test_fits_that_were_scored_on_other_rows_are_no_spread_of_seeds():
    assert spread_of(fit(0, 0.7, validation=450), fit(1, 0.8, validation=120)) is None


def test_fits_whose_rows_are_not_known_to_be_the_same_are_no_spread_of_seeds():
    fits = [fit(i, score) for i, score in enumerate(APART)]
    unknown = [
        dataclasses.replace(f, train=dataclasses.replace(f.train, checksum=None)) for f in fits
    ]
    assert spread_of(*fits) is not None
    assert spread_of(*unknown) is None


def test_another_rate_is_another_setting():
    spread = spread_of(fit(0, 0.7), fit(1, 0.8), fit(2, 0.9, rate=0.1))
    assert sorted(map(len, spread.scores.values())) == [1, 2]


def test_a_fit_that_stands_alone_has_no_spread():
    assert spread_of(fit(0, 0.7)) is None
    assert spread_of(fit(0, 0.7, study="a.py:1"), fit(1, 0.8)) is None
    assert spread_of(fit(0, 0.7, study=None), fit(1, 0.8, study=None)) is None


def test_only_the_last_fit_of_a_loop_tells_of_it():
    fits = (fit(0, 0.7), fit(1, 0.8), fit(2, 0.9))
    assert seed_spread(fits[1], fits) is None


def test_fits_without_a_figure_of_validation_have_no_spread():
    bare = {"val_loss": None}
    assert spread_of(fit(0, None, **bare), fit(1, None, **bare)) is None


def test_folds_are_no_spread_of_seeds():
    fits = (fit(0, 0.7, train=667), fit(1, 0.8, train=667), fit(2, 0.9, train=666))
    assert spread_of(*fits) is None


def test_a_learning_curve_over_growing_rows_is_no_spread_of_seeds():
    assert (
        spread_of(fit(0, 0.7, train=100), fit(1, 0.8, train=400), fit(2, 0.9, train=1600)) is None
    )


def test_a_model_that_is_trained_on_at_one_call_site_is_no_spread_of_seeds():
    fits = (fit(0, 0.7), fit(1, 0.8), fit(2, 0.9))
    assert seed_spread(fits[-1], fits, goes_on=True) is None


def test_settings_tried_on_one_model_are_compared_all_the_same():
    fits = (fit(0, 0.7), fit(1, 0.8), fit(2, 0.9, rate=0.1))
    assert seed_spread(fits[-1], fits, goes_on=True) is not None


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_damaged_scores_crash_no_check_and_fill_no_message(data):
    seeds = data.draw(damaged(SeedSpread("val_accuracy", True, {"": APART}, 2000)))
    found = run_check(EVL108, example_case(measured_model={"seeds": seeds}))
    if isinstance(found, NotRun):
        assert found.detail is None, found.detail
        return
    assert all(len(f.message) < 80 and 0 <= f.size <= 1 for f in found)
