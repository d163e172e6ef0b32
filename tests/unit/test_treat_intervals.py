"""Intervals of paired differences whose folds share rows; p values; pairs that are wanted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valgap.treatment.intervals import Share, gain_of, p_of, pairs_to_find, rows_to_find

FRESH = Share(1 / 11, 8)


def shared(rng, n, effect=0.0, share=FRESH):
    """Differences with the correlation that the correction assumes."""
    rho = share.ratio / (1 + share.ratio)
    return effect + rho**0.5 * rng.normal() + (1 - rho) ** 0.5 * rng.normal(size=n)


@pytest.mark.parametrize("n", [6, 8, 16])
def test_the_interval_covers_although_folds_share_rows(n):
    gains = [gain_of(shared(np.random.default_rng(i), n), FRESH) for i in range(400)]
    assert 0.92 <= np.mean([g.low <= 0 <= g.high for g in gains]) <= 0.99


def test_without_the_correction_it_would_not():
    plain = Share(0.0, 99)
    gains = [gain_of(shared(np.random.default_rng(i), 16), plain) for i in range(400)]
    assert np.mean([g.low <= 0 <= g.high for g in gains]) < 0.85


@pytest.mark.parametrize("n", [6, 12, 24])
def test_a_claim_of_nothing_passes_once_in_twenty_times_or_less(n):
    made = [shared(np.random.default_rng(i), n) for i in range(200)]
    assert np.mean([p_of(d, gain_of(d, FRESH)) <= 0.05 for d in made]) <= 0.08


@given(st.integers(1, 100), st.integers(1, 100))
def test_more_units_never_make_the_variance_larger(n, more):
    assert FRESH.factor(n + more) <= FRESH.factor(n)
    assert FRESH.factor(n) >= max(FRESH.ratio, 1 / FRESH.folds)


def test_one_pair_has_no_interval_and_none_no_gain():
    one = gain_of(np.array([0.1]), FRESH)
    assert (one.value, one.low, one.t_p) == (0.1, None, 1.0)
    assert gain_of(np.array([]), FRESH) is None


def test_pairs_that_all_agree_leave_no_doubt_but_need_to_be_six():
    for n, passes in ((5, False), (6, True)):
        same = np.full(n, 0.02)
        assert (p_of(same, gain_of(same, FRESH)) <= 0.05) is passes


def test_a_large_effect_takes_few_pairs_and_a_small_one_rows():
    assert pairs_to_find(3.0, 1.0, FRESH) <= 6
    assert pairs_to_find(1.2, 1.0, FRESH) > 10
    assert pairs_to_find(0.2, 1.0, FRESH) is None
    assert rows_to_find(0.2, 1.0, FRESH, 1000) > 10_000


def test_pairs_to_find_find_it_nine_times_in_ten():
    n = pairs_to_find(1.3, 1.0, FRESH)
    made = [gain_of(shared(np.random.default_rng(i), n, 1.3), FRESH) for i in range(300)]
    assert 0.85 <= np.mean([g.low > 0 for g in made]) <= 0.97
