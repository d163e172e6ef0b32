"""Noise, race, combination and confirmation, each by itself on scores that are made up."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from treat_protocol import Population, Scores

from valgap.experiments.verdict import pairs_needed
from valgap.treatment.combining import Offer, combined
from valgap.treatment.confirmation import affordable, answered, confirmed
from valgap.treatment.intervals import Gain
from valgap.treatment.jobs import Job, Result
from valgap.treatment.locking import planned
from valgap.treatment.metrics import METRICS
from valgap.treatment.noise import Noise, NoPatientError, measured
from valgap.treatment.racing import raced
from valgap.treatment.setting import Setting
from valgap.treatment.table import Table

NAMES = ("good", "none", "bad", "fine")
TARGETS = np.arange(1500) % 2
NOISE = Noise(0.8, 0.02, 0.015, 0.03, 0.015, 0.015, 8)


def on_scores(seed=1, gains=None, metric="accuracy", **options):
    plan = planned(TARGETS, "classes", seed=seed)
    setting = Setting(plan, plan.main, METRICS[metric], Table(TARGETS), NAMES)
    return setting, Scores(plan, seed, gains or {}, **options)


def driven(steps, engine):
    """What a phase comes to, and all jobs it asked for."""
    answers = {}
    try:
        jobs = next(steps)
        while True:
            new = [j for j in dict.fromkeys(jobs) if j not in answers]
            answers |= {r.job: r for r in engine.run(new, None)}
            jobs = steps.send(answers)
    except StopIteration as stopped:
        return stopped.value, list(answers)


def test_noise_tells_seeds_from_folds():
    found = [driven(measured(s), e)[0] for s, e in (on_scores(seed) for seed in range(60))]
    assert np.mean([n.of_seeds**2 for n in found]) ** 0.5 == pytest.approx(0.015, rel=0.15)
    assert np.mean([n.of_folds**2 for n in found]) ** 0.5 > 0.025
    assert np.mean([n.level for n in found]) == pytest.approx(0.8, abs=0.006)
    assert all(n.delta == max(n.of_seeds, 0.01) for n in found)


def test_what_few_rows_add_by_chance_is_no_noise_of_seeds(tmp_path):
    """Folds of 40 rows: seeds lie 4 points apart as seen, models but one."""
    found = []
    for seed in range(12):
        people = Population(750, seed, tmp_path)
        plan = people.planned()
        setting = Setting(plan, plan.main, people.metric, people.table(), NAMES)
        found.append(driven(measured(setting), people)[0])
    assert np.mean([n.on_a_fold for n in found]) > 0.03
    assert np.median([n.of_seeds for n in found]) < 0.02


def test_a_patient_that_cannot_be_trained_is_told():
    setting, engine = on_scores()
    engine.run = lambda jobs, until: (Result(j, None, error="out of memory") for j in jobs)
    with pytest.raises(NoPatientError, match="out of memory"):
        driven(measured(setting), engine)


def race_of(gains, seed=1, units=8, names=NAMES, **options):
    setting, engine = on_scores(seed, gains, shares=0.3, **options)
    race, jobs = driven(raced(setting, NOISE, names, ["placebo-1"], units), engine)
    return {s.arm: s for s in race.standings}, race, jobs


def test_what_helps_survives_and_what_harms_is_dropped_early():
    found, race, jobs = race_of({"good": 0.06, "fine": 0.04, "bad": -0.1})
    assert [s.arm for s in race.survivors] == ["good", "fine"]
    assert found["bad"].dropped_after == 4
    assert sum(j.arms == ("bad",) for j in jobs) == 4
    assert found["bad"].is_harmful


def test_placebos_race_to_the_end_and_go_on_never():
    found, race, jobs = race_of({"good": 0.06})
    assert sum(j.arms == ("placebo-1",) for j in jobs) == race.units
    assert not found["placebo-1"].is_survivor
    assert race.bar == found["placebo-1"].gain.value


def test_all_sides_of_a_race_meet_on_the_same_units():
    _, _, jobs = race_of({"good": 0.06})
    units = {
        arms: {(j.fold, j.seed) for j in jobs if j.arms == arms} for arms in {j.arms for j in jobs}
    }
    assert all(units[arms] <= units[()] for arms in units)


def test_three_go_on_at_most_and_the_next_is_said_to_be_behind():
    names = ("a", "b", "c", "d", "e")
    gains = dict.fromkeys(names, 0.06)
    found, race, _ = race_of(gains, names=names)
    assert len(race.survivors) == 3
    others = [s for s in found.values() if not s.is_placebo and not s.is_survivor]
    assert all(s.is_behind or s.dropped_after for s in others)


def test_a_remedy_that_fails_leaves_the_race_and_the_others_run_on():
    found, race, jobs = race_of({"good": 0.06}, fails=frozenset({"bad"}))
    assert found["bad"].error == "failed"
    assert sum(j.arms == ("bad",) for j in jobs) == 4
    assert [s.arm for s in race.survivors] == ["good"]


def combination_of(gains, affordable=1000, others=()):
    setting, engine = on_scores(3, gains, of_seeds=0.004)
    offers = [Offer(name, lambda: affordable) for name in ("fine", "none")]
    offers += [Offer(name, lambda: affordable, least) for name, least in others]
    return driven(combined(setting, "good", 8, offers), engine)


def test_what_adds_is_kept_and_what_adds_nothing_is_not():
    steps, jobs = combination_of({"good": 0.05, "fine": 0.03, "none": -0.01})
    assert [(s.arm, s.is_kept) for s in steps] == [("fine", True), ("none", False)]
    assert steps[0].gain.value == pytest.approx(0.03, abs=0.01)
    assert Job(("good", "fine"), jobs[0].fold, jobs[0].seed) in jobs


def test_one_that_did_not_go_on_by_itself_has_to_add_what_is_asked_of_it():
    others = [("late", 0.02), ("late-2", 0.02), ("bad", 0.0)]
    gains = {"good": 0.05, "late": 0.03, "late-2": 0.012, "bad": -0.03}
    steps, _ = combination_of(gains, others=others)
    assert [s.arm for s in steps] == ["fine", "none", "late", "late-2", "bad"]
    assert [s.is_kept for s in steps[2:]] == [True, False, False]
    assert "late" in steps[-1].arms


def test_combining_stays_within_the_budget():
    steps, _ = combination_of({"good": 0.05, "fine": 0.03}, affordable=7)
    assert steps == ()


def test_one_training_is_one_job_in_whatever_order_its_remedies_were_chosen():
    setting, _ = on_scores()
    assert setting.jobs(("fine", "good"), "race", [0]) == setting.jobs(
        ("good", "fine"), "race", [0]
    )


def claims_of(gains, names, pairs=8, seed=1, **options):
    setting, engine = on_scores(seed, gains, shares=0.3, **options)
    steps = confirmed(setting, NOISE, [(n,) for n in names], pairs)
    return driven(steps, engine)


def test_answers_on_fresh_units():
    claims, jobs = claims_of({"good": 0.08, "bad": -0.08}, ["good", "none", "bad"], 16)
    assert [c.answer for c in claims][::2] == ["helped", "harmed"]
    assert claims[1].answer in {"no effect shown", "undecided"}
    plan = planned(TARGETS, "classes", seed=1)
    assert {j.fold for j in jobs} == set(plan.main.fresh)


def test_six_pairs_for_one_survivor_and_seven_for_three():
    assert [pairs_needed(k) for k in (1, 2, 3, 4)] == [6, 7, 7, 8]
    for names, pairs, answer in (
        (["good"], 6, "helped"),
        (["good"], 5, "undecided"),
        (["good", "none", "fine"], 6, "undecided"),
        (["good", "none", "fine"], 7, "helped"),
    ):
        claims, _ = claims_of({"good": 0.3}, names, pairs, of_seeds=0.004)
        assert claims[0].answer == answer


def test_holm_is_over_all_that_were_put_to_the_test():
    alone, _ = claims_of({"good": 0.02}, ["good"], 12)
    among, _ = claims_of({"good": 0.02}, ["good", "none", "bad"], 12)
    assert among[0].p >= alone[0].p
    assert among[0].gain == alone[0].gain


def test_an_open_answer_says_what_it_would_take():
    claims, _ = claims_of({"good": 0.012}, ["good"], 6, of_seeds=0.05)
    assert claims[0].answer == "undecided"
    assert claims[0].pairs_wanted > 6 or claims[0].rows_wanted > 1000


def test_where_trials_fail_the_others_are_no_fair_sample():
    setting, engine = on_scores(1, {"good": 0.3})
    made = engine.run

    def run(jobs, until):
        for i, result in enumerate(made(jobs, until)):
            yield Result(result.job, None, error="killed") if i % 2 else result

    engine.run = run
    (claim,), _ = driven(confirmed(setting, NOISE, [("good",)], 16), engine)
    assert claim.answer == "undecided"
    assert "failed: killed" in claim.reason


def test_a_gain_beyond_chance_that_does_not_matter_is_no_help():
    gain = Gain(0.004, 0.003, 0.005, 0.001, 8, 0.0005)
    assert answered(gain, 0.01, NOISE, 1)[0] == "no effect shown"


def test_pairs_are_fixed_beforehand_by_what_can_be_afforded():
    setting, _ = on_scores()
    assert affordable(setting, NOISE, 3, 28, 0.02)[0] == 3
    assert affordable(setting, NOISE, 3, 27, 0.02)[0] == 2
    assert affordable(setting, NOISE, 3, 11, 0.02) == (0, 0)
    claims, pairs = affordable(setting, NOISE, 2, 400, 0.02)
    assert claims == 2
    assert 12 <= pairs <= 24
    assert affordable(setting, NOISE, 0, 400, 0.02) == (0, 0)


def test_less_loss_is_a_gain():
    setting, engine = on_scores(1, {"good": -0.08}, metric="log_loss", shares=0.3)
    (claim,), _ = driven(confirmed(setting, NOISE, [("good",)], 12), engine)
    assert claim.answer == "helped"
    assert claim.gain.value > 0
    assert claim.after < claim.before
