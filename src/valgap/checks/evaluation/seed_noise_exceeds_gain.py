"""EVL108: the difference between settings is no larger than that between seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.measures import DELTA_OF_SCORE
from valgap.checks.outcome import MATTERS
from valgap.evidence.account import Estimate
from valgap.evidence.model import SeedSpread
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, places, plural

# A spread takes two fits at least, and with two it is hardly known: three seeds a setting.
ENOUGH_SEEDS = 3
_LONGEST, _SHOWN = 20, 6


def _settings(better: float) -> Case:
    seeds = SeedSpread(
        "val_accuracy",
        True,
        {"dropout 0.3": (0.86, 0.82, 0.89, 0.84), "dropout 0.5": (0.84, 0.83, better, better)},
    )
    return example_case(measured_model={"seeds": seeds})


def _within_the_seeds() -> Case:
    return _settings(0.89)


def _beyond_the_seeds() -> Case:
    fits = {"dropout 0.3": (0.81, 0.8, 0.82, 0.81), "dropout 0.5": (0.9, 0.91, 0.89, 0.9)}
    return example_case(measured_model={"seeds": SeedSpread("val_accuracy", True, fits)})


@dataclass(frozen=True, slots=True)
class Gain:
    """The best setting less the second best: difference of means, interval, spread of seeds."""

    best: str
    second: str
    value: float
    half_width: float
    spread: float


@check(
    code="EVL108",
    name="seed-noise-exceeds-gain",
    family="EVL",
    severity="warning",
    needs=("seeds",),
    fires_on=_within_the_seeds,
    silent_on=_beyond_the_seeds,
)
def seed_noise_exceeds_gain(case: Case) -> Iterable[Finding]:
    """Settings that were compared differ no more than fits of one setting with other seeds.

    What it looks for: several fits at one call site, of two settings and more with at least
    three seeds each; the difference of the two best means with Welch's 95 % interval, which
    holds 0. Of a single setting, fits that end five points apart and more, and further than
    their validation rows explain.

    Why it matters: the same script with another seed may be two points better or worse. Who
    takes the best of a few settings from one fit each takes the luckiest seed.

    What to do: three to ten seeds a setting, the same splits and seeds for all of them, and
    means with their intervals; keep the simpler setting where they cannot be told apart.

    References: Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks,
    2021; Welch, The Generalization of Student's Problem, 1947.
    """
    seeds = case.model.seeds if case.model else None
    if seeds is None:
        return
    gain = _gain(seeds)
    if gain is not None and gain.value <= gain.half_width:
        yield _finding(case, seeds, gain)
    elif len(seeds.scores) == 1 and (spread := _spread(seeds)) is not None:
        yield _of_one_setting(case, seeds, spread)


def _spread(seeds: SeedSpread) -> Estimate | None:
    """The standard deviation of a score over the fits of one setting, beyond sampling of rows.

    With its interval by chi-square. None where it may be less than a point, or what other
    validation rows would bring about, as those of folds do.
    """
    from scipy.special import chdtri  # scipy.stats takes a second to import

    values = next(iter(seeds.scores.values()))
    if len(values) < ENOUGH_SEEDS or not seeds.higher_is_better or not seeds.rows:
        return None
    if not all(finite(v) and 0 <= v <= 1 for v in values):
        return None
    free, deviation = len(values) - 1, statistics.stdev(values)
    low, high = (deviation * math.sqrt(free / float(chdtri(free, p))) for p in (0.025, 0.975))
    mean = statistics.fmean(values)
    sampling = math.sqrt(mean * (1 - mean) / seeds.rows)
    if max(values) - min(values) < MATTERS or low <= max(DELTA_OF_SCORE, sampling):
        return None
    return Estimate(deviation, low, high, len(values))


def _of_one_setting(case: Case, seeds: SeedSpread, spread: Estimate) -> Finding:
    values = next(iter(seeds.scores.values()))
    told = ", ".join(figure(v, 3) for v in values[:_SHOWN])
    return seed_noise_exceeds_gain.finding(
        case,
        severity="warning",
        status="confirmed",
        message=f"like fits end apart: {seeds.figure[:_LONGEST]} {figure(min(values), 2)} to "
        f"{figure(max(values), 2)} in {len(values)} of them",
        observed=Observed(spread.value, "standard deviation", spread.low, spread.high, spread.n),
        expected=Expected("<=", DELTA_OF_SCORE, "1 point, DESIGN section 6"),
        size=min(1.0, max(values) - min(values)),
        evidence=(
            f"{seeds.figure} of {plural(len(values), 'fit')} of one setting: {told}",
            f"standard deviation {figure(spread.value, 3)} ({figure(spread.low, 3)} to "
            f"{figure(spread.high, 3)}); the best of them is the luckiest",
        ),
        help="report the mean and spread of several seeds; compare settings on the same seeds",
        remedies=("repeat-with-seeds",),
    )


def _gain(seeds: SeedSpread) -> Gain | None:
    sign = 1.0 if seeds.higher_is_better else -1.0
    settings = {
        name: [sign * value for value in values]
        for name, values in seeds.scores.items()
        if len(values) >= ENOUGH_SEEDS and all(map(finite, values))
    }
    if len(settings) < 2:
        return None
    ordered = sorted(settings, key=lambda name: statistics.fmean(settings[name]))
    best, second = ordered[-1], ordered[-2]
    return _compared(best, second, settings[best], settings[second])


def _compared(best: str, second: str, ours: Sequence[float], other: Sequence[float]) -> Gain | None:
    """Welch's interval of the difference of two means, variances not assumed equal."""
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    parts = [statistics.variance(values) / len(values) for values in (ours, other)]
    total = sum(parts)
    if not (finite(total) and total > 0):
        return None
    weights = [part**2 / (len(v) - 1) for part, v in zip(parts, (ours, other), strict=True)]
    half = float(stdtrit(total**2 / sum(weights), 0.975)) * math.sqrt(total)
    spread = math.sqrt(statistics.fmean([statistics.variance(v) for v in (ours, other)]))
    value = statistics.fmean(ours) - statistics.fmean(other)
    return Gain(best, second, value, half, spread) if finite(half) else None


def _finding(case: Case, seeds: SeedSpread, gain: Gain) -> Finding:
    d = places([gain.value, gain.half_width])
    low, high = gain.value - gain.half_width, gain.value + gain.half_width
    fits = sum(len(values) for values in seeds.scores.values())
    return seed_noise_exceeds_gain.finding(
        case,
        severity="note",
        status="confirmed",
        message=f"seed noise exceeds the gain: {figure(gain.value, d)} apart, seeds spread "
        f"{figure(gain.spread, d)}",
        observed=Observed(gain.value, seeds.figure, low, high, fits),
        expected=Expected(">", gain.half_width, "Welch's 95 % interval of the difference"),
        evidence=(
            f"{seeds.figure}: best {gain.best[:_LONGEST]}, then {gain.second[:_LONGEST]}, "
            f"{figure(gain.value, d)} apart ({figure(low, d)} to {figure(high, d)})",
            f"{plural(len(seeds.scores), 'setting')}, {plural(fits, 'fit')}",
        ),
        help="more seeds a setting, the same splits and seeds for all, means with intervals",
        remedies=("repeat-with-seeds",),
    )
