"""Which epochs to measure, in what order, and on how many rows within the time."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from valgap.evidence.account import Role
from valgap.evidence.records import EpochRecord
from valgap.ledger.clone import INFERENCE
from valgap.ledger.forward import Forward
from valgap.ledger.states import Tables

DRAWS = 5
LEAST_ROWS = 64
TRACE_ROWS = 256
# Forward passes of one full account over the rows of a split: draws of three training
# states and of validation, both re-estimations, and the states that need one pass.
_PASSES = 4 * DRAWS + 12
_SHARE_OF_ACCOUNTS = 0.5

Chosen = tuple[EpochRecord, tuple[Role, ...]]


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a ledger may take, in seconds, and the most rows a split it may use."""

    seconds: float
    rows: int


class UnmeasurableError(Exception):
    """There is no account to draw up; the message is the reason in one sentence."""


def chosen_epochs(kept: list[EpochRecord]) -> list[Chosen]:
    """Returns the last, the best and the worst epoch by validation loss, each once."""
    roles: dict[int, list[Role]] = {kept[-1].epoch: ["last"]}
    losses = {e.epoch: e.logs.get("val_loss") for e in kept}
    finite = {epoch: v for epoch, v in losses.items() if v is not None and np.isfinite(v)}
    if finite:
        roles.setdefault(min(finite, key=lambda e: finite[e]), []).append("best")
        roles.setdefault(max(finite, key=lambda e: finite[e]), []).append("worst")
    by_number = {e.epoch: e for e in kept}
    return [(by_number[epoch], tuple(why)) for epoch, why in roles.items()]


def affordable_rows(
    forward: Forward, tables: Tables, epochs: int, budget: Budget, left: float
) -> tuple[int, str | None]:
    """Returns how many rows a split fit the time left, and the reason if that is fewer.

    The pace is that of a second small pass, as the first one is mostly tracing.
    """
    table = tables.train_clean or tables.validation_clean
    table = table or next(iter(tables.validation_fed), None)
    if table is None:
        raise UnmeasurableError("the rows of neither split can be read again")
    forward.run(table, INFERENCE)
    began = time.monotonic()
    forward.run(table, INFERENCE)
    pace = (time.monotonic() - began) / table.rows
    rows = int(_SHARE_OF_ACCOUNTS * max(1.0, left) / (pace * _PASSES * epochs))
    if rows >= budget.rows:
        return budget.rows, None
    rows = max(LEAST_ROWS, rows)
    return rows, f"at most {rows} rows a split, to stay within {budget.seconds:.0f} s"


def spread_order(n: int) -> list[int]:
    """Returns positions 0..n-1 so that any beginning of the list covers the whole range."""
    order: dict[int, None] = {}
    step = 1 << max(0, n - 1).bit_length()
    while step >= 1:
        order.update(dict.fromkeys(range(n - 1, -1, -step)))
        step //= 2
    return list(order)
