"""Verdicts from pairs: DESIGN section 6, on constructed and on simulated trials."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valgap.evidence.trials import TrialRecord
from valgap.experiments.verdict import Pairs, is_excluded, judged, over_rows, pairs_needed, pairs_of
from valgap.stats import holm, sign_flip

RIVAL = ("more-epochs",)


def pairs(patient, remedied, figure="skill"):
    return Pairs(figure, tuple(patient), tuple(remedied))


def noisy(mean, n=6, spread=0.01, seed=0):
    return tuple(mean + spread * np.random.default_rng(seed).normal(size=n))


def verdict(found, direction="up", deficit=0.4, excluded=RIVAL, claims=1):
    return judged(found, direction, deficit=deficit, excluded=excluded, claims=claims)[0]


def test_an_effect_beyond_chance_that_makes_up_most_of_the_deficit_is_confirmed():
    assert verdict(pairs(noisy(0.5), noisy(0.88, seed=1))) == "confirmed"


def test_without_a_rival_excluded_nothing_is_confirmed():
    assert verdict(pairs(noisy(0.5), noisy(0.88, seed=1)), excluded=()) == "inconclusive"


def test_an_effect_of_less_than_half_of_the_deficit_is_not_confirmed():
    assert verdict(pairs(noisy(0.5), noisy(0.6, seed=1))) == "inconclusive"


def test_five_pairs_cannot_confirm_whatever_they_show():
    assert verdict(pairs(noisy(0.5, 5), noisy(0.9, 5, seed=1))) == "inconclusive"


def test_six_pairs_cannot_confirm_one_of_three_claims():
    found = pairs(noisy(0.5), noisy(0.88, seed=1))
    assert verdict(found, claims=3) == "inconclusive"
    more = pairs(noisy(0.5, 7), noisy(0.88, 7, seed=1))
    assert verdict(more, claims=3) == "confirmed"


def test_a_fact_that_changes_less_than_a_point_is_harmless():
    found = pairs(noisy(0.5, spread=0.001), noisy(0.502, spread=0.001, seed=1))
    assert verdict(found) == "harmless"


def test_taking_away_what_helps_refutes():
    assert verdict(pairs(noisy(0.8), noisy(0.5, seed=1))) == "refuted"


def test_a_spread_of_seeds_beyond_the_effect_leaves_it_open():
    found = pairs((0.1, 0.9, 0.2, 0.8, 0.15, 0.85), (0.3, 0.8, 0.6, 0.7, 0.5, 0.9))
    assert verdict(found) == "inconclusive"


def test_a_cause_that_inflates_is_confirmed_by_a_fall():
    assert verdict(pairs(noisy(0.9), noisy(0.6, seed=1)), "down", deficit=0.0) == "confirmed"
    assert verdict(pairs(noisy(0.6), noisy(0.9, seed=1)), "down", deficit=0.0) == "refuted"


def test_labels_that_can_be_shuffled_without_a_change_confirm_and_else_refute():
    same = pairs(noisy(0.02, spread=0.003), noisy(0.02, spread=0.003, seed=1))
    assert verdict(same, "same", deficit=0.0) == "confirmed"
    assert verdict(same, "same", deficit=0.7) == "refuted"
    assert verdict(pairs(noisy(0.9), noisy(0.02, seed=1)), "same", deficit=0.0) == "refuted"


def test_shuffled_labels_that_do_better_confirm_that_the_given_ones_tell_nothing():
    found = pairs(noisy(0.0), noisy(0.12, seed=1))
    assert verdict(found, "same", deficit=0.0) == "confirmed"


def test_few_rows_leave_it_open_whether_labels_tell_something():
    for patient, of_many in ((0.08, "refuted"), (0.01, "confirmed")):
        found = pairs(noisy(patient, spread=0.003), noisy(0.01, spread=0.003, seed=1))
        assert verdict(found, "same", deficit=0.0) == of_many
        of_100_rows = dataclasses.replace(found, rows=100)
        assert of_100_rows.by_chance == pytest.approx(0.1)
        assert verdict(of_100_rows, "same", deficit=0.0) == "inconclusive"


def test_without_a_reference_nothing_is_known_to_do_better_than_shuffled_labels():
    found = pairs(noisy(0.0, spread=0.003), noisy(0.0, spread=0.003, seed=1))
    assert verdict(found, "same", deficit=None) == "inconclusive"


def test_one_pair_says_nothing():
    assert verdict(pairs((0.1,), (0.9,))) == "inconclusive"


def test_equal_trials_are_harmless_and_no_effect():
    found = pairs((0.5,) * 6, (0.5,) * 6)
    assert found.p == 1.0
    assert verdict(found) == "harmless"


@pytest.mark.parametrize(("claims", "needed"), [(1, 6), (2, 7), (3, 7), (4, 8)])
def test_pairs_needed_grow_with_the_claims(claims, needed):
    assert pairs_needed(claims) == needed


def test_a_rival_is_excluded_by_its_whole_interval():
    assert is_excluded(pairs(noisy(0.5), noisy(0.51, seed=1)), "up", 0.4)
    assert not is_excluded(pairs(noisy(0.5), noisy(0.85, seed=1)), "up", 0.4)
    assert not is_excluded(pairs((0.5,), (0.5,)), "up", 0.4)
    assert not is_excluded(None, "up", 0.4)
    assert is_excluded(pairs(noisy(0.9), noisy(0.88, seed=1)), "down", 0.4)
    assert not is_excluded(pairs(noisy(0.9), noisy(0.5, seed=1)), "down", 0.4)


def trial(arm, seed, score=0.5, loss=0.7, **more):
    return TrialRecord(arm, seed, 10, 10, score=score, loss=loss, **more)


def test_pairs_are_of_the_same_seed_and_of_trials_that_ended():
    patient = [trial("patient", s) for s in (1, 2, 3)]
    other = [trial("b", 2, 0.8), trial("b", 3, error="x"), trial("b", 9, 0.9)]
    found = pairs_of(patient, other)
    assert (found.patient, found.remedied) == ((0.5,), (0.8,))
    assert pairs_of(patient, []) is None


def test_pairs_that_the_seed_does_not_tell_apart_are_one():
    same = [trial("p", s, 0.5, 0.7, train_loss=0.6) for s in range(1, 7)]
    better = [trial("b", s, 0.9, 0.2, train_loss=0.1) for s in range(1, 7)]
    found = pairs_of(same, better)
    assert len(found.patient) == 1
    assert verdict(found) == "inconclusive"
    drawn = [trial("b", s, 0.9, 0.2 + s / 100, train_loss=0.1) for s in range(1, 7)]
    assert len(pairs_of(same, drawn).patient) == 6


def test_without_a_skill_on_both_sides_the_loss_is_judged():
    found = pairs_of([trial("p", 1, None, 0.7)], [trial("b", 1, None, 0.2)])
    assert found.figure == "loss"
    assert found.effect.value == pytest.approx(0.5)


def test_numbers_that_name_classes_are_judged_as_the_remedied_side_takes_them():
    before = trial("p", 1, 0.3, task="regression", scores={"multiclass": 0.1, "regression": 0.3})
    after = trial("b", 1, 0.9, task="multiclass", scores={"multiclass": 0.9, "regression": 0.8})
    assert pairs_of([before], [after]).patient == (0.1,)


def test_a_loss_that_is_no_number_makes_no_pair():
    assert pairs_of([trial("p", 1, None, None)], [trial("b", 1, None, 0.2)]) is None


def on_rows(checksum, rows=60):
    return trial("a", 1, rows=rows, checksum=checksum)


def test_sides_on_rows_of_their_own_have_a_wider_interval_by_what_other_rows_change():
    found = pairs(noisy(0.6), noisy(0.72, seed=1))
    assert over_rows(found, on_rows("1-2"), on_rows("3-2")) == found  # inputs rescaled
    assert over_rows(found, on_rows(""), on_rows("3-2")) == found
    other = over_rows(found, on_rows("1-2"), on_rows("3-4"))
    assert other.effect.value == found.effect.value
    assert other.effect.low < 0 < found.effect.low
    assert verdict(found, deficit=0.1) == "confirmed"
    assert verdict(other, deficit=0.1) == "inconclusive"
    many = over_rows(found, on_rows("1-2", 6000), on_rows("3-4", 6000))
    assert verdict(many, deficit=0.1) == "confirmed"


def test_a_loss_on_rows_of_its_own_leaves_it_open():
    found = pairs(noisy(-0.6), noisy(-0.2, seed=1), "loss")
    other = over_rows(found, on_rows("1-2"), on_rows("3-4"))
    assert judged(other, "up", deficit=0.0, excluded=RIVAL)[0] == "inconclusive"
    assert not is_excluded(other, "up", 0.4)


def test_two_draws_of_one_kind_of_rows_are_called_an_effect_no_more_often_than_said():
    """Null: the same skill, scored on 60 rows and on 60 others; six seeds share the rows."""
    rng, called = np.random.default_rng(5), 0
    for _ in range(1000):
        sides = [2 * rng.binomial(60, 0.85) / 60 - 1 + 0.01 * rng.normal(size=6) for _ in "ab"]
        found = over_rows(pairs(*sides), on_rows("1-2"), on_rows("3-4"))
        called += verdict(found, deficit=0.0) == "confirmed"
    assert called <= 50


def test_sign_flips_of_six_equal_signs_give_one_in_32():
    assert sign_flip(np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.4])) == pytest.approx(2 / 64)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_and_keeps_their_order(values):
    adjusted = holm(values)
    assert all(a >= v for a, v in zip(adjusted, values, strict=True))
    order = sorted(range(len(values)), key=lambda i: values[i])
    assert [adjusted[i] for i in order] == sorted(adjusted)


def test_identical_fits_are_called_an_effect_no_more_often_than_said():
    """Null runs: noise of a skill on both sides, six pairs each."""
    rng = np.random.default_rng(11)
    called = sum(
        verdict(
            pairs(0.7 + 0.05 * rng.normal(size=6), 0.7 + 0.05 * rng.normal(size=6)), deficit=0.0
        )
        == "confirmed"
        for _ in range(1000)
    )
    assert called <= 50
