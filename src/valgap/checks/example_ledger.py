"""Ledgers for made-up fits: deltas that add up, with intervals of a given width."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pvariance
from typing import Any, Literal, get_args

from valgap.evidence.account import (
    ROW_NAMES,
    Account,
    EpochPair,
    Estimate,
    Reestimation,
    Role,
    Row,
    RowName,
    TracePoint,
)

_TRAINING_ROWS: tuple[RowName, ...] = ROW_NAMES[:6]


@dataclass(frozen=True, slots=True)
class Curves:
    """One figure over the epochs: its two curves and the deltas by row."""

    train: Sequence[float]
    validation: Sequence[float]
    rows: Mapping[RowName, Sequence[float]]
    unmeasured: Mapping[RowName, str]
    half_width: float
    n: int

    def deltas(self, epoch: int) -> dict[RowName, float]:
        """The delta of every row at an epoch; generalisation takes what is left."""
        told = {name: float(values[epoch]) for name, values in self.rows.items()}
        rest = self.validation[epoch] - self.train[epoch] - math.fsum(told.values())
        taker: RowName = "unaccounted" if "generalisation" in told else "generalisation"
        return dict.fromkeys(ROW_NAMES, 0.0) | told | {taker: rest}

    @property
    def roles(self) -> dict[int, tuple[Role, ...]]:
        """The epochs an account is drawn up for, and why, by this figure."""
        figures = list(self.validation)
        last = (len(figures) - 1, figures.index(min(figures)), figures.index(max(figures)))
        names = get_args(Role)
        return {e: tuple(r for r, at in zip(names, last, strict=True) if at == e) for e in last}

    @property
    def shares(self) -> dict[str, float | None]:
        """Each row's share of the variance of the validation figure."""
        table = [self.deltas(i) for i in range(len(self.validation))]
        series = {name: [deltas[name] for deltas in table] for name in ROW_NAMES}
        variance = pvariance(self.validation)
        return {
            name: _covariance(values, self.validation) / variance
            for name, values in ({"logged-train": list(self.train)} | series).items()
        }


def _covariance(a: Sequence[float], b: Sequence[float]) -> float:
    products = [(x - fmean(a)) * (y - fmean(b)) for x, y in zip(a, b, strict=True)]
    return fmean(products)


def accounts(curves: Mapping[str, Curves]) -> tuple[Account, ...]:
    """Gives back the accounts of all figures at the last, best and worst epoch of the loss."""
    if not curves["loss"].validation:
        return ()
    roles = curves["loss"].roles
    return tuple(
        Account(m, e, r, c.train[e], c.validation[e], _rows(c, e), Estimate(0.0, -0.01, 0.01, c.n))
        for e, r in sorted(roles.items())
        for m, c in curves.items()
    )


def _rows(curves: Curves, epoch: int) -> tuple[Row, ...]:
    deltas = curves.deltas(epoch)
    value, rows, carried = curves.train[epoch], [], 0.0
    for name in ROW_NAMES:
        delta = deltas[name] + carried
        if name in curves.unmeasured:
            rows.append(
                Row(name, None, None, None, status="merged", reason=curves.unmeasured[name])
            )
            carried = delta
            continue
        width = curves.half_width if delta else 0.0
        rows.append(Row(name, value, value + delta, delta, delta - width, delta + width, curves.n))
        value, carried = value + delta, 0.0
    return tuple(rows)


def reestimations(curves: Curves, closes: Mapping[str, float]) -> tuple[Reestimation, ...]:
    """Gives back re-estimations at the epochs with an account that close what is asked."""
    if not curves.validation:
        return ()
    return tuple(_one(curves, e, c, s) for e in sorted(curves.roles) for c, s in closes.items())


def _one(curves: Curves, epoch: int, condition: Any, share: float) -> Reestimation:
    kind: Literal["training", "inference"] = condition
    deltas = curves.deltas(epoch)
    moving = curves.train[epoch] + math.fsum(deltas[name] for name in _TRAINING_ROWS)
    change = -share * deltas["batch-statistics"]
    held_out = moving + deltas["generalisation"]
    closed = Estimate(change, change - curves.half_width, change + curves.half_width, curves.n)
    return Reestimation(
        metric="loss",
        epoch=epoch,
        condition=kind,
        train_batch=moving - deltas["batch-statistics"],
        train_moving=moving,
        train_after=moving + change,
        closed=closed,
        validation_before=held_out,
        validation_after=held_out + change,
        validation_change=closed,
    )


def trace(curves: Mapping[str, Curves]) -> tuple[TracePoint, ...]:
    """Gives back the cheap ledger of all figures at all epochs."""
    return tuple(
        TracePoint(m, e, dict(c.deltas(e).items()), c.validation[e], c.half_width)
        for e in range(len(curves["loss"].validation))
        for m, c in curves.items()
    )


def pair(curves: Curves) -> tuple[EpochPair, ...]:
    """Gives back the last epoch compared with the best."""
    if not curves.validation:
        return ()
    best, last = curves.validation.index(min(curves.validation)), len(curves.validation) - 1
    change = curves.validation[last] - curves.validation[best]
    width = curves.half_width if best != last else 0.0
    return (
        EpochPair("loss", best, last, Estimate(change, change - width, change + width, curves.n)),
    )
