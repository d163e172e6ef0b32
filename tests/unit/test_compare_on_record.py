"""Whether a change helped, from one fit a side and its scores on record."""

import numpy as np
import pytest
from compare_help import case, predictions, side

from valgap.comparison.ledgers import side_by_side
from valgap.comparison.single import (
    answered_on_record,
    difference,
    effect_on_record,
    row_error,
    score_name,
)
from valgap.evidence.account import Estimate
from valgap.evidence.model import SeedSpread


def both(make_run, a, b, **changes):
    return (
        side("A", make_run, scored=a, **changes),
        side("B", make_run, scored=b, **changes),
    )


def answer(a, b):
    return answered_on_record(effect_on_record(a, b), a, b)


def test_the_interval_is_that_of_two_samples(make_run):
    a, b = both(make_run, predictions(0.80), predictions(0.90))
    effect = effect_on_record(a, b)
    # Balanced accuracy of two classes: skill has twice its width.
    assert effect.value == pytest.approx(0.2)
    assert effect.high - effect.value == pytest.approx(0.04 * np.sqrt(2))
    assert (effect.figure, effect.over, effect.p, effect.pairs) == ("skill", "rows", None, 0)


def test_uneven_ends_go_into_the_end_that_they_are_of():
    low, high = difference(Estimate(0.5, 0.4, 0.6), Estimate(0.9, 0.6, 0.95))
    assert low == pytest.approx(0.4 - np.hypot(0.3, 0.1))
    assert high == pytest.approx(0.4 + np.hypot(0.05, 0.1))
    assert difference(Estimate(0.5), Estimate(0.6, 0.5, 0.7)) == (None, None)


def test_one_fit_a_side_cannot_tell_and_pairs_settle_it(make_run):
    verdict = answer(*both(make_run, predictions(0.60), predictions(0.90)))
    assert verdict.answer == "cannot tell"
    assert verdict.reason == "what another seed does is not known"
    assert verdict.needs.pairs == 6
    assert verdict.needs.rows is None


def test_a_fit_without_a_recipe_is_not_told_to_be_paired(make_run):
    verdict = answer(*both(make_run, predictions(0.60), predictions(0.90), recipe=None))
    assert verdict.needs.pairs is None


def test_an_interval_over_0_tells_how_many_rows_it_takes(make_run):
    a, b = both(make_run, predictions(0.88), predictions(0.90))
    verdict = answer(a, b)
    half = 0.04 * np.sqrt(2)
    assert verdict.answer == "cannot tell"
    assert verdict.needs.rows == pytest.approx(400 * (half / 0.04) ** 2, abs=1)


def test_a_difference_beyond_rows_and_known_seeds_is_an_answer(make_run):
    quiet = SeedSpread("val_accuracy", True, {"": (0.80, 0.81, 0.80, 0.79)})
    curves = {"accuracy": [0.9] * 12, "seeds": quiet}
    for low, high, told in ((0.6, 0.9, "yes"), (0.9, 0.6, "no")):
        a = side("A", make_run, scored=predictions(low), val_accuracy=[low] * 12, **curves)
        b = side("B", make_run, scored=predictions(high), val_accuracy=[high] * 12, **curves)
        assert answer(a, b).answer == told


def test_a_difference_within_known_seeds_is_open(make_run):
    loud = SeedSpread("val_accuracy", True, {"": (0.5, 0.9, 0.6, 0.8)})
    curves = {"accuracy": [0.9] * 12, "seeds": loud}
    a = side("A", make_run, scored=predictions(0.6), val_accuracy=[0.6] * 12, **curves)
    b = side("B", make_run, scored=predictions(0.9), val_accuracy=[0.9] * 12, **curves)
    assert answer(a, b).reason == "another seed changes as much"


def test_tasks_that_differ_are_compared_by_a_loss_that_is_the_same(make_run):
    a = side("A", make_run, scored=predictions(0.8))
    b = side("B", make_run, scored=predictions(0.9, task="regression"))
    effect = effect_on_record(a, b)
    assert effect.figure == "loss"
    assert effect.value == pytest.approx(0.1)
    assert effect.score == score_name("loss", "")
    other = side("B", make_run, scored=b.case.predictions()[0], compiled={"loss": "mse"})
    assert effect_on_record(a, other) is None
    assert answer(a, other).reason.startswith("there is no validation score of the same kind")


def test_a_logged_loss_alone_has_no_interval(make_run):
    a, b = both(make_run, None, None)
    effect = effect_on_record(a, b)
    assert (effect.figure, effect.value, effect.low) == ("loss", 0.0, None)
    assert answer(a, b).answer == "cannot tell"


def test_the_error_of_rows_shrinks_with_those_that_trials_are_scored_on(make_run):
    a, b = both(make_run, predictions(0.88), predictions(0.90))
    few, many = (row_error(a, b, "skill", rows).half for rows in (400, 1600))
    assert few == pytest.approx(0.04 * np.sqrt(2))
    assert many == pytest.approx(few / 2)
    assert row_error(*both(make_run, None, None), "skill", 400).half is None


def test_ledgers_stand_side_by_side_from_the_first_to_the_last_figure():
    a, b = case(), case(rows={"epoch-averaging": -0.05})
    lines = {line.row: line for line in side_by_side(a, b)}
    assert next(iter(lines)) == "training"
    assert list(lines)[-1] == "validation"
    averaging = lines["epoch-averaging"]
    assert (averaging.a, averaging.b) == (-0.01, -0.05)
    assert averaging.a_interval[0] < averaging.a < averaging.a_interval[1]
    for value in ("a", "b"):
        deltas = [getattr(line, value) for line in lines.values()]
        assert sum(deltas[:-1]) == pytest.approx(deltas[-1])


def test_a_side_without_a_ledger_leaves_its_column_empty():
    without = type(case())(case().fit, None)
    assert side_by_side(without, without) == ()
    assert {line.a for line in side_by_side(without, case())} == {None}
