"""The tuned baseline: proposals in rounds, the same after a stop, and judged on fresh units."""

import math
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from stopped_studies import assert_goes_on_the_same
from treat_protocol import NAMES, Scores, ended

from valgap.remedies.catalogue.tuned_baseline import BATCHES, DECAYS, NAME, RATES
from valgap.treatment.budget import Budget
from valgap.treatment.jobs import Memory
from valgap.treatment.locking import planned
from valgap.treatment.metrics import METRICS
from valgap.treatment.study import Study
from valgap.treatment.table import Table
from valgap.treatment.tuner import OptunaTuner
from valgap.treatment.tuning import A_ROUND, LEAST_TRIALS, UNITS, rounds_of

BEST_RATE = 0.1


class ByRate(Mapping):
    """What settings gain: the more, the nearer the rate to the best one. Others gain nothing."""

    def __init__(self, most):
        self.most = most

    def __getitem__(self, arm):
        if not arm.startswith(NAME):
            raise KeyError(arm)
        told = dict(part.split("=") for part in arm.partition(":")[2].split(","))
        return self.most - 0.03 * abs(math.log10(float(told["rate"]) / BEST_RATE))

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0


def study_of(*, most=0.08, trials=260, store=None, seed=3, stops_after=None, tuner=True):
    targets = np.arange(1500) % 2
    plan = planned(targets, "classes", seed=seed)
    engine = Scores(plan, seed, ByRate(most), stops_after=stops_after)
    make = partial(OptunaTuner, seed) if tuner else None
    budget, metric = Budget(trials=trials), METRICS["accuracy"]
    study = Study(
        plan, NAMES[:6], metric, Table(targets), engine, budget, store or Memory(), tuner=make
    )
    return study, engine


def tuned_in(engine):
    return {arm for job in engine.made for arm in job.arms if arm.startswith(NAME)}


def test_settings_that_help_are_found_and_confirmed():
    treatment, _ = ended(study_of()[0])
    (arm,) = (a for a in treatment.treated if a.startswith(NAME))
    assert ByRate(0.08)[arm] > 0.05
    assert {r.phase for r in treatment.runs if arm in r.arms} >= {"tune", "race", "confirm"}


def test_settings_that_do_nothing_do_not_help():
    """Best of many by chance on two units: fresh units are what they are judged by."""
    made = [ended(study_of(most=0.0, seed=seed)[0])[0] for seed in range(12)]
    assert sum(any(a.startswith(NAME) for a in t.treated) for t in made if t.is_proven) <= 1


@pytest.mark.parametrize("stops_after", [12, 30, 61])
def test_a_study_that_was_stopped_proposes_the_same_again(stops_after):
    made, before, after = assert_goes_on_the_same(study_of, stops_after)
    assert tuned_in(made) == tuned_in(before) | tuned_in(after)


def test_a_small_budget_is_for_what_findings_ask_for():
    study, engine = study_of(trials=LEAST_TRIALS - 1)
    ended(study)
    assert not tuned_in(engine)


@pytest.mark.parametrize("left", [0, LEAST_TRIALS - 1, LEAST_TRIALS, 250, 10_000])
def test_tuning_takes_a_fifth_of_the_trials_at_most(left):
    assert rounds_of(left) * A_ROUND * UNITS <= left / 5


def test_proposals_come_near_what_gains_most():
    tuner, gain = OptunaTuner(5), ByRate(0.08)
    rounds = []
    for _ in range(8):
        arms = tuner.ask(A_ROUND)
        for arm in arms:
            tuner.tell(arm, gain[arm])
        rounds.append(np.mean([gain[arm] for arm in arms]))
    assert np.mean(rounds[-3:]) > np.mean(rounds[:2])


def test_a_proposal_that_failed_is_told_and_alike_ones_are_told_apart():
    one, other = OptunaTuner(0), OptunaTuner(0)
    for tuner in (one, other):
        for arm in tuner.ask(A_ROUND):
            tuner.tell(arm, None)
    assert one.ask(3) == other.ask(3)


def test_settings_stay_within_what_is_searched():
    told = [
        dict(p.split("=") for p in arm.partition(":")[2].split(","))
        for arm in OptunaTuner(1).ask(40)
    ]
    assert all(RATES[0] <= float(t["rate"]) <= RATES[1] for t in told)
    assert {float(t["decay"]) for t in told} == set(DECAYS)
    assert {float(t["batch"]) for t in told} == set(BATCHES)
