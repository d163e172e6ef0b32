"""Random models, data and fits: no crash, the user's weights to the bit, a ledger that sums."""

import math

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from ledger_help import watched
from random_models import drawn_from, fitted, model_of

from valgap.registry import diagnose

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="feeds are of TensorFlow"),
]
SEEDS = st.integers(0, 10**9)
USUAL = {
    "deadline": None,
    "database": None,
    "derandomize": True,  # the same fits at every call; `long` has ten times as many
    "suppress_health_check": list(HealthCheck),
}


def held(seed: int) -> None:
    """A fit under observation, held against the same without us."""
    drawn = drawn_from(seed)
    note(str(drawn))
    plain, failed = [], None
    try:
        plain = fitted(drawn, model_of(drawn))
    except Exception as error:
        failed = error
    seen: list[np.ndarray] = []

    def job() -> None:
        seen.extend(fitted(drawn, model_of(drawn)))

    run = watched(job, rows=40)
    note(f"without us: {failed or 'it ends'}")
    assert len(seen) == len(plain)
    for ours, without in zip(seen, plain, strict=True):
        np.testing.assert_array_equal(ours, without)
    if failed is None:
        assert run is not None
        assert len(run.fits) == 1
        sums(run)
        diagnose(run)


def sums(run: object) -> None:
    for ledger in run.ledgers:
        for account in ledger.accounts:
            deltas = [row.delta for row in account.rows if row.delta is not None]
            ends = (account.train, account.validation)
            if not deltas or any(end is None or not math.isfinite(end) for end in ends):
                continue
            gap = account.validation - account.train
            scale = max(1.0, *map(abs, (*ends, *deltas)))
            assert math.isfinite(sum(deltas))
            assert abs(sum(deltas) - gap) <= 1e-9 * scale, (account.metric, account.rows)


@settings(max_examples=30, **USUAL)
@given(SEEDS)
def test_thirty_random_fits_are_left_alone_and_their_ledgers_sum(seed):
    held(seed)


@pytest.mark.long
@settings(max_examples=330, **USUAL)
@given(SEEDS)
def test_three_hundred_random_fits_are_left_alone_and_their_ledgers_sum(seed):
    held(seed)
