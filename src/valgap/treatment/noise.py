"""How far apart fits of the unchanged patient lie, before any remedy is tried."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from valgap.errors import UsageError
from valgap.treatment.jobs import PATIENT, Answers, Floats, Job, Steps, predictions_of
from valgap.treatment.setting import Setting, error_of

# Fits of the patient: every race fold twice or more, so that seeds are told from folds.
LEAST_UNITS = 8
HALVINGS = 10


class NoPatientError(UsageError):
    """No fit of the unchanged model came to an end: there is nothing to compare with."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The patient's figure, how much seeds and folds change it, and so what matters.

    `level` is the mean as the figure is read; `on_a_fold` the standard deviation between seeds
    on the same fold, as it is seen; `of_seeds` the same without what the few rows of a fold add
    by chance; `of_folds` that between the means of folds. `delta` is the smallest difference
    that matters, `small` the largest that can be called none.
    """

    level: float
    on_a_fold: float
    of_seeds: float
    of_folds: float
    delta: float
    small: float
    units: int


def units_of_noise(folds: int) -> int:
    """Gives back how many fits of the patient are made, whole rounds over the folds."""
    return folds * max(2, math.ceil(LEAST_UNITS / folds))


def measured(setting: Setting) -> Steps[Noise]:
    """Gives back the noise of the patient, from fits of it that the race uses again.

    Raises:
        NoPatientError: If no fit of the patient came to an end.
    """
    folds = len(setting.scope.race)
    jobs = setting.jobs(PATIENT, "noise", range(units_of_noise(folds)))
    answers = yield tuple(jobs)
    scores = setting.scores(jobs, answers)
    if np.isnan(scores).all():
        reason = error_of(jobs, answers) or "there was no time for one"
        raise NoPatientError(f"no fit of the unchanged model came to an end: {reason}")
    on_a_fold = math.sqrt(_within([scores], folds) or 0.0)
    halves = [_halves(setting, jobs, answers, i) for i in range(HALVINGS)]
    shared = [v for pair in halves if pair is not None and (v := _within(pair, folds)) is not None]
    of_seeds = math.sqrt(max(0.0, float(np.mean(shared)))) if shared else on_a_fold
    return _noise(setting, scores.reshape(-1, folds), on_a_fold, min(of_seeds, on_a_fold))


def _within(sides: Sequence[Floats], folds: int) -> float | None:
    """The (co)variance between seeds within folds, from scores by rounds over the folds."""
    total, df = 0.0, 0
    both = (sides[0].reshape(-1, folds).T, sides[-1].reshape(-1, folds).T)
    for one, other in zip(*both, strict=True):
        sound = ~np.isnan(one + other)
        if sound.sum() > 1:
            a, b = one[sound], other[sound]
            total += float(np.sum((a - a.mean()) * (b - b.mean())))
            df += len(a) - 1
    return total / df if df else None


def _halves(
    setting: Setting, jobs: Sequence[Job], answers: Answers, number: int
) -> tuple[Floats, Floats] | None:
    """Scores of two halves of each fold's rows: what a seed does to both is no chance of rows.

    Their covariance between seeds is the variance of models, for any figure. That of a whole
    fold of 40 rows is ten times as large by the rows alone, and would hide all gains in
    "less than matters".
    """
    made = [predictions_of(answers.get(job)) for job in jobs]
    if all(p is None for p in made):
        return None
    sides = np.full((2, len(jobs)), np.nan)
    for i, (job, predictions) in enumerate(zip(jobs, made, strict=True)):
        if predictions is None:
            continue
        rows = setting.plan.folds[job.fold].validation
        draw = np.random.default_rng([number, job.fold]).permutation(len(rows))
        for side, half in enumerate(np.array_split(draw, 2)):
            targets = setting.table.targets[rows[half]]
            score = setting.metric.score(targets, predictions[half])
            sides[side, i] = setting.metric.better(score)
    return sides[0], sides[1]


def _noise(setting: Setting, scores: Floats, on_a_fold: float, of_seeds: float) -> Noise:
    """From scores of shape (rounds, folds), NaN where a fit failed."""
    columns = [column[~np.isnan(column)] for column in scores.T]
    means = [float(column.mean()) for column in columns if len(column)]
    of_folds = float(np.std(means, ddof=1)) if len(means) > 1 else 0.0
    metric, units = setting.metric, int((~np.isnan(scores)).sum())
    level = metric.better(float(np.mean(means)))
    delta, small = metric.delta(level, of_seeds), metric.small(level, of_seeds)
    return Noise(level, on_a_fold, of_seeds, of_folds, delta, small, units)
