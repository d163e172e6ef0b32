"""The one look at rows that chose nothing: patient and treated, trained on all the others.

The model that is reported is fixed beforehand: that of the first seed of the last look (of the
next where its training failed). No other seed is preferred for scoring better, as nothing is
left to choose by. The ensemble of all seeds of the treated is scored beside it, from predictions
that are there anyway (Lakshminarayanan, Pritzel and Blundell, Simple and Scalable Predictive
Uncertainty Estimation using Deep Ensembles, NeurIPS 2017): it is told whatever it comes to, and
nothing is chosen by it. A mean of predictions has no larger log loss than its members have on
average, so it is given back beside the model, at several times the cost of a prediction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.treatment.calibration import Calibration, calibrated, temperature_of, tempered
from valgap.treatment.jobs import PATIENT, Answers, Floats, Job, Result, Steps, predictions_of
from valgap.treatment.scoring import Judging, McNemar, Scored, mcnemar
from valgap.treatment.setting import Setting

REPORTED = "the model of the first seed; fixed beforehand, no seed is chosen by its score"


@dataclass(frozen=True, slots=True)
class Seen:
    """One side of the last look: the reported model, and all seeds as the figure is read."""

    reported: Scored
    scores: tuple[float, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The mean of the predictions of all seeds of the treated; `difference` is to the patient."""

    seeds: int
    scored: Scored
    difference: Scored | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What rows that chose nothing say. `difference` is treated - patient on the same rows."""

    patient: Seen | None
    treated: Seen | None
    difference: Scored | None = None
    mcnemar: McNemar | None = None
    calibration: Calibration | None = None
    ensemble: Ensemble | None = None


def looked(setting: Setting, treated: tuple[str, ...], seeds: int, made: Answers) -> Steps[Look]:
    """Gives back the last look; it is made once, after everything is chosen.

    Args:
        setting: the plan, the figure and the scope, whose `final` fold judges.
        treated: the remedies that were chosen; none: the patient alone is looked at.
        seeds: how many fits of each.
        made: all results so far, for the out-of-fold predictions of the treated.
    """
    sides = {arms: last_jobs(setting, arms, seeds) for arms in dict.fromkeys((PATIENT, treated))}
    answers = yield tuple(job for jobs in sides.values() for job in jobs)
    rows = setting.plan.final_of(setting.scope).validation
    judging = setting.table.judging(setting.metric, rows, setting.plan.seed)
    results = [first_sound(sides[arms], answers) for arms in (PATIENT, treated)]
    seen = [
        None if r is None else _seen(judging, r, sides[arms], answers)
        for arms, r in zip((PATIENT, treated), results, strict=True)
    ]
    predictions = [predictions_of(r) for r in results]
    several = ensemble_of(judging, sides[treated], answers, predictions[0])
    look = Look(seen[0], seen[1], ensemble=several)
    if predictions[1] is None:
        return look
    out = out_of_fold(setting, treated, made)
    return _compared(judging, look, predictions[0] if treated else None, predictions[1], out)


def first_asked(setting: Setting, treated: tuple[str, ...]) -> Steps[None]:
    """Asks for the fits without which there is no look: the first seed of either side."""
    sides = dict.fromkeys((PATIENT, treated))
    yield tuple(job for arms in sides for job in last_jobs(setting, arms, 1))


def last_jobs(setting: Setting, arms: tuple[str, ...], seeds: int) -> list[Job]:
    """Gives back the fits of the last look, in the order in which they are preferred."""
    final = setting.scope.final
    assert final is not None
    return [setting.plan.job(setting.ordered(arms), (final,), "final", i) for i in range(seeds)]


def first_sound(jobs: Sequence[Job], answers: Answers) -> Result | None:
    """Gives back the result of the first seed that came to an end."""
    return next((r for j in jobs if (r := answers.get(j)) is not None and r.is_sound), None)


def _seen(judging: Judging, result: Result, jobs: Iterable[Job], answers: Answers) -> Seen:
    predictions = predictions_of(result)
    assert result.score is not None
    told = Scored(result.score, None, None, "no predictions were kept", 0)
    scored = told if predictions is None else judging.scored(predictions)
    found = (answers.get(job) for job in jobs)
    scores = tuple(r.score for r in found if r and r.is_sound and r.score is not None)
    return Seen(scored, scores, result.job.seed)


def ensemble_of(
    judging: Judging, jobs: Iterable[Job], answers: Answers, patient: Floats | None
) -> Ensemble | None:
    """Gives back the mean over seeds, of probabilities or of values; None of fewer than two.

    Args:
        judging: the rows that judge.
        jobs: of the treated, one a seed.
        answers: what came of them.
        patient: predictions of the patient's reported model, None where there are none.
    """
    kept = (predictions_of(answers.get(job)) for job in jobs)
    found = [np.asarray(p) for p in kept if p is not None]
    if len(found) < 2:
        return None
    mean = np.mean(found, axis=0)
    difference = None if patient is None else judging.difference(patient, mean)
    return Ensemble(len(found), judging.scored(mean), difference)


OutOfFold = tuple[NDArray[Any], Floats]


def out_of_fold(setting: Setting, arms: tuple[str, ...], made: Answers) -> OutOfFold | None:
    """Gives back targets and predictions of rows that judged fits of these arms in the scope.

    Those of the last look are no part of it: what is fitted here is judged there.
    """
    if setting.metric.of != "classes":
        return None
    inner = {*setting.scope.race, *setting.scope.fresh}
    wanted = [j for j in made if set(j.arms) == set(arms) and j.fold in inner]
    found = []
    for job in sorted(wanted, key=lambda j: (j.fold, j.seed)):
        predictions = predictions_of(made[job])
        if predictions is not None:
            rows = setting.plan.folds[job.fold].validation
            found.append((setting.table.targets[rows], predictions))
    if not found:
        return None
    return np.concatenate([y for y, _ in found]), np.concatenate([p for _, p in found])


def _compared(
    judging: Judging, look: Look, patient: Floats | None, treated: Floats, out: OutOfFold | None
) -> Look:
    if patient is not None:
        look = replace(look, difference=judging.difference(patient, treated))
        if judging.metric.of == "classes":
            look = replace(look, mcnemar=mcnemar(judging.targets, patient, treated))
    if out is None:
        return look
    temperature = temperature_of(*out)
    after = tempered(treated, temperature)
    told = calibrated(judging.targets, treated, after, temperature, len(out[0]))
    return replace(look, calibration=told)
