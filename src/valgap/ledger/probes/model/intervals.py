"""Intervals of shares and of means of shares that hold with few rows and at 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.account import Estimate

_Z = 1.959963984540054  # the 97.5 % point of the normal distribution
_SEED, _RESAMPLES = 20240311, 400
# Up to so many columns are targets of their own, each worth as much as the others.
_SINGLE_COLUMNS = 8


def wilson(share: float, n: int) -> Estimate:
    """Returns a share with Wilson's 95 % interval (JASA 22, 1927).

    Also for the mean of values between 0 and 1, whose variance is never larger.
    """
    if n < 1:
        return Estimate(share, None, None, n)
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    low, high = min(share, centre - half), max(share, centre + half)
    return Estimate(share, max(0.0, float(low)), min(1.0, float(high)), n)


def mean_of(parts: Sequence[Estimate], *, independent: bool = True) -> Estimate:
    """Returns the mean of several shares, such as recalls, with its 95 % interval.

    Distances to the limits are added in squares where the shares rest on rows of their own
    (MOVER: Zou and Donner, Statistics in Medicine 27, 2008), else plainly.
    """
    value = float(np.mean([p.value for p in parts]))
    n = sum(p.n or 0 for p in parts) if independent else parts[0].n
    if any(p.low is None or p.high is None for p in parts):
        return Estimate(value, None, None, n)
    down = np.array([p.value - (p.low or 0.0) for p in parts])
    up = np.array([(p.high or 0.0) - p.value for p in parts])
    add = (lambda d: np.sqrt(np.sum(d**2))) if independent else np.sum
    low, high = (float(add(d)) / len(parts) for d in (down, up))
    return Estimate(value, max(0.0, value - low), min(1.0, value + high), n)


def explained(targets: NDArray[np.float64], predicted: NDArray[np.float64]) -> Estimate | None:
    """Returns the share of variance explained, a mean over columns, bootstrapped over rows.

    Of pictures and other targets of many columns it is that of all variance together: single
    pixels that hardly vary would outweigh the rest.

    Args:
        targets: shape (rows, columns).
        predicted: the same shape.
    """
    varied = np.var(targets, axis=0) > 0
    if len(targets) < 2 or not varied.any() or not np.isfinite(predicted).all():
        return None
    t, p = targets[:, varied], predicted[:, varied]
    value = _r2(t, p, np.full((1, len(t)), 1.0))[0]
    if len(t) < 3:
        return Estimate(float(value), None, None, len(t))
    counts = np.random.default_rng(_SEED).multinomial(
        len(t), np.full(len(t), 1 / len(t)), size=_RESAMPLES
    )
    found = _r2(t, p, counts.astype(np.float64))
    found = found[np.isfinite(found)]
    low, high = np.percentile(found, [2.5, 97.5]) if len(found) else (value, value)
    return Estimate(float(value), float(min(low, value)), float(max(high, value)), len(t))


def _r2(
    targets: NDArray[np.float64], predicted: NDArray[np.float64], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """R2 for each row of `counts`, which says how often each row is taken."""
    total = counts.sum(axis=1, keepdims=True)
    centred = targets - targets.mean(axis=0)  # lest squares of large numbers swallow the rest
    around = counts @ centred**2 - (counts @ centred) ** 2 / total
    left = counts @ (targets - predicted) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        if targets.shape[1] > _SINGLE_COLUMNS:
            pooled: NDArray[np.float64] = 1.0 - left.sum(axis=1) / around.sum(axis=1)
            return pooled
        found: NDArray[np.float64] = np.mean(1.0 - left / around, axis=1)
    return found
