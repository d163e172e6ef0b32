"""What is unaccounted on a sample: its interval covers 0 about as often as it says."""

import numpy as np
import pytest

from valgap.ledger.rows import Epoch, account
from valgap.ledger.score import Scores
from valgap.ledger.states import State

TIMES = 300


def state(parts, ids, draws, variance, unit="row"):
    scores = Scores({"loss": float(parts.mean())}, {"loss": parts}, {"loss": unit})
    return State("validation", scores, draws, {"loss": variance}, ids, (len(parts),))


def unaccounted(seed, *, sampled, noise):
    """The last row for one run: skewed losses, a sample of them, noise drawn anew."""
    rng = np.random.default_rng(seed)
    whole = rng.exponential(size=600) ** 1.5
    logged = float(whole.mean()) + noise * rng.normal()
    ids = np.sort(rng.choice(600, sampled, replace=False))
    draws = noise * rng.normal(size=5)
    variance = float(np.var(draws, ddof=1)) if noise else 0.0
    found = state(whole[ids] + draws.mean(), ids, 5 if noise else 1, variance)
    logs = {"loss": 0.5, "val_loss": logged}
    at = Epoch(0, ("last",), logs, {"validation-logged": found}, {}, 600, 600)
    return account("loss", at).rows[-1]


@pytest.mark.parametrize("noise", [0.0, 0.2], ids=["deterministic", "redrawn"])
@pytest.mark.parametrize("sampled", [60, 300, 600])
def test_the_interval_of_what_is_unaccounted_covers_nothing_left(sampled, noise):
    rows = [unaccounted(seed, sampled=sampled, noise=noise) for seed in range(TIMES)]
    share = np.mean([row.low <= 0 <= row.high for row in rows])
    assert share >= 0.85
    if sampled < 600 or noise:
        assert share < 1.0  # an interval that always covers would say nothing


def test_what_is_unaccounted_is_nothing_on_all_rows_of_a_deterministic_script():
    rows = [unaccounted(seed, sampled=600, noise=0.0) for seed in range(20)]
    assert max(abs(row.delta) for row in rows) < 1e-12
    assert max(row.high - row.low for row in rows) < 1e-4


def test_a_pipeline_that_is_not_what_was_logged_is_not_covered():
    rng = np.random.default_rng(0)
    whole = rng.exponential(size=600)
    logs = {"loss": 0.5, "val_loss": float(whole.mean()) + 0.5}
    found = {"validation-logged": state(whole[:400], np.arange(400), 1, 0.0)}
    row = account("loss", Epoch(0, ("last",), logs, found, {}, 600, 600)).rows[-1]
    assert row.low > 0
