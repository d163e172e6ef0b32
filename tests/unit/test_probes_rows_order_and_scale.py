"""What is left of series whose steps were mixed, and scales that outliers do not set."""

import numpy as np
import pytest
from planted_rows import blobs, plenty, split

from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.references import references
from valgap.ledger.probes.rows.space import Scaler
from valgap.ledger.probes.rows.unordered import _permuted


def ramps(rows, seed=0, steps=16):
    """Noisy series that rise or fall: only the order of their steps tells the classes apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    slope = np.linspace(-1, 1, steps)[None, :, None] * np.where(y == 1, 1, -1)[:, None, None]
    return (slope + rng.normal(0, 0.3, (rows, steps, 2))).astype(np.float32), y


def levels(rows, seed=0, steps=16):
    """Noisy series that lie high or low, in whatever order their steps stand."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    return (y[:, None, None] + rng.normal(0, 0.5, (rows, steps, 2))).astype(np.float32), y


def found(x, y, rows=300):
    return references(Prepared(split(x, y, rows)), plenty())[0]


def test_series_that_their_order_alone_tells_lose_all_when_steps_are_mixed():
    told = found(*ramps(450))
    assert told.scores[told.kind].low > 0.9
    assert told.unordered.low < 0.6


def test_series_that_their_level_tells_lose_nothing_when_steps_are_mixed():
    told = found(*levels(450))
    assert told.unordered.high >= told.scores[told.kind].low


def test_a_table_has_no_order_to_mix():
    assert found(*blobs(450)).unordered is None


def test_the_steps_of_each_row_are_mixed_by_themselves_and_none_is_lost():
    x = np.arange(5 * 8 * 2, dtype=float).reshape(5, 8, 2)
    mixed = _permuted(x, np.random.default_rng(0))
    orders = {tuple(row[:, 0] - row[:, 0].min()) for row in mixed}
    assert len(orders) > 1
    for row, told in zip(x, mixed, strict=True):
        assert sorted(map(tuple, told)) == sorted(map(tuple, row))


def test_arrays_without_steps_are_left_as_they_are_beside_those_that_have_some():
    ids = np.arange(6)[:, None]
    mixed = _permuted({"ids": ids, "x": np.zeros((6, 4, 1))}, np.random.default_rng(0))
    assert mixed["ids"] is ids


# ---- Scaler.robust


def normal(rows=500, columns=3, seed=0):
    return np.random.default_rng(seed).normal(5.0, 2.0, (rows, columns))


def test_one_row_far_out_does_not_set_the_scale_of_all_others():
    x = normal()
    x[0, 1] = 1e6
    scaler = Scaler.robust(x)
    assert scaler.spread[1] == pytest.approx(2.0, rel=0.2)
    assert scaler.mean[1] == pytest.approx(5.0, abs=0.5)


def test_columns_without_outliers_keep_their_mean_and_deviation():
    x = normal()
    x[0, 1] = 1e6
    plain, robust = Scaler.of(x), Scaler.robust(x)
    assert robust.mean[[0, 2]].tolist() == plain.mean[[0, 2]].tolist()
    assert robust.spread[[0, 2]].tolist() == plain.spread[[0, 2]].tolist()


def test_a_flag_that_is_seldom_set_keeps_its_deviation():
    flag = np.zeros((500, 1))
    flag[::50] = 1.0
    assert Scaler.robust(flag).spread.tolist() == Scaler.of(flag).spread.tolist()


def test_a_constant_column_and_one_without_a_value_have_no_spread():
    x = np.column_stack([np.full(50, 7.0), np.full(50, np.nan)])
    robust, plain = Scaler.robust(x), Scaler.of(x)
    np.testing.assert_array_equal(robust.spread, plain.spread)
    np.testing.assert_array_equal(robust.mean, plain.mean)


def test_gaps_do_not_change_what_outliers_leave():
    x = normal()
    x[0, 1], x[1:100, 1] = 1e6, np.nan
    assert Scaler.robust(x).spread[1] == pytest.approx(2.0, rel=0.25)


def test_an_outlier_does_not_change_what_the_rest_are_scaled_by():
    x = normal()
    with_outlier = x.copy()
    with_outlier[0, 1] = 80.0
    rest, robust = Scaler.of(x[1:, 1:2]), Scaler.robust(with_outlier)
    assert robust.spread[1] == pytest.approx(rest.spread[0])
    assert robust.mean[1] == pytest.approx(rest.mean[0])
