"""From what a study found to the record of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np

from valgap.treatment.confirmation import Claim
from valgap.treatment.final import REPORTED, Ensemble, Look, Seen
from valgap.treatment.intervals import Gain
from valgap.treatment.jobs import PATIENT, Answers, Result
from valgap.treatment.metrics import Metric
from valgap.treatment.plan import Plan
from valgap.treatment.racing import Standing
from valgap.treatment.record import (
    CalibrationRecord,
    EnsembleRecord,
    LookRecord,
    NoiseRecord,
    PlanRecord,
    RemedyRecord,
    RunRecord,
    SideRecord,
    StepRecord,
    Treatment,
    Whole,
)
from valgap.treatment.selection import Selection
from valgap.treatment.setting import Setting


def assembled(
    setting: Setting, found: Selection, look: Look | None, made: Answers, looks: int
) -> Treatment:
    """Gives back the record of a study.

    Args:
        setting: of the main selection.
        found: that selection.
        look: at rows that chose nothing, None where there was no time.
        made: all results.
        looks: how many different treatments the locked rows have judged.
    """
    remedies, together = remedies_of(found), _combinations(found)
    answer, reason = whole_of((*remedies, *together))
    said = _validation(setting, found, made)
    optimism, line = optimism_of(setting.metric, said, look, setting.plan)
    return Treatment(
        answer=answer,
        reason=reason,
        metric=setting.metric.name,
        is_greater_better=setting.metric.is_greater_better,
        seed=setting.plan.seed,
        plan=_plan(setting.plan),
        noise=NoiseRecord(**asdict(found.noise)),
        remedies=remedies,
        combinations=together,
        treated=found.treated,
        is_proven=found.is_proven,
        path=_path(found),
        look=None if look is None else _look(look),
        validation=said,
        optimism=optimism,
        optimism_line=line,
        trials=len(made),
        failed_trials=sum(not r.is_sound for r in made.values()),
        runs=tuple(_run(r) for r in sorted(made.values(), key=_place)),
        looks=looks,
        notes=_notes(made),
    )


def whole_of(remedies: Iterable[RemedyRecord]) -> tuple[Whole, str]:
    """Gives back the answer for the whole, and why; what failed leaves nothing open."""
    tried = [r for r in remedies if not r.is_placebo and r.stage != "failed"]
    helped = [r.name for r in tried if r.answer == "helped"]
    if helped:
        return "helped", f"{', '.join(helped)}: confirmed on rows and seeds that chose nothing"
    open_yet = [r for r in tried if r.answer == "undecided"]
    if not open_yet:
        return "nothing helped", f"none of {len(tried)} remedies showed a gain that matters"
    return "undecided", _what_it_takes(open_yet)


def _what_it_takes(open_yet: list[RemedyRecord]) -> str:
    names = ", ".join(r.name for r in open_yet[:3]) + (", ..." if len(open_yet) > 3 else "")
    pairs = [r.pairs_wanted - r.pairs for r in open_yet if r.pairs_wanted is not None]
    rows = [r.rows_wanted for r in open_yet if r.rows_wanted is not None]
    if pairs:
        return f"{names}: left open; some {max(1, min(pairs))} more pairs would settle it"
    if rows:
        return f"{names}: left open; it would take some {min(rows)} rows"
    return f"{names}: left open; a larger budget would settle it"


def remedies_of(found: Selection) -> tuple[RemedyRecord, ...]:
    """Gives back all remedies and placebos, those that were confirmed first."""
    claims = {c.arms[0]: c for c in found.claims if len(c.arms) == 1}
    waiting = {arms[0] for arms in found.unconfirmed if len(arms) == 1}
    made = [
        _of_claim(s.arm, claims[s.arm]) if s.arm in claims else _of_race(s, found, waiting)
        for s in found.race.standings
    ]
    untried = [
        RemedyRecord(name, "undecided", "not tried: the budget ended", "not tried")
        for name in found.untried
    ]
    return (*made, *untried)


def _of_claim(name: str, claim: Claim) -> RemedyRecord:
    wanted = (claim.pairs_wanted, claim.rows_wanted)
    numbers = (*_numbers(claim.gain), claim.p, claim.before, claim.after, *wanted)
    return RemedyRecord(name, claim.answer, claim.reason, "confirmed", *numbers)


def _of_race(standing: Standing, found: Selection, waiting: set[str]) -> RemedyRecord:
    """A remedy that showed nothing in the race; the interval says what it may do yet."""
    name, numbers = standing.arm, _numbers(standing.gain)
    after, placebo = standing.score, standing.is_placebo
    told = {"after": after, "is_placebo": placebo}
    if standing.error is not None:
        return RemedyRecord(name, "undecided", f"failed: {standing.error}", "failed", *numbers)
    if standing.is_harmful:
        reason = "worse than the unchanged model in the race, beyond chance"
        return RemedyRecord(name, "harmed", reason, "race", *numbers, **told)  # type: ignore[arg-type]
    if standing.is_behind or name in waiting or standing.gain is None:
        reason = "not confirmed: there was no room behind better ones, or no budget"
        return RemedyRecord(name, "undecided", reason, "race", *numbers, **told)  # type: ignore[arg-type]
    units = standing.dropped_after or found.race.units
    when = "dropped" if standing.dropped_after else "no gain beyond half of what matters, or chance"
    reason = f"{when} after {units} units"
    return RemedyRecord(name, "no effect shown", reason, "race", *numbers, **told)  # type: ignore[arg-type]


def _numbers(gain: Gain | None) -> tuple[float | None, float | None, float | None, int]:
    return (None, None, None, 0) if gain is None else (gain.value, gain.low, gain.high, gain.n)


def _combinations(found: Selection) -> tuple[RemedyRecord, ...]:
    made = [_of_claim(" + ".join(c.arms), c) for c in found.claims if len(c.arms) > 1]
    reason = "not confirmed: no budget"
    rest = [
        RemedyRecord(" + ".join(arms), "undecided", reason, "race")
        for arms in found.unconfirmed
        if len(arms) > 1
    ]
    return (*made, *rest)


def _path(found: Selection) -> tuple[StepRecord, ...]:
    if not found.treated:
        return ()
    best = next(s for s in found.race.standings if s.arm == found.treated[0])
    value, low, high, n = _numbers(best.gain)
    path = [StepRecord(best.arm, found.noise.level, best.score, value, low, high, n)]
    for step in found.added:
        if step.is_kept and set(step.arms) <= set(found.treated):
            value, low, high, n = _numbers(step.gain)
            path.append(StepRecord(step.arm, step.before, step.after, value, low, high, n))
    return tuple(path)


def _validation(setting: Setting, found: Selection, made: Answers) -> float | None:
    """The mean that chose the treated: what would be told without rows that chose nothing."""
    jobs = setting.jobs(found.treated, "race", range(found.race.units))
    scores = setting.scores(jobs, made)
    return None if np.isnan(scores).all() else setting.metric.better(float(np.nanmean(scores)))


def optimism_of(
    metric: Metric, said: float | None, look: Look | None, plan: Plan
) -> tuple[float | None, str | None]:
    """Gives back by how much validation promised too much, and the line that says so.

    The fits of the race had fewer rows to train on than the last one, which hides a part of it.
    """
    if said is None or look is None or look.treated is None:
        return None, None
    told = look.treated.reported
    optimism = metric.better(said) - metric.better(told.score)
    scale, digits = (100, 1) if metric.bounds == (0.0, 1.0) else (1, 3)
    whose = "locked rows say" if plan.kind == "locked" else "outer folds say"
    half = (told.high - told.low) / 2 if told.low is not None and told.high is not None else None
    width = "" if half is None else f" +- {scale * half:.{digits}f}"
    line = (
        f"validation said {scale * said:.{digits}f}, {whose} {scale * told.score:.{digits}f}"
        f"{width}: optimism {scale * optimism:.{digits}f}"
    )
    return optimism, line


def _plan(plan: Plan) -> PlanRecord:
    folds = len(plan.main.race) + len(plan.main.fresh)
    return PlanRecord(
        plan.kind, plan.rows, plan.groups, plan.locked, folds, plan.repeats, plan.notes
    )


def _look(look: Look) -> LookRecord:
    between, test, warm = look.difference, look.mcnemar, look.calibration
    return LookRecord(
        _side(look.patient),
        _side(look.treated),
        REPORTED,
        difference=None if between is None else between.score,
        low=None if between is None else between.low,
        high=None if between is None else between.high,
        only_patient=None if test is None else test.only_patient,
        only_treated=None if test is None else test.only_treated,
        p=None if test is None else test.p,
        calibration=None if warm is None else CalibrationRecord(**asdict(warm)),
        ensemble=None if look.ensemble is None else _ensemble(look.ensemble),
    )


def _ensemble(made: Ensemble) -> EnsembleRecord:
    told, between = made.scored, made.difference
    apart = (None, None, None) if between is None else (between.score, between.low, between.high)
    of_rows = (told.score, told.low, told.high, told.method, told.units)
    return EnsembleRecord(made.seeds, *of_rows, *apart)


def _side(seen: Seen | None) -> SideRecord | None:
    if seen is None:
        return None
    told, seed = seen.reported, seen.seed if seen.seed >= 0 else None
    return SideRecord(told.score, told.low, told.high, told.method, told.units, seen.scores, seed)


def _run(result: Result) -> RunRecord:
    job, score = result.job, result.score if result.is_sound else None
    error = result.error if result.error or result.is_sound else "no score that is a number"
    told = (score, result.seconds, error, result.note)
    return RunRecord(job.arms, job.fold, job.seed, job.phase, *told)


def _notes(made: Answers) -> tuple[str, ...]:
    """What is to be known of the patient, where its scores are not what they seem."""
    patient = [r for r in made.values() if r.job.arms == PATIENT and r.is_sound]
    odd = Counter(r.note for r in patient if r.note)
    return tuple(f"{n} of {len(patient)} fits of the unchanged model: {t}" for t, n in odd.items())


def _place(result: Result) -> tuple[int, int, tuple[str, ...]]:
    return result.job.fold, result.job.seed, result.job.arms
