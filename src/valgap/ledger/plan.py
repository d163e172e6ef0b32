"""Which epochs to measure, in what order, and on how many rows within the time."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from valgap.evidence.account import Role
from valgap.evidence.records import EpochRecord
from valgap.ledger.clone import NO_AUGMENTATION
from valgap.ledger.forward import Forward
from valgap.ledger.states import Tables
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.sources.base import Source, Sources

DRAWS = 5
# Rows of the first look, which tells the pace; and the fewest that an account is worth.
LOOK_ROWS, LEAST_ROWS = 64, 32
# Batches are the unit of the batch-statistics row: with fewer its interval says nothing.
ENOUGH_BATCHES = 4
# Shares of the time left: accounts, of which whole validation rows, and the trace over the
# epochs; the rest is for reading and scoring.
_FOR_ACCOUNTS, _FOR_VALIDATION, _FOR_TRACE = 0.45, 0.4, 0.25
# The trace: most and fewest rows a split, epochs it aims at, passes over the rows of each.
_TRACE_ROWS, _LEAST_TRACE_ROWS, _TRACE_EPOCHS, _TRACE_PASSES = 256, 48, 20, 6

Chosen = tuple[EpochRecord, tuple[Role, ...]]


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a ledger may take, in seconds, and the most rows a split it may use."""

    seconds: float
    rows: int


def chosen_epochs(kept: list[EpochRecord]) -> list[Chosen]:
    """Returns the last, the best and the worst epoch by validation loss, each once."""
    roles: dict[int, list[Role]] = {kept[-1].epoch: ["last"]}
    losses = {e.epoch: e.logs.get("val_loss") for e in kept}
    finite = {epoch: v for epoch, v in losses.items() if v is not None and np.isfinite(v)}
    if finite:
        roles.setdefault(max(finite, key=lambda e: finite[e]), []).append("worst")
        roles.setdefault(min(finite, key=lambda e: finite[e]), []).append("best")
    by_number = {e.epoch: e for e in kept}
    return [(by_number[epoch], tuple(why)) for epoch, why in roles.items()]


@dataclass(frozen=True, slots=True)
class Affordable:
    """How many rows of each split, and how many of the chosen epochs, fit the time.

    `trace` is the rows of a split for each epoch of the cheap ledger.
    """

    train: int
    validation: int
    epochs: int
    trace: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Costs:
    """What an account of one epoch costs: seconds a row a pass, passes over each split.

    `batch` is the training batch; totals are how many rows there are at most.
    """

    pace: float
    train_passes: int
    validation_passes: int
    batch: int
    train_total: int
    validation_total: int


def costs_of(forward: Forward, tables: Tables, sources: Sources, rows: int) -> Costs:
    """Returns the costs, the pace being that of a second small pass: the first one is tracing."""
    table = tables.train_clean or tables.validation_clean
    table = table or next(iter(tables.validation_fed), None)
    if table is None:
        raise UnmeasurableError("the rows of neither split can be read again")
    forward.run(table, NO_AUGMENTATION)
    began = time.monotonic()
    forward.run(table, NO_AUGMENTATION)
    pace = (time.monotonic() - began) / table.rows
    kinds = forward.clone.kinds
    noisy = DRAWS if kinds["noise"] or kinds["unknown"] else 1
    fed = DRAWS if noisy > 1 or kinds["augmentation"] or _is_random(sources.train) else 1
    held_out = DRAWS if sources.validation and _is_random(sources.validation) else 1
    again = 2 if kinds["batch-statistics"] else 0
    return Costs(
        pace=pace,
        train_passes=fed + noisy + 2 + 3 * again,
        validation_passes=1 + held_out + again,
        batch=sources.train.record.batch_size or max(table.sizes),
        train_total=min(rows, sources.train.record.rows or rows),
        validation_total=min(rows, _total(sources.validation) or rows),
    )


def affordable(costs: Costs, epochs: int, budget: Budget, left: float) -> Affordable:
    """Returns what fits: validation whole if it can be, then enough training batches.

    Epochs are given up, the last one never, before training falls below enough batches.
    """
    seconds = _FOR_ACCOUNTS * max(1.0, left)
    wanted = min(costs.train_total, max(LEAST_ROWS, ENOUGH_BATCHES * costs.batch))
    for count in range(epochs, 0, -1):
        share = seconds / (costs.pace * count)
        held_out = int(_FOR_VALIDATION * share / costs.validation_passes)
        held_out = max(
            min(LEAST_ROWS, costs.validation_total), min(costs.validation_total, held_out)
        )
        rows = int((share - held_out * costs.validation_passes) / costs.train_passes)
        rows = max(min(LEAST_ROWS, costs.train_total), min(costs.train_total, rows))
        if rows >= wanted:
            break
    whole = rows == costs.train_total and held_out == costs.validation_total
    reason = None if whole else f"to stay within {budget.seconds:.0f} s"
    trace = int(_FOR_TRACE * max(1.0, left) / (costs.pace * _TRACE_PASSES * _TRACE_EPOCHS))
    return Affordable(
        rows, held_out, count, min(_TRACE_ROWS, max(_LEAST_TRACE_ROWS, trace)), reason
    )


def _is_random(source: Source) -> bool:
    return source.record.transforms in ("known", "opaque")


def _total(source: Source | None) -> int | None:
    return None if source is None else source.record.rows


def spread_order(n: int) -> list[int]:
    """Returns positions 0..n-1 so that any beginning of the list covers the whole range."""
    order: dict[int, None] = {}
    step = 1 << max(0, n - 1).bit_length()
    while step >= 1:
        order.update(dict.fromkeys(range(n - 1, -1, -step)))
        step //= 2
    return list(order)
