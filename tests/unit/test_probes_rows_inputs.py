"""What is measured of the inputs and targets of a split."""

import numpy as np
import pytest
from planted_rows import blobs, table

from valgap.ledger.probes.rows.inputs import input_records
from valgap.ledger.probes.rows.targets import target_records

RNG = np.random.default_rng(0)


def of(x, **more):
    return input_records("train", table(x, None), **more)[0]


def target(y, stored=True):
    return target_records("train", table(y, y), stored)[0]


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ((40, 16, 16, 3), "image"),
        ((40, 5, 16, 16, 1), "frames"),
        ((40, 30, 4), "series"),
        ((40, 28, 28), "series"),
        ((40, 7), "table"),
        ((40,), "table"),
        ((40, 2, 2, 2, 2, 2), "other"),
    ],
)
def test_the_kind_of_an_input_follows_its_shape(shape, kind):
    assert of(RNG.normal(size=shape)).kind == kind


def test_smooth_squares_without_channels_are_pictures_of_one_feature():
    x = RNG.normal(size=(40, 24, 24)).cumsum(axis=1).cumsum(axis=2)
    assert (of(x).kind, of(x).features) == ("image", 1)


def test_tokens_are_told_from_columns_of_whole_numbers():
    ages = np.stack([RNG.integers(low, low + 30, 200) for low in range(0, 200, 20)], axis=1)
    assert of(RNG.integers(1, 500, (200, 30))).kind == "other"
    assert of(ages).kind == "table"
    assert of(RNG.integers(0, 2, (200, 30))).kind == "table"


def test_moments_and_ends_are_those_of_all_finite_values():
    x = RNG.normal(5, 3, (700, 9)).astype(np.float32)
    x[3, 2], x[4, 1], x[4, 2] = np.nan, np.inf, -np.inf
    found, kept = of(x), x[np.isfinite(x)].astype(np.float64)
    assert (found.non_finite, found.non_finite_rows) == (3, 2)
    assert (found.low, found.high) == (kept.min(), kept.max())
    assert (found.mean, found.std) == pytest.approx((kept.mean(), kept.std()), rel=1e-6)
    assert found.feature_std[2] == pytest.approx(np.nanstd(np.delete(x[:, 2], [3, 4])), rel=1e-5)
    assert (found.q01, found.q99) == pytest.approx(np.quantile(kept, [0.01, 0.99]))


def test_many_blocks_give_the_moments_of_one(monkeypatch):
    x = RNG.normal(1000, 1, (500, 4, 4, 3)).astype(np.float32)
    whole = of(x)
    monkeypatch.setattr("valgap.ledger.probes.rows.arrays.BLOCK", 100)
    monkeypatch.setattr("valgap.ledger.probes.rows.arrays.blocks.__defaults__", (100,))
    assert of(x).std == pytest.approx(whole.std, rel=1e-6)
    assert of(x).feature_mean == pytest.approx(whole.feature_mean, rel=1e-7)


def test_half_precision_does_not_overflow():
    assert of(np.full((50, 4), 60000, np.float16)).mean == pytest.approx(60000, rel=1e-3)


def test_bytes_and_flags_are_whole_numbers():
    assert of(RNG.integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)).whole_numbers
    assert of(RNG.random((50, 4)) > 0.5).whole_numbers
    assert not of(RNG.random((50, 4))).whole_numbers


def test_features_without_variance_are_listed():
    x = RNG.normal(size=(60, 6))
    x[:, [1, 4]] = 2.5
    assert (of(x).constant_features, of(x).constant_count) == ((1, 4), 2)


def test_one_row_is_no_reason_to_call_anything_constant():
    found = of(np.ones((1, 5)))
    assert (found.constant_count, found.rows_differ) == (0, True)


def test_rows_that_are_all_the_same_are_told():
    assert not of(np.tile(RNG.normal(size=5), (30, 1))).rows_differ
    assert of(RNG.normal(size=(30, 5))).rows_differ


def test_padding_is_what_lies_at_an_end_of_a_row():
    x = RNG.normal(size=(40, 10, 3))
    x[:, 6:] = 0
    x[:, 2] = 0
    assert of(x).zero_steps == pytest.approx(0.5)
    assert of(x).padding_steps == pytest.approx(0.4)


def test_padded_tokens_have_padding_and_no_zero_steps():
    x = RNG.integers(1, 400, (80, 20))
    x[:, 15:] = 0
    assert (of(x).zero_steps, of(x).padding_steps) == (None, 0.25)


def test_rows_as_fed_stand_beside_clean_ones():
    x = RNG.random((60, 4))
    found = of(x, fed=table(x * 255, None))
    assert found.fed_high == pytest.approx(255 * found.high)
    assert found.fed_std == pytest.approx(255 * found.std)
    assert of(x).fed_mean is None


def test_text_is_recorded_without_numbers():
    found = of(np.array([["a", "b"], ["c", "d"]]))
    assert (found.kind, found.rows, found.low) == ("other", 2, None)


def test_each_input_has_a_record_under_its_name():
    x = {"a": RNG.normal(size=(9, 3)), "b": (RNG.normal(size=(9, 4, 4, 1)),)}
    assert [i.name for i in input_records("train", table(x, None))] == ["a", "b[0]"]


@pytest.mark.parametrize(
    "encode", [lambda y: y, lambda y: y[:, None] * 1.0, lambda y: np.eye(3)[y]]
)
def test_classes_are_counted_in_any_encoding(encode):
    _, y = blobs(120)
    found = target(encode(y))
    assert found.counts == {str(c): int((y == c).sum()) for c in range(3)}
    assert found.distinct == 3


def test_sets_of_flags_are_counted():
    found = target(np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1], [1, 1, 1]]))
    assert found.counts == {"0,2": 2, "none": 1, "0,1,2": 1}


def test_runs_of_a_random_order_are_as_many_as_expected():
    scores = [target(np.random.default_rng(s).integers(0, 3, 150)).runs_z for s in range(200)]
    assert abs(np.mean(scores)) < 0.25
    assert 0.85 < np.std(scores) < 1.15


def test_sorted_classes_have_one_run_each():
    found = target(np.sort(blobs(150)[1]))
    assert (found.runs, found.sorted_by_class) == (3, True)
    assert found.runs_z < -8
    assert not target(blobs(150)[1]).sorted_by_class


def test_numbers_that_drift_have_few_runs():
    assert target(RNG.normal(size=300).cumsum()).runs_z < -8


def test_runs_are_not_told_where_the_order_is_not_known():
    found = target(np.sort(blobs(150)[1]), stored=False)
    assert (found.runs, found.runs_z, found.sorted_by_class) == (None, None, False)


def test_a_constant_target_has_no_score_of_its_runs():
    found = target(np.ones(40))
    assert (found.distinct, found.low, found.high, found.runs_z) == (1, 1.0, 1.0, None)


def test_targets_that_are_no_numbers_are_counted():
    y = RNG.normal(size=(50, 1))
    y[3] = np.nan
    assert (target(y).non_finite, target(y).rows) == (1, 50)
