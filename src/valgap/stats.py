"""Intervals: paired, by batch, and two-sample. No state, no clock; generators are seeded here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.account import Estimate

Floats = NDArray[np.float64]
_SEED = 20240229
_RESAMPLES, _AT_ONCE = 2000, 200


def _t(df: float) -> float:
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    return float(stdtrit(df, 0.975))


def paired(
    differences: Floats, *, of: int | None = None, redraw: float = 0.0, draws: int = 1
) -> Estimate:
    """Returns the mean of paired differences with Student's 95 % interval.

    Args:
        differences: one a row, shape (n,).
        of: size of the finite set the rows were sampled from without replacement; all of
            them leaves no sampling error (Cochran, Sampling Techniques, 1977, ch. 2).
        redraw: variance of the mean that drawing noise anew leaves, beside that of rows.
        draws: how many draws that variance was estimated from. Degrees of freedom of the
            sum are those of Satterthwaite (Biometrics Bulletin 2, 1946).
    """
    n = len(differences)
    value = float(np.mean(differences))
    if n < 2:
        return Estimate(value, None, None, n)
    correction = 1.0 if of is None else max(0.0, 1.0 - n / of)
    rows = float(np.var(differences, ddof=1)) / n * correction
    weight = rows**2 / (n - 1) + redraw**2 / max(1, draws - 1)
    df = (rows + redraw) ** 2 / weight if weight > 0 else n - 1
    half = _t(df) * (rows + redraw) ** 0.5
    return Estimate(value, value - half, value + half, n)


def by_batch(differences: Floats, sizes: tuple[int, ...]) -> Estimate:
    """Returns the mean difference with an interval over batches, the unit that was drawn.

    The linearised variance of a ratio over clusters, with Student's t on batches - 1.
    """
    n, value, k = len(differences), float(np.mean(differences)), len(sizes)
    if k < 2:
        return Estimate(value, None, None, n)
    edges = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    sums = np.add.reduceat(differences - value, edges)
    half = _t(k - 1) * float(np.sqrt(np.sum(sums**2) * k / (k - 1))) / n
    return Estimate(value, value - half, value + half, n)


def two_sample(
    before: Floats, after: Floats, groups: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
) -> Estimate:
    """Returns mean(after) - mean(before) with a percentile bootstrap interval.

    Its ends are moved out by what the bootstrap falls short of Student's interval with few
    rows or groups (Hesterberg, The American Statistician 69, 2015, section 4).

    Args:
        before: one value a row of one set of rows.
        after: the same of another set.
        groups: the group of every row of each set; whole groups are resampled then.
    """
    value = float(np.mean(after) - np.mean(before))
    sides = (before, after)
    units = [len(v if groups is None else np.unique(groups[i])) for i, v in enumerate(sides)]
    if min(units) < 2:
        return Estimate(value, None, None, len(before) + len(after))
    rng = np.random.default_rng(_SEED)
    means = [_resampled(v, None if groups is None else groups[i], rng) for i, v in enumerate(sides)]
    low, high = np.percentile(means[1] - means[0], [2.5, 97.5])
    fewest = min(units)
    short = (fewest / (fewest - 1)) ** 0.5 * _t(sum(units) - 2) / _t(np.inf)
    low, high = (value + short * (float(end) - value) for end in (low, high))
    return Estimate(value, low, high, len(before) + len(after))


def _resampled(
    values: Floats, groups: NDArray[np.int64] | None, rng: np.random.Generator
) -> Floats:
    """Means of resampled rows or groups, shape (_RESAMPLES,)."""
    counts = np.ones(len(values))
    sums: Floats = values
    if groups is not None:
        _, inverse = np.unique(groups, return_inverse=True)
        sums = np.asarray(np.bincount(inverse, values), dtype=np.float64)
        counts = np.bincount(inverse).astype(np.float64)
    # Resampling k units with replacement is a multinomial draw of how often each is taken.
    shares = np.full(len(sums), 1 / len(sums))
    means: list[Floats] = []
    for _ in range(_RESAMPLES // _AT_ONCE):  # all at once would take 8 bytes a row a resample
        taken = rng.multinomial(len(sums), shares, size=_AT_ONCE)
        means.append((taken @ sums) / (taken @ counts))
    return np.concatenate(means)


def standard_error(values: Floats, of: int | None = None) -> float | None:
    """Returns the standard error of the mean of rows, or None for fewer than two."""
    if len(values) < 2:
        return None
    correction = 1.0 if of is None else max(0.0, 1.0 - len(values) / of)
    return float(np.sqrt(np.var(values, ddof=1) / len(values) * correction))


def sign_flip(differences: Floats) -> float:
    """Returns the two-sided p of paired differences under flips of their signs.

    Exact for up to 12 pairs. n pairs give 2 x 2**-n at least, so five never pass at 5 %.
    """
    from scipy.stats import permutation_test

    if len(differences) < 2 or not np.any(differences):
        return 1.0
    rng = np.random.default_rng(_SEED)
    made = permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=4095, rng=rng
    )
    return float(made.pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """Returns p values adjusted for as many claims (Holm, Scand. J. Statistics 6, 1979)."""
    order = np.argsort(values)
    k, worst = len(values), 0.0
    adjusted = [1.0] * k
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, (k - rank) * values[i]))
        adjusted[int(i)] = worst
    return adjusted
