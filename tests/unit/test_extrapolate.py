"""Learning curves that follow a power of the rows are carried on to where they go."""

import numpy as np
import pytest

from valgap.experiments.extrapolate import at_rows


def curve(sizes, seeds=6, noise=0.005, power=0.5, level=4.0):
    rng = np.random.default_rng(3)
    return {n: 1 - level * n**-power + noise * rng.normal(size=seeds) for n in sizes}


def test_a_power_of_the_rows_is_found_and_carried_on():
    found = at_rows(curve((100, 200, 400)), 800)
    assert found.value == pytest.approx(1 - 4 * 800**-0.5, abs=0.01)
    assert found.low < 1 - 4 * 800**-0.5 < found.high


def test_the_interval_covers_what_comes_in_nineteen_of_twenty_or_so():
    rng, hits = np.random.default_rng(0), 0
    for _ in range(200):
        scores = {n: 1 - 4 * n**-0.5 + 0.01 * rng.normal(size=8) for n in (100, 200, 400)}
        found = at_rows(scores, 800)
        hits += found.low <= 1 - 4 * 800**-0.5 <= found.high
    assert hits >= 170  # a bootstrap of eight seeds is a little narrow


def test_a_flat_curve_promises_nothing():
    found = at_rows({n: np.full(4, 0.7) for n in (100, 200, 400)}, 800)
    assert found.value == pytest.approx(0.7)


@pytest.mark.parametrize("scores", [{}, {100: [0.5, 0.6]}, {100: [0.5], 200: [0.6]}])
def test_one_size_or_one_seed_is_no_curve(scores):
    assert at_rows(scores, 400) is None


def test_a_perfect_score_has_no_logarithm_and_breaks_nothing():
    assert at_rows({100: [0.9, 0.92], 200: [1.0, 1.0]}, 400).value <= 1.0
