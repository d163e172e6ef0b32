"""What every experiment that trains promises, over the whole registry."""

import inspect

import pytest
from promises import assert_documented, assert_named_as_its_file

from valgap.experiments.arms import CannotVaryError, load_experiments, varied
from valgap.registry import load_checks

EXPERIMENTS = load_experiments()
CODES = {check.code for check in load_checks()}
# Others are compared with them; they need no finding of their own.
RIVALS = {"larger-model", "more-epochs", "smaller-model"}
HANDFUL = "handful-fitted"
SECTIONS = ("What confirms:", "What refutes:", "References:")
each_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.name)


def test_names_are_unique_and_each_stands_in_a_file_of_its_own():
    names = [e.name for e in EXPERIMENTS]
    assert len(set(names)) == len(names)
    files = [inspect.getfile(e.vary) for e in EXPERIMENTS]
    assert len(set(files)) == len(files)


@each_experiment
def test_a_name_is_kebab_case_and_that_of_its_file(experiment):
    assert_named_as_its_file(experiment.name, experiment.vary)


@each_experiment
def test_the_documentation_has_its_sections_in_order(experiment):
    assert_documented(experiment.doc, SECTIONS)


@each_experiment
def test_it_settles_findings_of_known_checks(experiment):
    assert set(experiment.settles) <= CODES
    assert len(set(experiment.settles)) == len(experiment.settles)
    # Those that settle nothing are rivals, or tell more of a verdict.
    assert experiment.settles or experiment.name in (*RIVALS, HANDFUL)


@each_experiment
def test_it_contains_other_experiments_that_there_are(experiment):
    assert set(experiment.contains) <= {e.name for e in EXPERIMENTS} - {experiment.name}


@each_experiment
def test_what_is_varied_and_what_is_held_is_said(experiment):
    assert experiment.varied.strip()
    assert experiment.held.strip()
    assert experiment.varied != experiment.held


@each_experiment
def test_options_are_distinct_and_fit_into_the_name_of_an_arm(experiment):
    assert experiment.options
    assert len(set(experiment.options)) == len(experiment.options)
    for option in experiment.options:
        assert ":" not in option
        assert experiment.arm(option).partition(":")[0] == experiment.name


@each_experiment
def test_a_fit_of_it_costs_something(experiment):
    assert experiment.costs > 0
    assert experiment.direction in ("up", "down", "same")


def test_an_unknown_arm_cannot_be_varied():
    with pytest.raises(CannotVaryError, match="no experiment"):
        varied(None, "no-such-arm")
