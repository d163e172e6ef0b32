"""Cheap references tell shuffled labels, leaks and plain hard problems apart."""

import itertools

import numpy as np
import pytest
from planted_rows import blobs, clip, pictures, plenty, prepared, sampled, split
from sklearn.datasets import load_digits

from valgap.ledger.probes.rows.features import features_of, kinds_of
from valgap.ledger.probes.rows.label_noise import label_noise
from valgap.ledger.probes.rows.measure import measure_rows
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.references import references
from valgap.ledger.probes.rows.space import Space
from valgap.ledger.probes.sampled import Own, Sampled

X, Y = blobs(500)
ROWS = 350


def measured(x, y, rows=ROWS, **more):
    return references(prepared(x, y, rows, **more), plenty())[0]


def shuffled(y, part):
    mixed = y.copy()
    mixed[part] = np.random.default_rng(5).permutation(mixed[part])
    return mixed


@pytest.fixture(scope="module")
def healthy():
    return measured(X, Y)


@pytest.fixture(scope="module")
def train_shuffled():
    return measured(X, shuffled(Y, slice(0, ROWS)))


@pytest.fixture(scope="module")
def validation_shuffled():
    return measured(X, shuffled(Y, slice(ROWS, None)))


def is_clear(found, chance):
    return found.low > chance + 0.2


def is_at(found, chance):
    return found.low <= chance <= found.high


def test_sound_labels_are_told_inside_and_across_the_splits(healthy):
    assert all(is_clear(healthy.scores[k], 1 / 3) for k in ("linear", "neighbours", "trees"))
    assert is_clear(healthy.within_train, 1 / 3)
    assert is_clear(healthy.within_validation, 1 / 3)
    assert min(healthy.signal[k].low for k in ("within_train", "across")) > 0.5


def test_the_majority_scores_what_chance_does(healthy):
    assert healthy.scores["majority"].value == pytest.approx(healthy.chance) == pytest.approx(1 / 3)


def test_labels_shuffled_in_training_alone_leave_validation_sound(train_shuffled):
    assert is_at(train_shuffled.within_train, 1 / 3)
    assert is_at(train_shuffled.signal["within_train"], 0)
    assert is_clear(train_shuffled.within_validation, 1 / 3)
    assert all(e.value < 0.5 for e in train_shuffled.scores.values())


def test_labels_shuffled_in_validation_alone_leave_training_sound(validation_shuffled):
    assert is_clear(validation_shuffled.within_train, 1 / 3)
    assert is_at(validation_shuffled.within_validation, 1 / 3)
    assert is_at(validation_shuffled.signal["across"], 0)


def test_a_validation_split_of_another_scale_is_sound_inside():
    x = X.copy()
    x[ROWS:] = x[ROWS:] * 100 + 700
    found = measured(x, Y)
    assert is_clear(found.within_validation, 1 / 3)
    assert max(e.value for e in found.scores.values()) < found.within_validation.low


def test_a_problem_without_signal_is_at_chance_everywhere():
    rng = np.random.default_rng(1)
    found = measured(rng.normal(size=(400, 8)), rng.integers(0, 2, 400), 280)
    assert is_at(found.within_train, 0.5)
    assert is_at(found.within_validation, 0.5)
    assert all(is_at(e, 0.5) for e in found.scores.values())


def test_a_rare_class_has_signal_where_decisions_show_little():
    rng = np.random.default_rng(2)
    y = (rng.random(1000) < 0.05).astype(np.int64)
    x = rng.normal(size=(1000, 5))
    x[:, 0] += 1.2 * y
    found = measured(x, y, 700)
    assert found.within_train.value < 0.65
    assert found.signal["within_train"].low > 0.2


def test_more_rows_of_training_help(healthy):
    rows, scores = zip(*((p.rows, p.score) for p in healthy.learning), strict=True)
    assert rows == (87, 175, 350)
    assert scores[-1] >= scores[0] - 0.03


def test_targets_may_be_encoded_in_any_way_in_each_split(healthy):
    given = sampled(X[:ROWS], np.eye(3)[Y[:ROWS]], X[ROWS:], Y[ROWS:, None].astype(np.float32))
    found, _ = references(Prepared(given), plenty())
    assert found.scores["linear"] == healthy.scores["linear"]


def test_trees_tell_what_no_line_does():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(500, 4))
    found = measured(x, ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(int))
    assert is_at(found.scores["linear"], 0.5)
    assert found.scores["trees"].low > 0.7


def test_regression_is_scored_by_the_variance_explained():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(400, 5))
    y = 1e4 * (x[:, :1] + 0.3 * rng.normal(size=(400, 1)))
    found = measured(x, y, 280)
    assert (found.task, found.measure, found.chance) == ("regression", "R2", 0.0)
    assert found.scores["linear"].value == pytest.approx(1 / 1.09, abs=0.05)
    assert found.signal["across"].low > 0.8


def test_flags_are_scored_by_flag():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 6))
    y = (x[:, :3] + 0.5 * rng.normal(size=(400, 3)) > 0).astype(np.float32)
    found = measured(x, y, 280)
    assert (found.task, found.chance) == ("multilabel", 0.5)
    assert found.scores["linear"].low > 0.75


def test_the_frequency_of_a_series_is_seen_whatever_its_phase():
    rng = np.random.default_rng(6)
    y = rng.integers(0, 2, 300)
    waves = np.where(y, 0.5, 0.8)[:, None] * np.arange(50) + rng.uniform(0, 6.3, (300, 1))
    x = (np.sin(waves) + 0.5 * rng.normal(size=waves.shape))[..., None]
    assert is_clear(measured(x, y, 210).within_train, 0.5)


def test_one_column_that_gives_the_label_away_is_named():
    x = X.copy()
    x[:, 4] = Y + 0.01 * np.random.default_rng(0).normal(size=len(Y))
    found = measured(x, Y)
    assert found.single_feature == "x[4]"
    assert min(e.low for e in found.single.values()) > 0.9
    assert set(found.single) == {"train", "validation"}


def test_one_feature_of_a_series_that_gives_the_label_away_is_named():
    x = np.random.default_rng(0).normal(size=(300, 20, 4))
    x[:, -1, 2] = Y[:300]
    assert measured(x, Y[:300], 210).single_feature == "x[2]"


def test_one_column_of_very_many_is_found():
    x = np.random.default_rng(0).normal(size=(300, 900)).astype(np.float32)
    x[:, 777] = Y[:300] == 1
    assert measured(x, Y[:300], 210).single_feature == "x[777]"


def test_a_whole_input_is_named_where_its_columns_only_tell_together():
    x = {"a": X, "b": np.eye(3)[Y] + 0.2 * np.random.default_rng(0).normal(size=(500, 3))}
    assert measured(x, Y).single_feature == "b"


def test_without_the_telling_column_the_others_are_scored():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6))
    y = rng.integers(0, 2, 400)
    x[:, 2] = y
    found = measured(x, y, 280)
    assert is_at(found.without_single, 0.5)
    assert found.scores["trees"].value > 0.95


def test_no_single_column_tells_where_it_takes_several(healthy):
    assert healthy.single["validation"].high < healthy.scores["linear"].value
    assert healthy.without_single is None or healthy.without_single.low > 0.6


def test_the_border_alone_tells_where_the_label_is_painted_on_it():
    found = measured(*pictures(240, on_border=True), 160)
    assert found.border.low > 0.9
    assert is_at(found.centre, 0.5)


def test_the_centre_tells_where_the_object_is_in_it():
    x, y = pictures(240)
    x[:, :, :6], x[:, :, -6:] = 0.3, 0.3
    found = measured(x, y, 160)
    assert found.centre.low > 0.9
    assert is_at(found.border, 0.5)


def test_the_own_model_is_scored_on_the_same_rows():
    perfect, constant = np.eye(3)[Y[:ROWS]], np.tile([0.2, 0.5, 0.3], (len(Y) - ROWS, 1))
    own = {"train": Own((perfect,)), "validation": Own((constant,))}
    found = measured(X, Y, own=own)
    assert found.own_train.value == 1.0
    assert found.own.value == pytest.approx(1 / 3)
    assert found.signal["own"].value == pytest.approx(0.0)


def test_one_unit_decides_half_way_between_two_labels():
    x, y = blobs(200, classes=2)
    own = {s: Own((p,)) for s, p in (("train", 0.9 * y[:140]), ("validation", 0.9 * y[140:, None]))}
    assert measured(x, y, 140, own=own).own.value == 1.0
    assert measured(x, 2 * y - 1, 140, own=own).own.value == 0.5 + 0.5 * 1.0


def test_of_several_outputs_the_worst_is_looked_at():
    x, y = blobs(200, classes=2)
    good, bad = np.eye(2)[y], np.eye(2)[1 - y]
    parts = {"train": slice(0, 140), "validation": slice(140, None)}
    own = {split_: Own((good[rows], bad[rows])) for split_, rows in parts.items()}
    given = split(x, {"a": y, "b": y}, 140, own=own)
    assert references(Prepared(given), plenty())[0].target == "b"


def test_validation_of_one_class_is_not_scored():
    y = Y.copy()
    y[ROWS:] = 1
    found, why = references(prepared(X, y, ROWS), plenty())
    assert (found.scores, found.own, found.within_validation) == ({}, None, None)
    assert "one class" in why["references.validation"]
    assert found.within_train is not None


def test_ten_validation_rows_are_not_cross_validated():
    found = measured(X[:210], Y[:210], 200)
    assert found.within_validation is None
    assert found.rows_validation == 10


def test_rows_of_a_clip_score_less_when_stretches_are_kept_together():
    x = clip(400)
    y = (clip(400, seed=7, columns=1)[:, 0] > 0).astype(int)  # goes with time, not with x
    given = sampled(x, y)
    found = measure_rows(0, given, 60).references
    assert found.within_train.low > 0.7
    assert found.within_train_grouped.high < found.within_train.low


def test_independent_rows_have_no_score_by_group(healthy):
    assert healthy.within_train_grouped is None


def test_copies_of_a_row_stay_in_one_fold():
    rng = np.random.default_rng(8)
    x, y = np.repeat(rng.normal(size=(60, 20)), 8, axis=0), np.repeat(rng.integers(0, 2, 60), 8)
    found = references(Prepared(sampled(x, y)), plenty())[0]
    assert found.within_train.value < 0.75  # a copy in another fold would make it 1


def test_the_same_rows_give_the_same_scores(healthy):
    assert measured(X, Y).scores == healthy.scores


def test_features_standardised_by_split_do_not_change_with_scale_and_offset():
    x, _ = pictures(40)
    kinds = kinds_of(x)
    plain, scaled = (features_of(v, kinds) for v in (x, 40 * x + 300))
    np.testing.assert_allclose(Space(plain).put(plain), Space(scaled).put(scaled), atol=2e-2)


@pytest.mark.parametrize(
    "shape", [(12, 70, 40, 3), (12, 3, 20, 30, 1), (12, 9, 200), (12, 3), (12, 1, 1, 2), (12, 5, 5)]
)
def test_rows_of_any_shape_become_few_numbers(shape):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float16)
    blocks = features_of(x, kinds_of(x))
    put = Space(blocks).put(blocks)
    assert put.shape[0] == 12
    assert put.shape[1] <= 400
    assert np.isfinite(put).all()


def test_labels_of_several_flags_have_no_single_label_that_is_wrong():
    pytest.importorskip("cleanlab")
    y = np.random.default_rng(0).integers(0, 2, (len(X), 3))
    with pytest.raises(Exception, match="one class a row"):
        label_noise(prepared(X, y, ROWS), plenty())


def test_flipped_labels_are_found_and_listed():
    pytest.importorskip("cleanlab")
    x, y = blobs(400, apart=4.0)
    flipped = np.random.default_rng(0).choice(400, 40, replace=False)
    noisy = y.copy()
    noisy[flipped] = (noisy[flipped] + 1) % 3
    found = label_noise(Prepared(sampled(x, noisy)), plenty())
    assert found.share.low <= 0.1 <= found.share.high
    assert set(found.rows_listed) <= set(flipped.tolist())


@pytest.mark.parametrize(("wrong", "share"), [(0, 0.0), (60, 0.2)])
def test_labels_of_validation_are_held_against_a_model_of_training_rows(wrong, share):
    pytest.importorskip("cleanlab")
    x, y = blobs(700, apart=4.0)
    rng = np.random.default_rng(0)
    train, held_out = y[:400].copy(), y[400:].copy()
    for labels, count in ((train, 80), (held_out, wrong)):  # training has a fifth in both
        flipped = rng.choice(len(labels), count, replace=False)
        labels[flipped] = (labels[flipped] + 1) % 3
    found = label_noise(Prepared(sampled(x[:400], train, x[400:], held_out)), plenty())
    assert found.held_out.value == pytest.approx(share, abs=0.03)


def test_clean_labels_of_clear_classes_are_let_alone():
    pytest.importorskip("cleanlab")
    assert label_noise(Prepared(sampled(*blobs(400, apart=4.0))), plenty()).issues <= 4


def test_tasks_that_are_not_known_are_told_by_the_target():
    given = split(X, Y, ROWS)
    found, _ = references(Prepared(Sampled(given.tables, ())), plenty())
    assert found.task == "multiclass"


def orders_of_digits(rows, seed=0):
    """Which three digits in which order, blurred by noise: hard, and every label is right."""
    pictures, digits = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    every, y = list(itertools.permutations(range(5), 3)), rng.integers(60, size=rows)
    x = [[rng.choice(pictures[digits == d]) for d in every[kind]] for kind in y]
    flat = np.asarray(x, np.float32).reshape(rows, -1)
    return flat + rng.normal(0, 6, flat.shape).astype(np.float32), y


@pytest.mark.parametrize("flipped", [0.0, 0.25])
def test_the_ranking_of_labels_tells_wrong_ones_from_hard_rows(flipped):
    """DAT207 goes by it: what is drawn at random is ranked at random."""
    x, y = orders_of_digits(600)
    rng = np.random.default_rng(1)
    is_wrong = rng.random(len(y)) < flipped
    y = np.where(is_wrong, rng.integers(60, size=len(y)), y)
    found = measured(x, y, rows=len(y) * 3 // 4)
    wrong = 1 - found.within_train.value
    assert wrong > 0.2
    ranked = found.signal["within_train"]
    # Halfway between what so many wrong labels leave and a perfect ranking.
    assert (ranked.low > 1 - wrong / 2) if not flipped else (ranked.value < 1 - wrong / 2)
