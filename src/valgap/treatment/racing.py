"""Remedies against the patient in pairs; what cannot win is let go on the way.

Nothing is pruned by epoch: a remedy that learns slowly would lose before it begins. What is
raced over are (fold, seed) units, the same for all. After each round over the folds a remedy is
dropped where the one-sided 95 % bound of its gain says that it can bring nothing that matters,
or that it stays behind the last one that would go on (successive elimination: Even-Dar, Mannor
and Mansour, J. Machine Learning Research 7, 2006; of the best few: Kalyanakrishnan and others,
ICML 2012; here with Student's bounds and without their correction for looks, as a wrong drop
costs power and makes no claim). Placebos are never dropped: what they come to by chance is the
bar.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from valgap.stats import holm
from valgap.treatment.intervals import LEVEL, Gain, gain_of, quantile
from valgap.treatment.jobs import PATIENT, Answers, Floats, Steps
from valgap.treatment.noise import Noise
from valgap.treatment.setting import Setting, error_of

MOST_SURVIVORS = 3
LEAST_TO_JUDGE = 3
# A remedy goes on if its gain is at least half of what matters, more than a standard error and
# more than a placebo's. Each that goes on by chance makes it harder for the others (Holm).
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Standing:
    """How a remedy or placebo came out of the race.

    `is_behind` marks one that could have gone on, had there been room.
    """

    arm: str
    gain: Gain | None
    is_placebo: bool = False
    dropped_after: int | None = None
    error: str | None = None
    is_survivor: bool = False
    is_behind: bool = False
    is_harmful: bool = False
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Race:
    """All standings by gain, the best first; `bar` is the best that a placebo came to."""

    standings: tuple[Standing, ...]
    bar: float
    units: int

    @property
    def survivors(self) -> tuple[Standing, ...]:
        """Those that go on, the best first."""
        return tuple(s for s in self.standings if s.is_survivor)

    @property
    def others(self) -> tuple[Standing, ...]:
        """Remedies that trained and did not go on, the best first."""
        return tuple(
            s
            for s in self.standings
            if not (s.is_survivor or s.is_placebo or s.error or s.is_harmful) and s.gain is not None
        )

    @property
    def spread(self) -> float:
        """The standard deviation of a paired difference, pooled over all that raced."""
        squares = [s.gain.spread**2 for s in self.standings if s.gain and s.gain.spread is not None]
        return math.sqrt(sum(squares) / len(squares)) if squares else 0.0


def raced(
    setting: Setting, noise: Noise, remedies: Sequence[str], placebos: Sequence[str], units: int
) -> Steps[Race]:
    """Gives back how the remedies came out of the race.

    Args:
        setting: the folds, and the figure.
        noise: of the patient.
        remedies: by name.
        placebos: names of arms that do nothing; the engine gives each its own random numbers.
        units: how many each runs on, if it is not dropped.
    """
    alive, dropped = list(remedies), dict[str, int]()
    answers: Answers = {}
    for n in _looks(units, len(setting.scope.race)):
        arms = [PATIENT, *((arm,) for arm in [*alive, *placebos])]
        answers = yield tuple(j for arm in arms for j in setting.jobs(arm, "race", range(n)))
        out = _losers(setting, noise, alive, n, answers)
        dropped |= dict.fromkeys(out, n)
        alive = [arm for arm in alive if arm not in out]
        if not alive:
            break
    found = [
        _standing(setting, arm, dropped.get(arm, units), answers, is_placebo=arm in placebos)
        for arm in (*remedies, *placebos)
    ]
    looks = len(list(_looks(units, len(setting.scope.race))))
    standings = [replace(s, dropped_after=dropped.get(s.arm)) for s in found]
    return _judged(standings, noise, units, looks)


def _looks(units: int, folds: int) -> Iterator[int]:
    """After whole rounds over the folds, the first of them after three units or more."""
    every = folds * math.ceil(LEAST_TO_JUDGE / folds)
    yield from range(every, units, every)
    yield units


def _losers(
    setting: Setting, noise: Noise, alive: Sequence[str], n: int, answers: Answers
) -> list[str]:
    patient = setting.jobs(PATIENT, "race", range(n))
    scores = {arm: setting.jobs((arm,), "race", range(n)) for arm in alive}
    gains = {arm: setting.differences(jobs, patient, answers) for arm, jobs in scores.items()}
    last = _last_to_go_on(gains)
    lost = []
    for arm, made in gains.items():
        is_failed = len(made) < n / 2 and error_of(scores[arm], answers) is not None
        behind = setting.differences(scores[arm], scores[last], answers) if last else None
        is_behind = behind is not None and arm != last and _most(setting, behind) < 0
        if is_failed or _most(setting, made) < noise.delta or is_behind:
            lost.append(arm)
    return lost


def _last_to_go_on(gains: Mapping[str, Floats]) -> str | None:
    ranked = sorted((a for a in gains if len(gains[a])), key=lambda a: -float(gains[a].mean()))
    return ranked[MOST_SURVIVORS - 1] if len(ranked) > MOST_SURVIVORS else None


def _most(setting: Setting, differences: Floats) -> float:
    """The one-sided 95 % upper bound; infinite where too few say nothing."""
    gain = gain_of(differences, setting.racing)
    if gain is None or gain.error is None or gain.n < LEAST_TO_JUDGE:
        return math.inf
    return gain.value + quantile(gain.n - 1, LEVEL) * gain.error


def _standing(
    setting: Setting, arm: str, n: int, answers: Answers, *, is_placebo: bool
) -> Standing:
    jobs = setting.jobs((arm,), "race", range(n))
    made = setting.differences(jobs, setting.jobs(PATIENT, "race", range(n)), answers)
    gain, scores = gain_of(made, setting.racing), setting.scores(jobs, answers)
    sound = scores[scores == scores]  # noqa: PLR0124  (NaN is where none is)
    score = setting.metric.better(float(sound.mean())) if len(sound) else None
    error = error_of(jobs, answers) if len(made) < n / 2 else None
    return Standing(arm, gain, is_placebo, error=error, score=score)


def _judged(found: Sequence[Standing], noise: Noise, units: int, looks: int) -> Race:
    ranked = sorted(found, key=lambda s: -s.gain.value if s.gain else math.inf)
    chance = [s.gain.value for s in ranked if s.is_placebo and s.gain]
    bar = max(chance, default=0.0)
    worst = _harmful(ranked, noise, looks)
    better = [s.arm for s in ranked if _may_go_on(s, noise, bar)]
    on, behind = better[:MOST_SURVIVORS], better[MOST_SURVIVORS:]
    made = (
        replace(s, is_survivor=s.arm in on, is_behind=s.arm in behind, is_harmful=s.arm in worst)
        for s in ranked
    )
    return Race(tuple(made), bar, units)


def _may_go_on(standing: Standing, noise: Noise, bar: float) -> bool:
    gain = standing.gain
    if standing.is_placebo or standing.dropped_after is not None or standing.error or gain is None:
        return False
    least = max(HALF * noise.delta, gain.error or 0.0, bar)
    return gain.n >= LEAST_TO_JUDGE and gain.value >= least and gain.value > bar


def _harmful(standings: Sequence[Standing], noise: Noise, looks: int) -> set[str]:
    """Those whose loss is beyond what matters and beyond chance.

    By the corrected t test under Holm, as the few units of a race cannot pass a sign-flip test;
    times the looks that there may be on the way. So it is seldom said: what harms is dropped
    before there are units enough to prove it, and its interval stands beside it.
    """
    tested = [s for s in standings if s.gain is not None and not s.is_placebo]
    adjusted = holm([min(1.0, looks * s.gain.t_p) if s.gain else 1.0 for s in tested])
    return {
        s.arm
        for s, p in zip(tested, adjusted, strict=True)
        if p <= LEVEL and s.gain is not None and s.gain.value <= -noise.delta
    }
