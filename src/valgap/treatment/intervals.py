"""Paired differences over folds that share training rows: interval, p, and pairs to come."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from valgap.stats import sign_flip
from valgap.treatment.jobs import Floats

LEVEL = 0.05
POWER = 0.9
MOST_PAIRS_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Share:
    """How folds share rows: judging rows per training row, and how many folds judge."""

    ratio: float
    folds: int

    def factor(self, n: int) -> float:
        """Gives back the variance of a mean of n differences in units of their variance.

        1/n + ratio (Nadeau and Bengio, Machine Learning 52, 2003): a heuristic for the
        correlation that shared training rows make, no theorem. Folds that judge again and again
        are no new rows: it is never below one fold's.
        """
        return max(1 / n + self.ratio, 1 / min(n, self.folds))


@dataclass(frozen=True, slots=True)
class Gain:
    """The mean of paired differences, more is better, with its 95 % interval.

    `spread` is their standard deviation. With one pair there is neither.
    """

    value: float
    low: float | None
    high: float | None
    spread: float | None
    n: int
    error: float | None = None

    @property
    def t_p(self) -> float:
        """The two-sided p of the corrected t test."""
        if self.error is None:
            return 1.0
        if self.error == 0:
            return 0.0 if self.value else 1.0
        return _two_sided(abs(self.value) / self.error, self.n - 1)


def gain_of(differences: Floats, share: Share) -> Gain | None:
    """Gives back the mean difference with Student's interval and the corrected variance.

    Args:
        differences: one a (fold, seed) unit, shape (n,).
        share: how the folds share rows.
    """
    n = len(differences)
    if n == 0:
        return None
    value = float(np.mean(differences))
    if n == 1:
        return Gain(value, None, None, None, 1)
    spread = float(np.std(differences, ddof=1))
    error = spread * math.sqrt(share.factor(n))
    half = quantile(n - 1, LEVEL / 2) * error
    return Gain(value, value - half, value + half, spread, n, error)


def p_of(differences: Floats, gain: Gain) -> float:
    """Gives back the larger p of the sign-flip test and of the corrected t test.

    The sign-flip test assumes nothing of the shape of the differences, but takes them as
    independent; the other knows that they share rows. A claim has to pass both.
    """
    return max(sign_flip(differences), gain.t_p)


def quantile(df: int, above: float) -> float:
    """Gives back the t that a share `above` lies beyond."""
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    return float(stdtrit(df, 1 - above))


def _two_sided(t: float, df: int) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(df, -t))


def pairs_to_find(effect: float, spread: float, share: Share, claims: int = 1) -> int | None:
    """Gives back how many pairs find an effect in nine of ten studies.

    Bonferroni's level over the claims stands for Holm's. None: no number of pairs on these rows
    would, as the rows that are shared leave more than that open.

    Args:
        effect: in units of the figure.
        spread: standard deviation of paired differences.
        share: how the folds share rows.
        claims: how many are tested at once.
    """
    for n in range(3, MOST_PAIRS_TOLD):
        reach = quantile(n - 1, LEVEL / claims / 2) + quantile(n - 1, 1 - POWER)
        if reach * spread * math.sqrt(share.factor(n)) <= abs(effect):
            return n
    return None


def rows_to_find(effect: float, spread: float, share: Share, rows: int, claims: int = 1) -> int:
    """Gives back how many rows would find an effect that no number of pairs on these finds.

    The variance of a difference is taken to fall as one over the rows. That of seeds does not:
    more rows may be needed.
    """
    n = MOST_PAIRS_TOLD
    reach = quantile(n - 1, LEVEL / claims / 2) + quantile(n - 1, 1 - POWER)
    needed = (reach * spread / max(abs(effect), 1e-12)) ** 2 * share.factor(n)
    return math.ceil(rows * max(1.0, needed))
