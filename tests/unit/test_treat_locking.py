"""Locked rows and folds: nothing that belongs together is parted, and no row judges twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valgap.errors import UsageError
from valgap.treatment.locking import planned

MANY = 700


def validation(plan, numbers):
    return np.concatenate([plan.folds[i].validation for i in numbers])


@given(st.integers(0, 50), st.integers(2, 4), st.sampled_from([20, 25, 35]))
@settings(max_examples=15, deadline=None)
def test_no_group_is_on_both_sides_of_any_fold(seed, classes, size):
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.arange(2000) // size)
    targets = (groups % classes) if seed % 2 else rng.integers(classes, size=2000)
    plan = planned(targets, "classes", groups, seed=seed)
    for fold in plan.folds[: plan.whole]:  # the last is of all rows, and judges nothing
        assert not set(groups[fold.train]) & set(groups[fold.validation])
        assert len(np.unique(targets[fold.validation])) == classes


@given(st.integers(0, 50), st.integers(90, 900), st.sampled_from(["classes", "values"]))
@settings(max_examples=20, deadline=None)
def test_locked_rows_are_in_no_other_fold_and_fresh_ones_judge_in_no_race(seed, rows, of):
    rng = np.random.default_rng(seed)
    targets = rng.integers(3, size=rows) if of == "classes" else rng.normal(size=rows)
    plan = planned(targets, of, seed=seed)
    for scope in (plan.main, *plan.outer):
        race, fresh = (validation(plan, part) for part in (scope.race, scope.fresh))
        judged = np.concatenate([race, fresh])
        assert len(np.unique(judged)) == len(judged) == scope.rows
        if scope.final is not None:
            last = plan.folds[scope.final]
            assert not np.intersect1d(last.validation, judged).size
            assert np.array_equal(np.sort(judged), last.train)


def test_a_fifth_is_locked_of_many_rows_and_up_to_a_third_of_few():
    shares = [
        planned(np.arange(rows) % 2, "classes").locked / rows for rows in (600, 1000, 1500, 5000)
    ]
    assert shares == pytest.approx([1 / 3, 1 / 3, 0.2, 0.2], abs=0.01)


def test_locked_rows_have_the_shares_of_the_classes():
    targets = np.repeat([0, 1, 2], [600, 300, 100])
    plan = planned(targets, "classes", seed=3)
    locked = targets[plan.final_of(plan.main).validation]
    assert np.bincount(locked) / len(locked) == pytest.approx([0.6, 0.3, 0.1], abs=0.01)


def test_values_are_stratified_by_size():
    targets = np.random.default_rng(0).exponential(size=1000)
    plan = planned(targets, "values")
    locked = targets[plan.final_of(plan.main).validation]
    assert np.quantile(locked, [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(targets, [0.1, 0.5, 0.9]), rel=0.15
    )


def test_below_600_rows_the_selection_is_nested():
    plan = planned(np.arange(590) % 2, "classes", repeats=2)
    assert (plan.kind, len(plan.outer), plan.main.final, plan.locked) == ("nested", 20, None, 0)
    for first in (0, 10):
        parts = [plan.folds[s.final].validation for s in plan.outer[first : first + 10]]
        assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(590))
    assert len(plan.folds[plan.whole].train) == 590


@pytest.mark.parametrize(("rows", "outer", "repeats"), [(590, 10, 1), (200, 6, 1), (100, 5, 2)])
def test_outer_folds_have_rows_enough_to_judge(rows, outer, repeats):
    plan = planned(np.arange(rows) % 2, "classes")
    assert (len(plan.outer), plan.repeats) == (outer * repeats, repeats)


def test_few_groups_are_few_rows():
    assert planned(np.arange(MANY) % 2, "classes", np.arange(MANY) % 12).kind == "nested"


def test_a_plan_is_the_same_for_the_same_seed_only():
    targets = np.arange(MANY) % 2
    plans = [planned(targets, "classes", seed=seed) for seed in (1, 1, 2)]
    first, again, other = (plan.final_of(plan.main).validation for plan in plans)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_two_units_of_a_study_have_one_seed():
    plan = planned(np.arange(MANY) % 2, "classes")
    race = [plan.unit(plan.main.race, "race", i) for i in range(12)]
    fresh = [plan.unit(plan.main.fresh, "confirm", i) for i in range(24)]
    assert len({seed for _, seed in race + fresh}) == 36
    assert len({fold for fold, _ in fresh[: len(plan.main.fresh)]}) == len(plan.main.fresh)


@pytest.mark.parametrize(
    ("targets", "groups", "told"),
    [
        (np.arange(MANY) % 2, np.zeros(MANY), "groups: found 1, 6 are needed"),
        (np.arange(40) % 2, None, "rows: found 40, 80 are needed"),
        (np.r_[np.zeros(MANY), [7] * 3], None, r"class 7\S*: found in 3 rows, 6 are needed"),
        (np.arange(MANY) % 20 // 18, np.arange(MANY) % 20, "class 1: found in 2 groups"),
        (np.zeros(MANY), None, "classes: found one, two are needed"),
        (np.arange(MANY) % 2, np.zeros(3), "groups: expected one for each of 700 rows"),
    ],
)
def test_what_cannot_be_parted_is_told_with_what_is_needed(targets, groups, told):
    with pytest.raises(UsageError, match=told):
        planned(targets, "classes", groups)


def test_uneven_groups_are_noted():
    groups = np.r_[np.zeros(1300), 1 + np.arange(200) // 8]
    plan = planned(np.random.default_rng(0).normal(size=1500), "values", groups)
    assert plan.notes == () or "groups are uneven" in plan.notes[0]
    assert plan.locked <= 300
