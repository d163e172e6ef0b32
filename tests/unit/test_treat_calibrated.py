"""The protocol says what is so, by simulation: fewer studies than bench/treat_protocol.py makes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from valgap.treatment.jobs import Job, Result
from valgap.treatment.locking import planned
from valgap.treatment.metrics import METRICS
from valgap.treatment.nested import Outer, pooled
from valgap.treatment.scoring import wilson
from valgap.treatment.setting import Setting
from valgap.treatment.table import Table

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from treat_protocol import NAMES, covers, left_in, made_up, mean_with_interval, scores_only

SEEDS = range(501, 521)


@pytest.fixture(scope="module")
def of_nothing():
    return [made_up(seed, 800, NAMES[:6], 100) for seed in SEEDS]


def test_where_nothing_helps_that_is_said(of_nothing):
    answers = [m.treatment.answer for m in of_nothing]
    assert sum(a in {"nothing helped", "undecided"} for a in answers) >= 18
    assert "nothing helped" in answers


def test_the_interval_of_locked_rows_covers(of_nothing):
    assert sum(covers(m) for m in of_nothing) >= 17


def test_no_optimism_is_left_in_the_reported_figure(of_nothing):
    value, low, high = mean_with_interval(left_in(of_nothing))
    assert low <= 0 <= high
    assert abs(value) < 0.015


def test_the_winner_of_a_race_looks_better_than_it_is(of_nothing):
    """Why rows are locked: the best of six that do nothing, and one placebo, seems to help."""
    best = [max(s.gain.value for s in m.selections[0].race.standings if s.gain) for m in of_nothing]
    assert np.mean(best) > 0.01


def test_an_effect_of_twice_what_matters_is_found_most_times():
    made = [scores_only(seed, NAMES[:5], 300, {NAMES[2]: 0.03})[0] for seed in SEEDS]
    found = [r.answer for t in made for r in t.remedies if r.name == NAMES[2]]
    assert found.count("helped") >= 14
    wrong = [r for t in made for r in t.remedies if r.answer == "helped" and r.name != NAMES[2]]
    assert len(wrong) <= 2


def test_few_rows_are_judged_by_outer_folds_that_no_selection_has_seen():
    made = [made_up(seed, 300, NAMES[:3], 500, gains={NAMES[1]: 0.1}) for seed in SEEDS[:5]]
    assert sum(covers(m) for m in made) >= 4
    assert abs(np.mean(left_in(made))) < 0.04
    assert sum(m.treatment.answer == "helped" for m in made) >= 3
    assert all(m.treatment.look.treated.units == 10 for m in made)


def test_two_outer_folds_tell_no_difference_that_cannot_be():
    """Student's t of two folds is that wide."""
    setting = Setting(planned(np.arange(300) % 2, "classes"), None, METRICS["accuracy"], None, ())
    sides = [(0.5, 0.7), (0.6, 0.95)]
    job, outer = Job((), 0, 0), []
    for low, high in sides:
        outer.append(Outer(("a",), Result(job, low, 1.0), Result(job, high, 1.0), 0))
    told = pooled(setting, outer, None).difference
    assert -1.0 <= told.low < told.high == 1.0  # it would be 1.33
    assert told.score == pytest.approx(0.275)


def test_the_interval_of_a_single_outer_fold_is_that_of_its_rows(tmp_path):
    y = np.arange(300) % 2
    plan = planned(y, "classes")
    setting = Setting(plan, None, METRICS["accuracy"], Table(y), ())
    fold = plan.outer[0].final
    rows = plan.folds[fold].validation
    results = []
    for name, wrong in (("patient", 9), ("treated", 3)):
        given = np.eye(2)[y[rows]]
        given[:wrong] = given[:wrong, ::-1]
        np.save(tmp_path / f"{name}.npy", given)
        score = 1 - wrong / len(rows)
        results.append(
            Result(Job((), fold, 0), score, 1.0, predictions=str(tmp_path / f"{name}.npy"))
        )
    look = pooled(setting, [Outer(("a",), *results, fold)], None)
    hits = len(rows) - 3
    assert (look.treated.reported.low, look.treated.reported.high) == wilson(hits, len(rows))
    assert look.treated.reported.units == 1
    assert 0 < look.difference.low < 6 / len(rows) < look.difference.high
