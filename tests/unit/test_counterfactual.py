"""The arithmetic of experiments that took forward passes alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valgap.checks.counterfactual import (
    change_of,
    difference,
    experiment,
    in_training_mode,
    times,
)
from valgap.checks.example_case import example_case
from valgap.evidence.account import ROW_NAMES, Estimate


def test_a_row_that_holds_an_unmeasured_one_is_no_experiment():
    case = example_case(
        rows={"noise-layers": -0.6}, unmeasured={"augmentation": "the generator is opaque"}
    )
    assert change_of(case.account(), "noise-layers") is None
    assert in_training_mode(case.account(), "noise-layers") is None


def test_each_part_of_training_mode_has_a_name_and_the_sign_of_what_it_adds():
    account = example_case(rows=dict.fromkeys(ROW_NAMES[:6], -0.1)).account()
    made = [in_training_mode(account, row) for row in ROW_NAMES[:6]]
    assert len({m.name for m in made}) == 6
    assert [m.effect for m in made] == [pytest.approx(0.1)] * 6
    assert in_training_mode(account, "generalisation") is None


ONE, OTHER = Estimate(0.9, 0.87, 0.93, 200), Estimate(0.6, 0.56, 0.64, 100)


def test_a_difference_has_the_root_of_both_squared_half_widths():
    found = difference(ONE, OTHER, same_rows=False)
    assert (found.value, found.high - found.value) == pytest.approx((0.3, 0.05))
    assert found.n == 300
    assert difference(ONE, OTHER, same_rows=True).n == 100


def test_a_difference_turned_round_has_its_ends_in_order():
    found = times(difference(ONE, OTHER, same_rows=True), -2.0)
    assert (found.low, found.value, found.high) == pytest.approx((-0.7, -0.6, -0.5))


odd = st.sampled_from([None, math.nan, math.inf, -math.inf, 0.0, 0.3, -1.0, 1e308, -1e308])
numbers = st.sampled_from([math.nan, math.inf, 0.0, 0.3, -1.0, 1e308, -1e308])
estimates = st.builds(Estimate, numbers, odd, odd, st.sampled_from([None, 0, 450]))


@given(one=estimates, other=estimates, same_rows=st.booleans())
def test_an_experiment_is_of_finite_numbers_in_order_or_there_is_none(one, other, same_rows):
    for effect in (one, times(one, -0.5), difference(one, other, same_rows=same_rows)):
        made = experiment(effect, "name", "varied", "held")
        if made is not None:
            assert all(map(math.isfinite, (made.effect, made.low, made.high)))
            assert made.low <= made.effect <= made.high
