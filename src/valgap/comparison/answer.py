"""Did it help: from scores in pairs by seed to yes, no or what it takes to tell."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from valgap.comparison.records import Effect, Needs, Verdict
from valgap.experiments.verdict import LEVEL, Pairs, pairs_needed

POWER = 0.8
# Fewer pairs show no spread to call two fits alike by; confirm lets a cause go after as many.
LEAST_ALIKE = 3
MOST_PAIRS = 10_000


@dataclass(frozen=True, slots=True)
class RowError:
    """What other validation rows would change: half of the 95 % interval, and their number.

    It counts where both sides were scored on different rows: no number of pairs takes it away.
    """

    half: float | None
    rows: int | None


def effect_of(pairs: Pairs, score: str, rows: int | None, error: RowError | None) -> Effect:
    """Gives back the effect over pairs, its interval widened by `error` where there is one."""
    found = pairs.effect if error is None else replace(pairs, row_error=error.half).effect
    return Effect(
        figure=pairs.figure,
        score=score,
        before=float(np.mean(pairs.patient)),
        after=float(np.mean(pairs.remedied)),
        value=found.value,
        low=found.low,
        high=found.high,
        over="seeds" if error is None else "seeds and rows",
        delta=pairs.delta,
        p=pairs.p,
        pairs=len(pairs.patient),
        rows=rows,
    )


def answered(pairs: Pairs, error: RowError | None = None, claims: int = 1) -> Verdict:
    """Gives back whether the second side of pairs by seed is better than the first.

    `yes` or `no` (worse): the interval leaves out 0, the sign-flip test passes at 5 % (which
    all claims share) and the effect is no smaller than what matters. `no` (no difference): the
    interval lies within what matters. Else it cannot be told, and how many pairs would do.

    Args:
        pairs: both sides by seed, more is better.
        error: what other validation rows would change, where the sides have different ones.
        claims: how many such answers are given together.
    """
    effect = effect_of(pairs, "", None, error)
    n, value, delta = effect.pairs, effect.value, effect.delta
    needs = _needs(pairs, error, claims)
    if n < 2:
        return Verdict("cannot tell", "one pair says nothing of chance", needs)
    if effect.low is None or effect.high is None:
        why = "each is scored on rows of its own, and what other rows change is not known"
        return Verdict("cannot tell", why)
    if n >= LEAST_ALIKE and -delta <= effect.low and effect.high <= delta:
        return Verdict("no", "no difference that matters")
    excludes_zero = effect.low > 0 or effect.high < 0
    if excludes_zero and pairs.p <= LEVEL / claims and abs(value) >= delta:
        return Verdict("yes", "it is better") if value > 0 else Verdict("no", "it is worse")
    return Verdict("cannot tell", _why(effect, claims, excludes_zero=excludes_zero), needs)


def _why(effect: Effect, claims: int, *, excludes_zero: bool) -> str:
    least = pairs_needed(claims)
    if effect.pairs < least:
        return f"fewer than {least} pairs cannot pass the sign-flip test at 5 %"
    if excludes_zero and abs(effect.value) < effect.delta:
        return "the effect is smaller than what matters, and the interval reaches beyond that"
    return f"{effect.over} change the score as much"


def _needs(pairs: Pairs, error: RowError | None, claims: int) -> Needs:
    """Rows where they alone leave it open, else pairs."""
    matters = max(abs(pairs.effect.value), pairs.delta)
    rows = None if error is None else rows_for(error.half, error.rows, matters)
    differences = np.subtract(pairs.remedied, pairs.patient)
    sd = float(np.std(differences, ddof=1)) if len(differences) > 1 else math.sqrt(2) * matters
    made, more = len(differences), pairs_for(sd, matters)
    if rows is not None and more <= made:
        return Needs(rows=rows)
    return Needs(max(more, made + 1, pairs_needed(claims)), rows)


def pairs_for(sd: float, effect: float) -> int:
    """Gives back the pairs that show an effect in 80 of 100 cases at 5 %, six at least.

    ((t + t_power) sd / effect)^2, the two quantiles Student's with as many pairs less one
    (Julious, Statistics in Medicine 23, 2004, section 4).
    """
    if effect <= 0 or not math.isfinite(sd):
        return MOST_PAIRS
    n = max(pairs_needed(1), math.ceil(min(MOST_PAIRS, _asked(np.inf, sd / effect))))
    while n < MOST_PAIRS and n < _asked(n - 1, sd / effect):
        n += 1
    return n


def _asked(df: float, ratio: float) -> float:
    quantiles = float(stdtrit(df, 1 - LEVEL / 2) + stdtrit(df, POWER))
    return (quantiles * ratio) ** 2


def rows_for(half: float | None, rows: int | None, effect: float) -> int | None:
    """Gives back the validation rows with which an interval is no wider than an effect.

    Its half-width goes with one over the root of the rows. None where it is so already, or
    not known.
    """
    if half is None or rows is None or effect <= 0 or half <= effect:
        return None
    return math.ceil(rows * (half / effect) ** 2)
