"""The cheap ledger over the epochs, and which row carries the volatility."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from valgap.evidence.account import Account, TracePoint
from valgap.ledger.rows import Epoch
from valgap.stats import standard_error

LOGGED_TRAIN = "logged-train"
LEAST_EPOCHS, ENOUGH_EPOCHS = 3, 6


def trace_point(drawn: Account, error: float | None) -> TracePoint:
    """Returns an account in the cheap form: deltas by row, without intervals."""
    return TracePoint(drawn.metric, drawn.epoch, _deltas(drawn), drawn.validation, error)


def sampling_error(at: Epoch, metric: str) -> float | None:
    """Returns the standard error of the logged validation figure, or None if it has no rows.

    Scaled from the rows at hand to all that the logged figure rests on.
    """
    state = at.states.get("validation-logged")
    if state is None or state.scores.units.get(metric) != "row":
        return None
    error, used = standard_error(state.scores.parts[metric]), sum(state.sizes)
    return None if error is None else error * float(np.sqrt(used / (at.validation_rows or used)))


def _deltas(drawn: Account) -> dict[str, float | None]:
    return {row.row: row.delta for row in drawn.rows}


def volatility(
    points: Sequence[TracePoint], train: Mapping[int, float | None]
) -> dict[str, float | None]:
    """Returns each row's share of the variance of the validation figure over the epochs.

    Cov(row, validation) / Var(validation); the rows and the logged training figure add up
    to the validation figure, so the shares of all sum to 1. A share may be negative.
    Empty with no variance, fewer than three epochs, or fewer than six of a fit of more: which
    epochs were measured would decide.
    """
    usable = [p for p in points if p.validation is not None and train.get(p.epoch) is not None]
    if len(usable) < max(LEAST_EPOCHS, min(ENOUGH_EPOCHS, len(train))):
        return {}
    figure = np.array([p.validation for p in usable], dtype=float)
    variance = float(np.var(figure))
    if not np.isfinite(variance) or variance <= 0:
        return {}
    series: dict[str, list[float]] = {LOGGED_TRAIN: [float(train[p.epoch] or 0) for p in usable]}
    for row in usable[0].deltas:
        series[row] = [p.deltas.get(row) or 0.0 for p in usable]
    centred = figure - figure.mean()
    return {
        row: float(np.mean((np.array(values) - np.mean(values)) * centred) / variance)
        for row, values in series.items()
    }
