"""Rows told apart at a loss near that of a constant are half learned, whatever their accuracy."""

import dataclasses
import math

import pytest

from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references
from valgap.checks.learning import has_failed
from valgap.checks.outcome import outcome
from valgap.checks.trouble import falls_short

ROWS = 500


def told(loss, tempered, temperature, score=0.97, counts=(250, 250, 250, 250)):
    """A fit of four classes that tells them apart, at some loss."""
    confusion = tuple(tuple(n if i == j else 0 for j in range(4)) for i, n in enumerate(counts))
    made = tuple(
        dataclasses.replace(
            p,
            loss=None if loss is None else estimate(loss, ROWS),
            loss_tempered=None if tempered is None else estimate(tempered, ROWS),
            temperature=temperature,
            confusion=confusion,
        )
        for p in classified(score, score, classes=4)
    )
    return example_case(
        measured_rows={"references": references(0.95, score, classes=4)},
        measured_model={"predictions": made},
    )


def test_a_fit_that_is_right_and_hardly_surer_than_chance_is_not_at_its_end():
    case = told(1.24, 0.3, 0.1)
    assert outcome(case).is_unsure
    assert not outcome(case).is_good
    assert has_failed(case)
    assert falls_short(case)


@pytest.mark.parametrize(
    "case",
    [
        told(0.3, 0.1, 0.5),
        told(1.24, 1.1, 0.8),
        told(1.24, 0.3, 2.0),
        told(None, 0.3, 0.1),
        told(1.24, None, 0.1),
        told(math.nan, 0.3, 0.1),
        told(1.24, 0.3, None),
        told(1.24, 0.3, 0.1, counts=(0, 0, 0, 0)),
    ],
    ids=[
        "a small loss", "nothing to be had", "too sure", "no loss", "no temperature tried",
        "no number", "no temperature", "no rows",
    ],
)  # fmt: skip
def test_other_fits_that_tell_their_rows_are_good(case):
    assert not outcome(case).is_unsure
    assert outcome(case).is_good


def test_a_class_met_most_of_the_time_makes_a_constant_cheap():
    """Of nine rows in ten of one class a constant loses .4: a loss of .3 is near that."""
    assert outcome(told(0.3, 0.1, 0.5, counts=(910, 30, 30, 30))).is_unsure
