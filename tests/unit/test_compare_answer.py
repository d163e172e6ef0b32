"""Whether a change helped, from scores in pairs by seed."""

import numpy as np
import pytest
from scipy.stats import nct
from scipy.stats import t as student

from valgap.comparison.answer import RowError, answered, effect_of, pairs_for, rows_for
from valgap.experiments.verdict import Pairs

BASE = (0.80, 0.81, 0.79, 0.80, 0.82, 0.78)


def pairs(*gains, base=BASE, figure="skill"):
    patient = base[: len(gains)]
    return Pairs(figure, patient, tuple(a + g for a, g in zip(patient, gains, strict=True)))


CLEAR = (0.05, 0.06, 0.05, 0.04, 0.06, 0.05)


def test_six_pairs_better_alike_are_a_yes():
    verdict = answered(pairs(*CLEAR))
    assert (verdict.answer, verdict.reason) == ("yes", "it is better")
    assert verdict.needs.pairs is verdict.needs.rows is None


def test_six_pairs_worse_alike_are_a_no():
    assert answered(pairs(*(-g for g in CLEAR))).reason == "it is worse"
    assert answered(pairs(*(-g for g in CLEAR))).answer == "no"


def test_an_interval_within_what_matters_is_a_no():
    verdict = answered(pairs(0.001, -0.001, 0.0, 0.002, -0.001, 0.0))
    assert (verdict.answer, verdict.reason) == ("no", "no difference that matters")


def test_identical_trials_are_a_no_and_never_a_yes():
    for n in (3, 6):
        assert answered(pairs(*[0.0] * n)).answer == "no"
    assert answered(pairs(*[0.0] * 6, base=(1.0,) * 6)).answer == "no"
    assert answered(pairs(0.0, 0.0)).answer == "cannot tell"


def test_the_same_gain_in_every_pair_has_no_spread_and_is_a_yes():
    assert answered(pairs(*[0.05] * 6)).answer == "yes"


@pytest.mark.parametrize("n", [1, 2, 5])
def test_fewer_than_six_pairs_cannot_pass_and_say_so(n):
    verdict = answered(pairs(*CLEAR[:n]))
    assert verdict.answer == "cannot tell"
    assert verdict.needs.pairs >= 6
    told = "one pair says nothing of chance" if n == 1 else "fewer than 6 pairs"
    assert verdict.reason.startswith(told)


def test_two_claims_ask_for_seven_pairs():
    verdict = answered(pairs(*CLEAR), claims=2)
    assert (verdict.answer, verdict.needs.pairs) == ("cannot tell", 7)


def test_an_effect_below_what_matters_is_no_yes():
    verdict = answered(pairs(0.004, 0.017, 0.006, 0.015, 0.008, 0.014))
    assert verdict.answer == "cannot tell"
    assert "smaller than what matters" in verdict.reason


def test_noisy_pairs_tell_how_many_it_takes():
    verdict = answered(pairs(0.08, -0.05, 0.06, -0.02, 0.07, 0.0))
    assert verdict.answer == "cannot tell"
    assert verdict.needs.pairs > 6
    assert verdict.reason == "seeds change the score as much"


def test_more_pairs_than_were_made_are_asked_for():
    sd = np.std(CLEAR, ddof=1)
    assert pairs_for(float(sd), 0.05) == 6
    verdict = answered(pairs(*CLEAR, 0.05, -0.2, base=(*BASE, 0.8, 0.8)))
    assert verdict.needs.pairs > 8


def test_other_rows_widen_the_interval_and_ask_for_rows():
    error = RowError(0.15, 200)
    assert answered(pairs(*CLEAR)).answer == "yes"
    verdict = answered(pairs(*CLEAR), error)
    effect = effect_of(pairs(*CLEAR), "", 200, error)
    assert effect.low < 0 < effect.high
    assert effect.over == "seeds and rows"
    assert verdict.answer == "cannot tell"
    assert verdict.needs.pairs is None
    assert verdict.needs.rows == pytest.approx(200 * (0.15 / effect.value) ** 2, abs=1)


def test_other_rows_of_unknown_error_leave_it_open():
    verdict = answered(pairs(*CLEAR), RowError(None, None))
    assert verdict.answer == "cannot tell"
    assert "rows of its own" in verdict.reason


@pytest.mark.parametrize(("sd", "effect"), [(1.0, 1.0), (1.0, 0.5), (0.02, 0.003)])
def test_the_pairs_asked_for_have_a_power_near_80_percent(sd, effect):
    n = pairs_for(sd, effect)

    def power(k):
        return nct.sf(student.ppf(0.975, k - 1), k - 1, effect / sd * np.sqrt(k))

    assert power(n) > 0.79
    assert power(n - 2) < 0.81


def test_six_pairs_are_the_least_and_no_effect_has_an_end():
    assert pairs_for(0.0, 0.1) == 6
    assert pairs_for(0.001, 0.1) == 6
    assert pairs_for(1.0, 0.0) == pairs_for(1e9, 0.1) == 10_000


def test_rows_go_with_the_square_of_the_width():
    assert rows_for(0.10, 100, 0.05) == 400
    assert rows_for(0.04, 100, 0.05) is None
    assert rows_for(None, 100, 0.05) is None


def noise(kind, rng, size):
    return rng.normal(size=size) if kind == "normal" else rng.exponential(size=size) ** 2


@pytest.mark.parametrize("kind", ["normal", "skewed"])
def test_null_comparisons_are_called_an_effect_at_most_at_the_nominal_rate(kind):
    rng, n, rate = np.random.default_rng(7), 1000, 0.05
    scores = 0.8 + 0.03 * noise(kind, rng, (n, 2, 6))
    verdicts = [answered(Pairs("skill", tuple(a), tuple(b))) for a, b in scores]
    called = sum(v.answer == "yes" or v.reason == "it is worse" for v in verdicts)
    assert called <= n * rate + 3 * np.sqrt(n * rate * (1 - rate))


def test_an_effect_that_is_there_is_mostly_found():
    rng = np.random.default_rng(7)
    scores = 0.8 + 0.02 * rng.normal(size=(200, 2, 6))
    found = [answered(Pairs("skill", tuple(a), tuple(b + 0.08))).answer for a, b in scores]
    assert found.count("yes") > 160
