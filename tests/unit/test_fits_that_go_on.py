"""What a model came to is asked of its last fit alone."""

import dataclasses

import pytest

from valgap.finding import NotRun
from valgap.registry import OF_THE_END, load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}


def going_on(case, goes_on=True):
    return dataclasses.replace(case, fit=dataclasses.replace(case.fit, goes_on=goes_on))


@pytest.mark.parametrize("code", OF_THE_END)
def test_a_check_of_how_far_a_model_came_is_not_run_where_a_later_fit_trains_it_further(code):
    case = CHECKS[code].fires_on()
    told = run_check(CHECKS[code], going_on(case))
    assert isinstance(told, NotRun)
    assert told.reason == "a later fit trains the same model further"
    assert not isinstance(run_check(CHECKS[code], going_on(case, goes_on=False)), NotRun)


@pytest.mark.parametrize("code", ["MOD101", "MOD106", "DAT101", "FIT101"])
def test_faults_of_any_fit_are_looked_for_in_earlier_fits_too(code):
    told = run_check(CHECKS[code], going_on(CHECKS[code].fires_on()))
    assert not isinstance(told, NotRun)
    assert [finding.code for finding in told] == [code]
