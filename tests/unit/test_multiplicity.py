"""The false-alarm rate of a whole run, on simulated null evidence."""

import dataclasses

import numpy as np
import pytest

from valgap.finding import Expected, Finding, Observed
from valgap.multiplicity import RUN_WIDE, controlled, p_value
from valgap.stats import paired

CHECKS = 90


def finding(estimate, code="DAT201", severity="warning", threshold=0.0):
    observed = Observed(estimate.value, "points", estimate.low, estimate.high, estimate.n)
    expected = Expected("<=", threshold, "the null")
    return Finding(code, "name", "DAT", severity, "suspected", "it is so", observed, expected)


def null_run(generator, rows, spread):
    """What ninety checks find where there is nothing: those whose interval clears 0."""
    estimates = [paired(spread(generator, rows)) for _ in range(CHECKS)]
    return [finding(e) for e in estimates if e.low > 0]


SPREADS = {
    "normal": lambda g, n: g.normal(size=n),
    "right or wrong": lambda g, n: (g.random(n) < 0.5) - 0.5,
    "skewed losses": lambda g, n: g.exponential(size=n) - 1.0,
}


@pytest.mark.parametrize("spread", SPREADS.values(), ids=SPREADS)
def test_a_run_without_a_fault_raises_an_alarm_once_in_a_hundred_at_most(spread):
    generator = np.random.default_rng(5)
    runs = [null_run(generator, 200, spread) for _ in range(600)]
    bare = np.mean([bool(found) for found in runs])
    held = np.mean([any(f.severity != "note" for f in controlled(r, CHECKS)) for r in runs])
    assert bare > 0.5  # without control the test would prove nothing
    # Three standard errors of a share of .01 over 600 runs.
    assert held <= RUN_WIDE + 3 * np.sqrt(RUN_WIDE * (1 - RUN_WIDE) / 600)


def test_a_fault_that_is_there_still_stands_among_ninety_checks():
    generator = np.random.default_rng(1)
    real = finding(paired(generator.normal(0.5, 1.0, 200)), code="MOD106", severity="error")
    assert controlled([real, *null_run(generator, 200, SPREADS["normal"])], CHECKS)[0] == real


def test_a_measured_fact_without_an_interval_is_left_alone():
    fact = finding(dataclasses.replace(paired(np.ones(3)), low=None, high=None))
    assert p_value(fact) is None
    assert controlled([fact], CHECKS) == (fact,)


def test_what_is_taken_back_says_why():
    estimate = paired(np.random.default_rng(0).normal(0.16, 1.0, 200))
    assert estimate.low > 0
    (found,) = controlled([finding(estimate)], CHECKS)
    assert found.severity == "note"
    assert "90 checks at once" in found.evidence[-1]


def test_a_larger_distance_is_a_smaller_probability():
    near, far = (finding(paired(np.arange(-5.0, 6.0)), threshold=t) for t in (-1.0, -4.0))
    assert p_value(far) < p_value(near) < 0.5
