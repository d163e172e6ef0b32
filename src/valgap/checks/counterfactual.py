"""Experiments that took forward passes alone: what was measured with a cause and without it.

An experiment is made of numbers that are there; where one lacks its interval there is none.
"""

from __future__ import annotations

import math

from valgap.case import finite, measured, unmixed
from valgap.evidence.account import Account, Estimate, RowName
from valgap.finding import Experiment


def experiment(effect: Estimate | None, name: str, varied: str, held: str) -> Experiment | None:
    """Gives back an experiment, or None where its effect has no whole interval.

    Args:
        effect: the figure with what was varied less the figure without.
        name: what was done, in kebab case.
        varied: the one thing that differs, and the figure that the effect is in.
        held: what is the same on both sides.
    """
    if effect is None or not is_whole(effect):
        return None
    low, high = effect.low, effect.high
    return Experiment(name, varied, held, effect.n, effect.value, low, high, seconds=0.0)


def is_whole(estimate: Estimate) -> bool:
    """Tells an estimate that has both ends of its interval and lies between them."""
    low, high = estimate.low, estimate.high
    return finite(low) and finite(high) and low <= estimate.value <= high


def difference(one: Estimate | None, other: Estimate | None, *, same_rows: bool) -> Estimate | None:
    """Gives back one estimate less another, or None where one of them has no whole interval.

    Its half width is the root of the sum of both squared half widths, as for independent
    estimates. Of the same rows they are not: pairs were not kept, and figures that rise and
    fall together over rows differ by less than that. The interval is then too wide, so that it
    may miss an effect but does not make one.

    Args:
        one: the figure with the cause.
        other: the figure without it.
        same_rows: whether both rest on the same rows; else those of both are counted.
    """
    if one is None or other is None or not (is_whole(one) and is_whole(other)):
        return None
    value, half = one.value - other.value, math.hypot(half_width(one), half_width(other))
    known = one.n is not None and other.n is not None
    rows = _rows(one.n or 0, other.n or 0, same_rows=same_rows) if known else None
    return Estimate(value, value - half, value + half, rows)


def _rows(one: int, other: int, *, same_rows: bool) -> int:
    return min(one, other) if same_rows else one + other


def half_width(estimate: Estimate) -> float:
    """Gives back half of the interval, infinite where an end of it is not there."""
    if not (finite(estimate.low) and finite(estimate.high)):
        return math.inf
    return (estimate.high - estimate.low) / 2


def times(estimate: Estimate | None, factor: float) -> Estimate | None:
    """Gives back an estimate in another unit, or the other way round where `factor` is below 0."""
    if estimate is None or not (finite(estimate.low) and finite(estimate.high)):
        return None
    low, high = sorted((estimate.low * factor, estimate.high * factor))
    return Estimate(estimate.value * factor, low, high, estimate.n)


def change_of(account: Account | None, name: RowName) -> Estimate | None:
    """Gives back what a row of the ledger changes, where it holds no other row inside it."""
    row = unmixed(account, name) if account else None
    return Estimate(row.delta, row.low, row.high, row.n) if row and finite(row.delta) else None


def as_fed(account: Account | None, name: str, varied: str) -> Experiment | None:
    """Gives back validation as the script feeds it against clean rows, by the same weights."""
    effect = change_of(account, "validation-pipeline")
    if account is None or effect is None:
        return None
    clean = measured(account, "generalisation")
    held = "weights and rows" if clean and clean.n == effect.n else "weights"
    return experiment(effect, name, f"{varied}, in val_{account.metric}", held)


_TRAINING: dict[RowName, tuple[str, str, str]] = {
    "epoch-averaging": ("weights-of-the-end", "weights: moving, or of the end", "mode and rows"),
    "penalties-train": ("penalties-left-out", "penalties", "weights and rows"),
    "weights": ("weights-left-out", "class and sample weights", "model and rows"),
    "augmentation": ("transforms-left-out", "random transforms", "weights and rows"),
    "noise-layers": ("noise-left-out", "noise layers", "weights and rows"),
    "batch-statistics": ("moving-statistics", "statistics of the batch", "weights and rows"),
}


def in_training_mode(account: Account, row: RowName) -> Experiment | None:
    """Gives back the training figure with one part of training mode against that without it."""
    if row not in _TRAINING:
        return None
    name, varied, held = _TRAINING[row]
    effect = times(change_of(account, row), -1.0)
    return experiment(effect, name, f"{varied}, in training {account.metric}", held)
