"""A whole study: the same in whatever order results come, after a kill, and within its budget."""

import dataclasses
import io
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from stopped_studies import assert_goes_on_the_same
from treat_protocol import NAMES, Population, Scores, ended

from valgap.errors import UsageError
from valgap.report.treatment import render
from valgap.treatment.budget import FINAL_SEEDS, Budget, allotted, least_trials, trials_for
from valgap.treatment.confirmation import Claim
from valgap.treatment.desk import Desk
from valgap.treatment.events import Chosen, Ended, PhaseBegan, Tried
from valgap.treatment.final import Look
from valgap.treatment.intervals import Gain
from valgap.treatment.jobs import DIVERGED, Memory, Result
from valgap.treatment.locking import planned
from valgap.treatment.metrics import METRICS
from valgap.treatment.noise import Noise
from valgap.treatment.record import from_json, to_json
from valgap.treatment.refit import MEMBERS, given_back, refit_jobs
from valgap.treatment.selection import leading
from valgap.treatment.study import Study
from valgap.treatment.table import Table

GAINS = {NAMES[1]: 0.06, NAMES[4]: 0.05}


def study_of(rows=1500, trials=150, *, store=None, seed=4, gains=GAINS, names=NAMES, **options):
    targets = np.arange(rows) % 2
    plan = planned(targets, "classes", seed=seed)
    engine = Scores(plan, seed, gains, **options)
    table, budget = Table(targets), Budget(trials=trials)
    metric = METRICS["accuracy"]
    return Study(plan, names, metric, table, engine, budget, store or Memory()), engine


def test_a_study_finds_what_helps_and_tells_how_it_came_there():
    study, _ = study_of()
    treatment, _ = ended(study)
    assert treatment.answer == "helped"
    assert set(treatment.treated) == set(GAINS)
    assert [s.added for s in treatment.path] == [NAMES[1], NAMES[4]]
    told = {r.name: r.answer for r in treatment.remedies if not r.is_placebo}
    assert told.pop(NAMES[1]) == told.pop(NAMES[4]) == "helped"
    assert set(told) == set(NAMES) - set(GAINS)
    assert "helped" not in told.values()
    assert treatment.looks == 1


@pytest.mark.parametrize(("rows", "trials"), [(1500, 150), (300, 500)])
def test_the_order_in_which_results_come_changes_nothing(rows, trials):
    both = [
        ended(study_of(rows, trials, names=NAMES[:5], is_reversed=way)[0])[0]
        for way in (False, True)
    ]
    assert to_json(both[0]) == to_json(both[1])


@pytest.mark.parametrize("stops_after", [1, 9, 40, 88, 97])
def test_a_study_that_was_stopped_ends_the_same_and_repeats_no_trial(stops_after):
    assert_goes_on_the_same(study_of, stops_after)


@pytest.mark.parametrize(("rows", "trials"), [(1500, 40), (1500, 90), (1500, 400), (300, 420)])
def test_no_more_trials_than_asked_for_and_none_twice(rows, trials):
    study, engine = study_of(rows, trials)
    treatment, _ = ended(study)
    assert len(engine.made) == len(set(engine.made)) == treatment.trials <= trials


def test_locked_rows_are_looked_at_last_and_by_two_models():
    study, engine = study_of()
    treatment, _ = ended(study)
    last = [j for j in engine.made if j.fold == study.plan.main.final]
    refits = [j for j in engine.made if j.fold == study.plan.whole]
    assert set(engine.made[-len(last) - len(refits) :]) == {*last, *refits}
    assert {j.arms for j in last} == {(), treatment.treated}
    assert {j.arms for j in refits} == {treatment.treated}


def test_the_model_that_is_given_back_is_trained_on_all_rows_after_they_have_judged():
    study, engine = study_of()
    treatment, _ = ended(study)
    refit = next(j for j in engine.made if j.fold == study.plan.whole)
    assert (refit.arms, refit.seed) == (treatment.treated, treatment.look.treated.seed)
    before = engine.made[: engine.made.index(refit)]
    assert [j.arms for j in before if j.phase == "final"] == [(), treatment.treated]
    assert treatment.model_rows == study.plan.rows
    nothing, engine = study_of(gains=dict.fromkeys(NAMES, -0.05))
    assert ended(nothing)[0].model_rows is None
    assert not [j for j in engine.made if j.fold == nothing.plan.whole]


@pytest.mark.parametrize("helps", [True, False])
def test_what_is_left_trains_an_ensemble_on_all_rows_with_or_without_a_remedy(tmp_path, helps):
    people = Population(800, 3, tmp_path, gains={NAMES[1]: 0.1} if helps else {})
    plan = people.planned()
    study = Study(plan, NAMES[:4], people.metric, people.table(), people, Budget(trials=200))
    treatment, _ = ended(study)
    assert bool(treatment.treated) == helps
    refits = [j for j in people.made if j.fold == plan.whole]
    assert [j.arms for j in refits] == [treatment.treated] * MEMBERS
    assert len({j.seed for j in refits}) == MEMBERS
    assert (treatment.ensemble_rows, treatment.ensemble_members) == (plan.rows, MEMBERS)
    assert treatment.look.ensemble.seeds == FINAL_SEEDS
    assert treatment.model_rows == (plan.rows if helps else None)


def test_where_outer_folds_judge_the_rest_of_the_budget_trains_an_ensemble_too(tmp_path):
    people = Population(300, 3, tmp_path, gains={NAMES[1]: 0.1})
    plan = people.planned()
    study = Study(plan, NAMES[:2], people.metric, people.table(), people, Budget(trials=900))
    treatment, _ = ended(study)
    refits = [j for j in people.made if j.fold == plan.whole]
    assert [j.arms for j in refits] == [treatment.treated] * MEMBERS
    assert refits[1:] == people.made[1 - MEMBERS :]  # when all outer folds have judged
    assert (treatment.model_rows, treatment.ensemble_rows) == (plan.rows, plan.rows)
    page = io.StringIO()
    render(treatment, tmp_path, (), Console(file=page, width=200))
    text = " ".join(page.getvalue().split())
    assert f"the mean of {MEMBERS} such models" in text
    assert "no mean was judged, single fits were" in text


@pytest.mark.parametrize("error", [None, "out of memory"])
def test_where_no_outer_fold_judges_an_ensemble_takes_sound_fits_and_nothing_is_told(error):
    study, _ = study_of(300)
    setting = study._setting(study.plan.main)
    jobs = refit_jobs(setting, (NAMES[0],), MEMBERS)
    made = {job: Result(job, 0.9, 1.0) for job in jobs}
    made[jobs[2]] = Result(jobs[2], None if error else 0.9, 1.0, error=error)
    found = given_back(setting, (NAMES[0],), None, made)
    assert found.ensemble_rows == (None if error else 300)
    assert found.members == (0 if error else MEMBERS)
    study.budget = Budget(seconds=60)
    assert study._shorter(Desk(None, Memory(), study.budget, lambda: 0.0), None) == ()
    unjudged = Look(None, None)
    assert study._shorter(Desk(None, Memory(), study.budget, lambda: 0.0), unjudged) == ()


def claim(name, answer, gain):
    return Claim((name,), answer, "", Gain(gain, -0.01, 0.05, 0.02, 8, 0.01))


@pytest.mark.parametrize(
    ("claims", "unconfirmed", "found"),
    [
        ([("a", "undecided", 0.02), ("b", "undecided", 0.03)], (), ("b",)),
        ([("a", "undecided", 0.004)], (), ()),  # less than half of what matters
        ([("a", "no effect shown", 0.02), ("b", "harmed", 0.02)], (), ()),
        ([("a", "no effect shown", 0.0)], (("b",),), ()),  # it came out behind one that has none
        ([], (("a", "b"), ("a",)), ("a", "b")),
        ([], (), ()),
    ],
)
def test_what_came_out_best_and_is_open_yet_leads(claims, unconfirmed, found):
    noise = Noise(0.8, 0.02, 0.02, 0.03, 0.02, 0.02, 8)
    assert leading([claim(*c) for c in claims], unconfirmed, noise) == found


def test_what_leads_is_given_back_and_no_claim_is_made_of_it():
    found = [ended(study_of(trials=70, gains={NAMES[1]: 0.025}, seed=s)[0])[0] for s in range(8)]
    led = [t for t in found if t.treated and not t.is_proven]
    assert led
    for treatment in led:
        assert treatment.answer == "undecided"
        assert "helped" not in {r.answer for r in treatment.remedies}
        text = Console(file=(page := io.StringIO()), width=100)
        render(treatment, Path("results"), (), text)
        assert "came out best and is not proven" in page.getvalue()
        assert "candidate" in page.getvalue()
    assert all(t.answer == "helped" for t in found if t.treated and t.is_proven)
    assert all(t.is_proven for t in found if not t.treated)


@pytest.mark.parametrize(
    "went_wrong",
    [
        {"score": 0.2},  # worse on rows it has seen than the judged one on rows it has not
        {"error": "out of memory"},
        {"note": DIVERGED},
    ],
)
def test_a_last_fit_that_went_wrong_is_not_given_back(went_wrong):
    study, engine = study_of()
    made = engine.run

    def run(jobs, until):
        for result in made(jobs, until):
            is_refit = result.job.fold == study.plan.whole
            yield dataclasses.replace(result, **went_wrong) if is_refit else result

    engine.run = run
    treatment, _ = ended(study)
    assert treatment.treated
    assert treatment.model_rows == study.plan.rows - study.plan.locked
    text = Console(file=(page := io.StringIO()), width=100)
    render(treatment, Path("results"), (), text)
    assert (
        "model.keras: as judged, trained by 1,200 rows, not by the locked ones" in page.getvalue()
    )


def test_a_second_treatment_on_the_same_locked_rows_is_counted():
    study, _ = study_of()
    final, earlier = study.plan.main.final, (NAMES[2],)
    study.store.put(Result(study.plan.job(earlier, (final,), "final", 0), 0.8))
    treatment, _ = ended(study)
    assert treatment.treated != earlier
    assert treatment.looks == 2


def test_remedies_that_fail_do_not_stop_a_study():
    study, _ = study_of(fails=frozenset({NAMES[0], NAMES[1]}))
    treatment, _ = ended(study)
    told = {r.name: (r.answer, r.stage) for r in treatment.remedies}
    assert told[NAMES[0]] == told[NAMES[1]] == ("undecided", "failed")
    assert treatment.answer == "helped"
    assert treatment.treated == (NAMES[4],)
    assert treatment.failed_trials == 8


def test_what_there_was_no_budget_for_is_named_and_leaves_the_answer_open():
    treatment, _ = ended(study_of(trials=50, gains={})[0])
    untried = [r for r in treatment.remedies if r.stage == "not tried"]
    assert [r.name for r in untried] == list(NAMES[-len(untried) :])
    assert treatment.answer == "undecided"


def test_events_tell_phases_in_order():
    study, _ = study_of()
    events = list(study.run())
    phases = [e.phase for e in events if isinstance(e, PhaseBegan)]
    order = list(dict.fromkeys(phases))
    assert order == ["noise", "race", "combine", "confirm", "final"]
    assert isinstance(events[-1], Ended)
    assert sum(isinstance(e, Tried) for e in events) == events[-1].treatment.trials
    assert sum(isinstance(e, Chosen) for e in events) == 1


class Slow:
    """Every trial takes a second on a clock of its own."""

    def __init__(self, engine):
        self.engine, self.now = engine, 0.0

    def run(self, jobs, until):
        for job in jobs:
            if until is not None and self.now + 1 > until:
                return
            self.now += 1
            yield from self.engine.run([job], until)


@pytest.mark.parametrize(
    ("rows", "seconds"), [(1500, 9), (1500, 30), (1500, 150), (300, 60), (300, 500)]
)
def test_a_study_by_time_ends_in_time_with_what_there_is(rows, seconds):
    study, engine = study_of(rows)
    slow = Slow(engine)
    study.engine, study.clock, study.budget = slow, lambda: slow.now, Budget(seconds=seconds)
    treatment, _ = ended(study)
    assert slow.now <= seconds
    assert treatment.trials <= seconds
    if seconds >= 150:
        assert treatment.look is not None
        assert treatment.look.treated is not None


def test_where_outer_folds_judge_half_of_the_time_is_for_the_model_and_each_fold_finds_something():
    study, engine = study_of(300)
    slow = Slow(engine)
    study.engine, study.clock, study.budget = slow, lambda: slow.now, Budget(seconds=240)
    began, raced = {}, {}
    for event in study.run():
        if isinstance(event, PhaseBegan):
            began.setdefault(event.scope, slow.now)
        if isinstance(event, Chosen):
            raced[event.scope] = event.selection.race.standings
    assert 100 <= began[1] <= 130
    # Ten folds would have ten seconds each, and race nothing.
    assert 2 <= len(raced) - 1 < len(study.plan.outer)
    assert all(any(s.gain and not s.is_placebo for s in of) for of in raced.values())
    assert slow.now <= 240
    (told,) = [n for n in event.treatment.notes if "outer folds" in n]
    assert told.startswith(f"{len(raced) - 1} of {len(study.plan.outer)} outer folds judge")


def test_what_there_was_no_time_for_is_told_with_the_minutes_it_takes():
    study, engine = study_of(1500)
    slow = Slow(engine)
    study.engine, study.clock, study.budget = slow, lambda: slow.now, Budget(seconds=60)
    treatment, _ = ended(study)
    untried = sum(r.stage == "not tried" for r in treatment.remedies)
    (told,) = treatment.notes
    trials = trials_for(study.plan.main, min(12, len(NAMES)))
    assert told.startswith(f"{untried} remedies were not tried, as a trial takes 1.0 s")
    assert told.endswith(f"some {trials} trials, {math.ceil(trials / 60)} minutes here")
    enough, engine = study_of(1500, trials)
    assert not [r for r in ended(enough)[0].remedies if r.stage == "not tried"]


def test_the_last_look_is_made_even_if_time_is_over():
    """The selection took longer than it was given: without a look all of it is lost."""
    study, engine = study_of(1500)
    slow = Slow(engine)
    slow.run = lambda jobs, until: _late(slow, jobs)
    study.engine, study.clock, study.budget = slow, lambda: slow.now, Budget(seconds=60)
    treatment, _ = ended(study)
    assert slow.now > 60
    assert treatment.look is not None
    assert treatment.look.patient is not None
    assert len(treatment.look.patient.scores) == 1


def _late(slow, jobs):
    """Trainings that nothing ends once they have begun, and of which some are slow."""
    for job in jobs:
        slow.now += 30 if job.phase == "race" else 1
        yield from slow.engine.run([job], None)


def test_a_budget_that_judges_nothing_is_refused_before_anything_is_trained():
    study, engine = study_of(trials=20)
    least = least_trials(study.plan.main)
    with pytest.raises(UsageError, match=f"expected {least} or more to judge one remedy"):
        list(study.run())
    assert engine.made == []
    with pytest.raises(UsageError, match="trials or seconds"):
        Budget()


@pytest.mark.parametrize("remedies", [1, 3, 12, 40])
@pytest.mark.parametrize("left", [22, 60, 150, 900])
def test_a_race_always_has_a_placebo_and_enough_units(left, remedies):
    made = allotted(left, remedies, planned(np.arange(1500) % 2, "classes"))
    assert made.placebos >= 1
    assert 1 <= made.remedies <= remedies
    assert 4 <= made.units <= 12
    assert (made.remedies + made.placebos) * made.units <= max(left, 22)


def test_a_result_that_is_told_twice_counts_once():
    study, engine = study_of()
    run = engine.run
    engine.run = lambda jobs, until: (r for r in run(jobs, until) for _ in range(2))
    assert to_json(ended(study)[0]) == to_json(ended(study_of()[0])[0])


def test_a_score_that_is_no_number_is_a_failed_trial_and_no_nan_in_json():
    study, engine = study_of()
    run = engine.run
    engine.run = lambda jobs, until: (
        dataclasses.replace(r, score=float("nan")) if r.job.arms == (NAMES[0],) else r
        for r in run(jobs, until)
    )
    text = to_json(ended(study)[0])
    assert "NaN" not in text
    assert "no score that is a number" in text


@pytest.mark.parametrize("rows", [800, 300])
def test_a_treatment_comes_back_from_json_as_it_went_in(rows, tmp_path):
    people = Population(rows, 3, tmp_path, gains={NAMES[1]: 0.1})
    plan, table = people.planned(), people.table()
    budget = Budget(trials=150 if rows == 800 else 400)
    treatment, _ = ended(Study(plan, NAMES[:4], people.metric, table, people, budget))
    assert from_json(to_json(treatment)) == treatment
    assert treatment.look.calibration is not None
    assert treatment.look.calibration.temperature > 1
    assert treatment.optimism_line.startswith("validation said")
    told = treatment.look.ensemble
    assert (told is None) is (rows == 300)  # of outer folds there is one fit each


def test_the_ensemble_is_told_beside_and_the_model_is_still_of_the_first_seed(tmp_path):
    people = Population(800, 3, tmp_path, gains={NAMES[1]: 0.1})
    plan, table = people.planned(), people.table()
    study = Study(plan, NAMES[:4], people.metric, table, people, Budget(trials=150))
    treatment, _ = ended(study)
    look = treatment.look
    assert look.ensemble.seeds == len(look.treated.scores) == FINAL_SEEDS
    jobs = [j for j in people.made if j.fold == plan.main.final and j.arms == treatment.treated]
    files = [study.store.get(job).predictions for job in jobs]
    mean = np.mean([np.load(file) for file in files], axis=0)
    rows = plan.final_of(plan.main).validation
    assert look.ensemble.score == people.metric.score(table.targets[rows], mean)
    assert look.ensemble.low < look.ensemble.score < look.ensemble.high
    first = min(jobs, key=lambda job: job.seed)
    assert look.treated.seed == first.seed
    assert look.treated.score == look.treated.scores[0]
    text = Console(file=(page := io.StringIO()), width=100)
    render(treatment, tmp_path, (), text)
    assert f"the mean of {FINAL_SEEDS} seeds; to the patient +" in page.getvalue()


@pytest.mark.parametrize("text", ["", "[]", '{"schema_version": "9"}'])
def test_what_is_no_treatment_is_told_in_one_line(text):
    with pytest.raises(UsageError, match=r"treatment\.json: expected"):
        from_json(text)


def test_a_study_without_predictions_says_that_it_has_no_interval():
    treatment, _ = ended(study_of()[0])
    assert treatment.look.treated.low is None
    assert treatment.look.treated.method == "no predictions were kept"


def test_the_protocol_runs_without_keras():
    told = "print(*(name in sys.modules for name in ('keras', 'sklearn')))"
    code = f"import sys, valgap.treatment.study; {told}"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.split() == ["False", "False"]
