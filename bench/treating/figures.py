"""Figures on held-back rows, and differences on the same rows, with intervals by bootstrap."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Of = Literal["classes", "values"]
Floats = NDArray[np.float64]
DRAWS = 2000
# Of bench/cure.py: what counts as being where the sound script is.
TWO_POINTS = 0.02


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def answers_of(predictions: NDArray[Any], of: Of) -> NDArray[Any]:
    """Gives class numbers, or values, shape (rows,).

    Args:
        predictions: rows x classes, or one column of two classes; no class numbers. Values
            outside of 0 to 1 in one column are taken for logits. What is no number counts as 0.
        of: what they are.
    """
    found = np.nan_to_num(np.asarray(predictions), posinf=0.0, neginf=0.0)
    if of == "values":
        return found.reshape(len(found), -1)[:, 0].astype(np.float64)
    if found.ndim > 1 and found.shape[-1] > 1:
        return found.reshape(len(found), -1).argmax(axis=1)
    found = found.ravel()
    is_logit = bool(found.min() < 0 or found.max() > 1)
    return (found > (0.0 if is_logit else 0.5)).astype(np.int64)


def drawn(targets: NDArray[Any], of: Of, seed: int, draws: int = DRAWS) -> Floats:
    """Gives how often each row stands in each draw, as a share, shape (draws + 1, rows).

    The first line is the rows as they are. Classes are drawn apart, and weigh the same: with
    these weights hits give the balanced accuracy.
    """
    rng, n = np.random.default_rng(seed), len(targets)
    kinds = np.zeros(n, np.int64) if of == "values" else np.unique(targets, return_inverse=True)[1]
    weights = np.empty((draws + 1, n))
    for kind in range(kinds.max() + 1):
        rows = np.flatnonzero(kinds == kind)
        even = np.full(len(rows), 1 / len(rows))
        counts = rng.multinomial(len(rows), even, size=draws)
        weights[:, rows] = np.vstack([np.ones(len(rows)), counts]) / len(rows)
    return weights / (kinds.max() + 1)


def scores(targets: NDArray[Any], answers: NDArray[Any], of: Of, weights: Floats) -> Floats:
    """Gives the balanced accuracy, or R2, of each draw, shape (draws + 1,)."""
    if of == "classes":
        return weights @ (answers == targets).astype(np.float64)
    middle = weights @ targets
    spread = weights @ np.square(targets) - np.square(middle)
    return np.asarray(1 - (weights @ np.square(answers - targets)) / spread, np.float64)


def figure(values: Floats) -> Figure:
    """Gives the first value, which is of the rows as they are, and the interval of the others."""
    low, high = np.quantile(values[1:], (0.025, 0.975))
    return Figure(float(values[0]), float(low), float(high))


def outcome(difference: Figure) -> Literal["win", "tie", "loss"]:
    """Gives how a paired comparison ended: a tie where the interval holds 0."""
    if difference.low > 0:
        return "win"
    return "loss" if difference.high < 0 else "tie"


def is_cured(treated_minus_sound: Figure) -> bool:
    """Whether a treated script is where the sound one is: 2 points, or the interval if wider."""
    half = (treated_minus_sound.high - treated_minus_sound.low) / 2
    return treated_minus_sound.value >= -max(TWO_POINTS, half)


def error_ratio(ours: float, others: Iterable[float]) -> float:
    """Gives our error as a multiple of that of the best of the others; error is 1 - score.

    Chosen by the rows that judge, the best is a little better than it is: the ratio is not in
    our favour. Infinite where the best makes no error and we do.
    """
    best, own = (round(1 - score, 9) for score in (max(others), ours))
    if best == 0:
        return 1.0 if own == 0 else math.inf
    return own / best


def mean_with_interval(values: Sequence[float]) -> Figure:
    """Gives the mean with Student's 95 % interval."""
    from scipy.stats import t as student

    n, value = len(values), float(np.mean(values))
    if n < 2:
        return Figure(value, -math.inf, math.inf)
    half = float(student.ppf(0.975, n - 1) * np.std(values, ddof=1) / math.sqrt(n))
    return Figure(value, value - half, value + half)
