"""Survivors on fresh units: rows that judged nothing yet, and seeds that chose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from valgap.experiments.verdict import pairs_needed
from valgap.stats import holm
from valgap.treatment.intervals import LEVEL, Gain, gain_of, p_of, pairs_to_find, rows_to_find
from valgap.treatment.jobs import PATIENT, Answers, Job, Steps
from valgap.treatment.noise import Noise
from valgap.treatment.setting import Setting, error_of

Answer = Literal["helped", "harmed", "no effect shown", "undecided"]
# An effect of so many times what matters is to be found in nine studies of ten. The spread it
# takes is known from the few units of a race only, so that fewer than twelve are not planned.
TO_BE_FOUND = 2.0
ENOUGH_PAIRS, MOST_PAIRS = 12, 24
# Of the pairs, this share has to come to an end.
ENOUGH = 0.75


@dataclass(frozen=True, slots=True)
class Claim:
    """What fresh units say of remedies, alone or together.

    `p` is adjusted by Holm's method over all claims. `before` and `after` are means over the
    pairs as the figure is read. `pairs_wanted` and `rows_wanted` are what it would take to
    settle it: so many pairs in all, or so many rows where no number of pairs on these would do.
    """

    arms: tuple[str, ...]
    answer: Answer
    reason: str
    gain: Gain | None = None
    p: float | None = None
    before: float | None = None
    after: float | None = None
    pairs_wanted: int | None = None
    rows_wanted: int | None = None


def affordable(
    setting: Setting, noise: Noise, candidates: int, trials: int, spread: float
) -> tuple[int, int]:
    """Gives back how many candidates can be confirmed, on how many pairs.

    Fixed before the first of them is made: who stops when it looks good finds what is not there.

    Args:
        setting: the folds.
        noise: of the patient.
        candidates: how many there are, the best first.
        trials: that can be spent.
        spread: standard deviation of paired differences in the race.
    """
    claims = candidates
    while claims and (claims + 1) * pairs_needed(claims) > trials:
        claims -= 1
    if not claims:
        return 0, 0
    least, fresh = pairs_needed(claims), setting.fresh
    wanted = pairs_to_find(TO_BE_FOUND * noise.delta, spread, fresh, claims) or MOST_PAIRS
    most = min(MOST_PAIRS, 4 * fresh.folds, trials // (claims + 1))
    return claims, max(least, min(max(ENOUGH_PAIRS, wanted), most))


def confirmed(
    setting: Setting, noise: Noise, candidates: Sequence[tuple[str, ...]], pairs: int
) -> Steps[tuple[Claim, ...]]:
    """Gives back the answer on each candidate.

    `helped` and `harmed`: the adjusted p is 5 % or less, and the effect is at least delta. `no
    effect shown`: the interval leaves no gain that matters. Else `undecided`.

    Args:
        setting: the folds, and the figure.
        noise: of the patient.
        candidates: arms, alone or together; Holm's method runs over them.
        pairs: on how many units.
    """
    if not candidates:
        return ()
    sides = {arms: setting.jobs(arms, "confirm", range(pairs)) for arms in (PATIENT, *candidates)}
    answers = yield tuple(job for jobs in sides.values() for job in jobs)
    made = [setting.differences(sides[arms], sides[PATIENT], answers) for arms in candidates]
    gains = [gain_of(d, setting.fresh) for d in made]
    raw = [1.0 if g is None else p_of(d, g) for d, g in zip(made, gains, strict=True)]
    claims = []
    for arms, gain, p in zip(candidates, gains, holm(raw), strict=True):
        answer, reason = _told(sides[arms], gain, p, answers, noise, len(candidates))
        claim = Claim(
            arms,
            answer,
            reason,
            gain,
            p,
            before=_mean(setting, sides[PATIENT], answers),
            after=_mean(setting, sides[arms], answers),
        )
        claims.append(_with_what_it_takes(claim, setting, noise, len(candidates)))
    return tuple(claims)


def _told(  # noqa: PLR0913, PLR0917
    jobs: Sequence[Job], gain: Gain | None, p: float, answers: Answers, noise: Noise, claims: int
) -> tuple[Answer, str]:
    """Where trials fail, those left are no fair sample: they may fail where it is hard."""
    error = error_of(jobs, answers)
    if gain is None or gain.high is None:
        return "undecided", error or "there was no time"
    if error is not None and gain.n < ENOUGH * len(jobs):
        return "undecided", f"{len(jobs) - gain.n} of {len(jobs)} pairs failed: {error}"
    return answered(gain, p, noise, claims)


def _mean(setting: Setting, jobs: Sequence[Job], answers: Answers) -> float | None:
    scores = setting.scores(jobs, answers)
    return None if np.isnan(scores).all() else setting.metric.better(float(np.nanmean(scores)))


def answered(gain: Gain, p: float, noise: Noise, claims: int) -> tuple[Answer, str]:
    """Gives back the answer on one candidate, and why.

    Args:
        gain: over fresh pairs.
        p: adjusted.
        noise: of the patient.
        claims: how many are tested at once.
    """
    if p <= LEVEL and gain.value >= noise.delta:
        return "helped", "the gain is beyond chance and large enough to matter"
    if p <= LEVEL and gain.value <= -noise.delta:
        return "harmed", "the loss is beyond chance and large enough to matter"
    if gain.high is not None and gain.high < noise.small:
        return "no effect shown", "the interval leaves no gain that matters"
    if gain.n < pairs_needed(claims):
        return "undecided", f"{gain.n} pairs, {pairs_needed(claims)} are the fewest that can tell"
    return "undecided", f"{gain.n} pairs leave it open"


def _with_what_it_takes(claim: Claim, setting: Setting, noise: Noise, claims: int) -> Claim:
    """As if the effect were what was seen, or what matters where less was seen."""
    gain = claim.gain
    if claim.answer != "undecided" or gain is None or gain.spread is None:
        return claim
    effect, spread = max(abs(gain.value), noise.delta), gain.spread
    pairs = pairs_to_find(effect, spread, setting.fresh, claims)
    if pairs is not None:
        return replace(claim, pairs_wanted=max(pairs, pairs_needed(claims)))
    rows = rows_to_find(effect, spread, setting.fresh, setting.scope.rows, claims)
    return replace(claim, rows_wanted=rows)
