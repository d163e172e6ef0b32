"""A learning curve in rows carried on: what twice the rows would bring, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from valgap.evidence.account import Estimate

RESAMPLES, _SEED = 2000, 20240229
# Errors nearer to 0 than this have no logarithm to speak of.
LEAST_ERROR = 1e-3


def at_rows(scores: Mapping[int, Sequence[float]], rows: int) -> Estimate | None:
    """Gives back the skill to be expected of so many rows, with a 95 % interval over seeds.

    The error falls as a power of the rows (Hestness et al., Deep Learning Scaling is
    Predictable, Empirically, 2017): a straight line in logarithms, drawn anew through
    resampled seeds of each size. None for fewer than two sizes, or one seed of each.

    Args:
        scores: skill by number of training rows, one for each seed.
        rows: how many rows are asked about.
    """
    sizes = sorted(n for n, values in scores.items() if len(values) > 1)
    if len(sizes) < 2:
        return None
    x, rng = np.log(sizes), np.random.default_rng(_SEED)
    values = [np.asarray(scores[n], dtype=np.float64) for n in sizes]
    drawn = np.stack([v[rng.integers(0, len(v), (RESAMPLES, len(v)))].mean(1) for v in values])
    told = _carried_on(x, np.array([[v.mean()] for v in values]), np.log(rows))[0]
    low, high = np.percentile(_carried_on(x, drawn, np.log(rows)), [2.5, 97.5])
    return Estimate(float(told), float(low), float(high), sum(map(len, values)))


def _carried_on(x: np.ndarray, skill: np.ndarray, at: float) -> np.ndarray:
    """Skill at `at` of lines through the errors; `skill` has shape (sizes, lines)."""
    y = np.log(np.maximum(LEAST_ERROR, 1 - skill))
    slope = ((x - x.mean())[:, None] * (y - y.mean(0))).sum(0) / ((x - x.mean()) ** 2).sum()
    return np.asarray(1 - np.exp(y.mean(0) + slope * (at - x.mean())))
