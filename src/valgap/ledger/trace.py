"""The cheap ledger over the epochs, and which row carries the volatility."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from valgap.evidence.account import Account, TracePoint
from valgap.ledger.rows import Epoch, account
from valgap.stats import standard_error

LOGGED_TRAIN = "logged-train"


def trace_points(at: Epoch, metrics: Iterable[str], exact: int | None) -> list[TracePoint]:
    """Returns one point a figure from the states of an epoch, on however few rows.

    `exact` is how many rows the logged validation figure rests on, for its standard error.
    """
    points = []
    for metric in metrics:
        found = account(metric, at)
        if found is not None:
            points.append(
                TracePoint(
                    metric,
                    at.epoch,
                    _deltas(found),
                    found.validation,
                    _error(at, metric, exact),
                )
            )
    return points


def _error(at: Epoch, metric: str, exact: int | None) -> float | None:
    """The sampling error of the logged figure, scaled from the rows at hand to all it used."""
    state = at.states.get("validation-logged")
    if state is None or state.scores.units.get(metric) != "row":
        return None
    used = sum(state.sizes)
    error = standard_error(state.scores.parts[metric])
    return None if error is None else error * float(np.sqrt(used / (exact or used)))


def point_of(account_: Account, error: float | None) -> TracePoint:
    """Returns a full account in the cheap form."""
    return TracePoint(
        account_.metric, account_.epoch, _deltas(account_), account_.validation, error
    )


def _deltas(drawn: Account) -> dict[str, float | None]:
    return {row.row: row.delta for row in drawn.rows}


def volatility(
    points: Sequence[TracePoint], train: Mapping[int, float | None]
) -> dict[str, float | None]:
    """Returns each row's share of the variance of the validation figure over the epochs.

    Cov(row, validation) / Var(validation); the rows and the logged training figure add up
    to the validation figure, so the shares of all sum to 1. A share may be negative.
    Empty with fewer than three epochs or no variance.
    """
    usable = [p for p in points if p.validation is not None and train.get(p.epoch) is not None]
    if len(usable) < 3:
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
