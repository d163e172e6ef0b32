"""Groups that the user has told of: counted across the splits, and kept together by references."""

import dataclasses

import numpy as np
import pytest
from planted_rows import blobs, clip, plenty, prepared, split

from valgap.evidence.rows import GivenGroups
from valgap.ledger.probes.rows.given import given_groups
from valgap.ledger.probes.rows.measure import measure_rows
from valgap.ledger.probes.rows.neighbours import neighbours
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.sampled import Own

X, Y = blobs(500)
ROWS = 350
RNG = np.random.default_rng(5)
MIXED = RNG.integers(0, 40, 500)  # forty groups, each of all classes and on both sides


def told(groups, x=X, y=Y, rows=ROWS):
    """The first rows as training, the others as validation, with their groups."""
    given = {"train": groups[:rows], "validation": groups[rows:]}
    return dataclasses.replace(split(x, y, rows), groups=given)


def near(groups, x=X, y=Y, rows=ROWS):
    return neighbours(Prepared(told(groups, x, y, rows)), plenty())


def are_one_partition(one, other):
    kinds = len(np.unique(np.stack([one, other]), axis=1).T)
    return kinds == len(np.unique(one)) == len(np.unique(other))


def in_groups(of_class, y):
    """Groups that hold one class each: so many of it."""
    return y * 100 + np.arange(len(y)) % np.asarray(of_class)[y]


def test_groups_of_both_splits_are_counted_with_their_validation_rows():
    found = near(np.arange(500) // 20)[0].given  # the cut goes through the eighteenth
    assert dataclasses.replace(found, fewest=None) == GivenGroups(18, 8, 1, 10, 150)


def test_groups_kept_on_one_side_stand_in_no_two_splits():
    found = near(np.arange(500) // 10)[0].given
    assert (found.across, found.rows_across) == (0, 0)


def test_the_class_of_fewest_groups_is_counted_in_training():
    groups = in_groups([30, 9, 20], Y)
    groups[ROWS:] += np.arange(150)  # those of validation are no part of it
    assert near(groups)[0].given.fewest == 9


def test_rows_of_unknown_targets_are_of_no_class():
    y = Y.astype("float64")
    groups = in_groups([30, 9, 20], Y)
    y[:60] = np.nan
    groups[:60] = 7000 + np.arange(60)
    record, of_rows = near(groups, y=y)
    assert record.given.fewest == 9
    assert record.given.train == 60 + 30 + 9 + 20
    assert are_one_partition(of_rows, groups[:ROWS])


def test_a_class_of_too_few_rows_for_folds_takes_no_groups_from_the_others():
    y, groups = Y.copy(), MIXED.copy()
    y[:3], groups[:3] = 3, 999
    record, of_rows = near(groups, y=y)
    assert record.given.fewest > 20
    assert are_one_partition(of_rows, groups[:ROWS])


def test_targets_all_unknown_in_training_do_not_cost_the_neighbours():
    y = Y.astype("float64")
    y[:ROWS] = np.nan
    assert near(MIXED, y=y)[0].given.rows_across == 150


def test_given_groups_are_those_of_the_rows():
    assert are_one_partition(near(MIXED)[1], MIXED[:ROWS])


@pytest.mark.parametrize(("of_class", "is_given"), [([30, 5, 20], True), ([30, 4, 20], False)])
def test_a_class_of_fewer_than_five_groups_leaves_them_to_what_lies_near(of_class, is_given):
    groups = in_groups(of_class, Y)
    record, of_rows = near(groups)
    assert record.given.fewest == of_class[1]
    assert are_one_partition(of_rows, groups[:ROWS]) == is_given
    alone = neighbours(prepared(X, Y, ROWS), plenty())[1]
    assert np.array_equal(of_rows, alone) != is_given


def test_too_few_groups_leave_rows_of_a_clip_to_its_stretches():
    x, y = clip(400), Y[:400]
    record, of_rows = near(np.arange(400) // 110, x, y, 300)
    alone = neighbours(prepared(x, y, 300), plenty())[1]
    assert record.given.train == 3
    assert np.array_equal(of_rows, alone)
    assert len(np.unique(of_rows)) < 300  # stretches, not rows apart


@pytest.mark.parametrize(("count", "is_given"), [(5, True), (4, False)])
def test_numbers_to_predict_have_no_classes_and_ask_for_five_groups(count, is_given):
    y = X[:, 0] + 0.1 * RNG.normal(size=500)
    groups = np.arange(500) % count
    record, of_rows = near(groups, y=y)
    assert (record.given.fewest, record.given.train) == (None, count)
    assert are_one_partition(of_rows, groups[:ROWS]) == is_given


@pytest.mark.parametrize("only", [(), ("train",), ("validation",)])
def test_groups_of_one_split_alone_are_none(only):
    groups = {name: labels for name, labels in told(MIXED).groups.items() if name in only}
    made = dataclasses.replace(told(MIXED), groups=groups)
    assert neighbours(Prepared(made), plenty())[0].given is None


def test_of_many_rows_those_that_are_looked_at_keep_their_groups():
    x, y = blobs(4000)
    groups = RNG.integers(0, 60, 4000)
    made = Prepared(told(groups, x, y, 2600))
    found = given_groups(made, None)
    assert found.record.rows_validation == 1000
    assert are_one_partition(found.train, groups[:2600][made.part("train").index])


def of_subjects(count=60, each=10, columns=8):
    """Rows of a subject are somewhat alike and of one class, of which inputs tell nothing else."""
    rng = np.random.default_rng(0)
    subject = rng.permutation(np.repeat(np.arange(count), each))
    x = rng.normal(size=(count, columns))[subject] + 0.5 * rng.normal(size=(len(subject), columns))
    return x.astype("float32"), subject % 2, subject


def test_a_reference_is_scored_by_the_groups_that_were_given():
    x, y, subject = of_subjects()
    given = measure_rows(0, told(subject, x, y, 400), 60).references
    assert given.within_train.low > 0.75
    assert given.within_train_grouped.value < 0.65


def test_groups_drawn_at_random_cost_a_reference_nothing():
    x, y, subject = of_subjects()
    drawn = RNG.permutation(subject)
    given = measure_rows(0, told(drawn, x, y, 400), 60).references
    assert given.within_train_grouped.value > given.within_train.value - 0.1


def test_rows_nearer_to_their_own_group_than_other_groups_come_are_twins():
    rng = np.random.default_rng(0)
    kind, groups = rng.integers(0, 2, 500), rng.integers(0, 25, 500)
    # In four dimensions around the middle of each group: no row stands out by distance alone.
    around = rng.uniform(0, 1, (500, 4)) @ rng.normal(size=(4, 20))
    x = (2 * rng.normal(size=(25, 20))[groups] + around).astype(np.float32)
    assert neighbours(prepared(x, kind, ROWS), plenty())[0].twins == 0
    assert near(groups, x, kind)[0].twins > 120


def test_groups_of_rows_that_are_not_alike_make_no_twins():
    assert near(MIXED)[0].twins <= 8


def test_the_model_is_scored_by_group_of_validation_rows_where_there_are_enough():
    groups = np.where(np.arange(500) < 490, np.arange(500) % 2, 7)
    groups[-3:] = 8  # three rows tell nothing
    right = (groups[ROWS:] == 1).astype("float64")  # the model knows group 1 alone
    own = {"validation": Own((np.zeros((150, 3)),), {"accuracy": right})}
    found = given_groups(Prepared(dataclasses.replace(told(groups), own=own)), None)
    scores = found.record.scores["accuracy"]
    assert {name: (s.value, s.n) for name, s in scores.items()} == {
        "0": (0.0, 70), "1": (1.0, 70), "7": (0.0, 7),
    }  # fmt: skip
