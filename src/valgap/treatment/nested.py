"""Too few rows to lock any: the whole selection is made again in each outer fold.

The reported figure is the mean over outer folds (Varma and Simon, BMC Bioinformatics 7, 2006).
Its interval takes the corrected resampled variance of Nadeau and Bengio (Machine Learning 52,
2003) with Student's t. Limits: no unbiased estimate of the variance of cross-validation exists
(Bengio and Grandvalet, J. Machine Learning Research 5, 2004), so the correction is a heuristic.
What is estimated is how well the procedure does on samples of this size (Bates, Hastie and
Tibshirani, J. Am. Statistical Assoc. 119, 2024), not this very model; and of nine tenths of the
rows, or four fifths, so that the model made of all of them is likely to be a little better. Of a
figure that is no mean over rows, such as R2, that of few rows is not that of many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from valgap.treatment.calibration import calibrated, temperature_of, tempered
from valgap.treatment.final import Look, Seen, first_sound, last_jobs, out_of_fold
from valgap.treatment.intervals import Share, gain_of
from valgap.treatment.jobs import PATIENT, Answers, Floats, Result, Steps, predictions_of
from valgap.treatment.metrics import Metric
from valgap.treatment.scoring import Scored, mcnemar
from valgap.treatment.setting import Setting


@dataclass(frozen=True, slots=True)
class Outer:
    """One outer fold: what was selected without it, and what patient and treated come to on it.

    `tempered` are the predictions of the treated at the temperature of the inner folds.
    """

    treated: tuple[str, ...]
    patient_result: Result | None
    treated_result: Result | None
    fold: int
    tempered: Floats | None = None
    temperature: float | None = None
    fitted_on: int = 0


def judged_outside(setting: Setting, treated: tuple[str, ...], made: Answers) -> Steps[Outer]:
    """Gives back what patient and treated come to on the outer fold of a scope, one fit each."""
    sides = {arms: last_jobs(setting, arms, 1) for arms in dict.fromkeys((PATIENT, treated))}
    answers = yield tuple(job for jobs in sides.values() for job in jobs)
    patient, result = (first_sound(sides[arms], answers) for arms in (PATIENT, treated))
    assert setting.scope.final is not None
    outer = Outer(treated, patient, result, setting.scope.final)
    predictions = predictions_of(result)
    out = out_of_fold(setting, treated, made)
    if predictions is None or out is None:
        return outer
    warmth = temperature_of(*out)
    warm = tempered(predictions, warmth)
    return replace(outer, tempered=warm, temperature=warmth, fitted_on=len(out[0]))


def pooled(setting: Setting, outer: Sequence[Outer], model: Result | None) -> Look:
    """Gives back the look over all outer folds; McNemar and calibration are of the first round.

    Args:
        setting: of the main selection.
        outer: the outer folds that came to an end.
        model: the one that is given back, whose seed is told.
    """
    metric = setting.metric
    both = [o for o in outer if o.patient_result and o.treated_result]
    of = len(setting.plan.outer)
    once = of // setting.plan.repeats
    share = Share(1 / (once - 1), once)
    patient = _seen(metric, [o.patient_result for o in outer], share, of)
    treated = _seen(metric, [o.treated_result for o in outer], share, of)
    if treated is not None and model is not None:
        treated = replace(treated, seed=model.job.seed)
    pairs = [_score(o.treated_result) - _score(o.patient_result) for o in both]
    difference = _within(_mean(pairs, share, of), metric.clipped_difference)
    look = Look(patient, treated, difference)
    if len(outer) == 1:
        look = _of_one(setting, outer[0], look)
    return _of_rows(setting, look, outer[:once]) if metric.of == "classes" else look


def _of_one(setting: Setting, outer: Outer, look: Look) -> Look:
    """A single outer fold tells nothing of how folds differ: intervals are those of its rows."""
    rows = setting.plan.folds[outer.fold].validation
    judging = setting.table.judging(setting.metric, rows, setting.plan.seed)
    patient, treated = (predictions_of(r) for r in (outer.patient_result, outer.treated_result))
    if patient is not None and look.patient is not None:
        look = replace(look, patient=_by_rows(look.patient, judging.scored(patient)))
    if treated is not None and look.treated is not None:
        look = replace(look, treated=_by_rows(look.treated, judging.scored(treated)))
    if patient is None or treated is None or look.difference is None:
        return look
    told = judging.difference(patient, treated)
    return replace(look, difference=_with_bounds(look.difference, told))


def _by_rows(seen: Seen, told: Scored) -> Seen:
    return replace(seen, reported=_with_bounds(seen.reported, told))


def _with_bounds(one: Scored, told: Scored) -> Scored:
    how = f"{told.method}, of the {told.units} that one outer fold has"
    return replace(one, low=told.low, high=told.high, method=how)


def _score(result: Result | None) -> float:
    return math.nan if result is None or result.score is None else result.score


def _seen(metric: Metric, results: Sequence[Result | None], share: Share, of: int) -> Seen | None:
    scores = [_score(r) for r in results if r is not None]
    told = _within(_mean(scores, share, of), metric.clipped)
    return None if told is None else Seen(told, tuple(scores), -1)


def _within(told: Scored | None, clipped: Callable[[float], float]) -> Scored | None:
    """The interval of few folds would go on to where no figure can be."""
    if told is None:
        return None
    low, high = (None if v is None else clipped(v) for v in (told.low, told.high))
    return replace(told, low=low, high=high)


def _mean(scores: Sequence[float], share: Share, of: int) -> Scored | None:
    made = gain_of(np.array(scores), share)
    if made is None:
        return None
    how = f"corrected variance over {made.n} of {of} outer folds"
    return Scored(made.value, made.low, made.high, how, made.n)


def _of_rows(setting: Setting, look: Look, outer: Sequence[Outer]) -> Look:
    """Each row judged once, by models that had not seen it."""
    rows = [setting.plan.folds[o.fold].validation for o in outer]
    sides = [[predictions_of(r) for r in (o.patient_result, o.treated_result)] for o in outer]
    if not sides or any(p is None for side in sides for p in side):
        return look
    targets = setting.table.targets[np.concatenate(rows)]
    patient, treated = (np.concatenate([s[i] for s in sides]) for i in (0, 1))
    if any(o.treated for o in outer):
        look = replace(look, mcnemar=mcnemar(targets, patient, treated))
    warm = [o.tempered for o in outer]
    if any(w is None for w in warm):
        return look
    after = np.concatenate([w for w in warm if w is not None])
    temperature = float(np.median([o.temperature or 1.0 for o in outer]))
    fitted_on = min(o.fitted_on for o in outer)
    told = calibrated(targets, treated, after, temperature, fitted_on)
    return replace(look, calibration=told)
