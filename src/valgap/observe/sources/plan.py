"""Which rows of a split of known length are read, and in which batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from valgap.observe.sources.base import batch_sizes, spread

SEED = 20240417
"""The seed of every choice of our own: none is drawn from a global generator."""

Order = Literal["shuffled", "within-batches", "as-given"]


@dataclass(frozen=True)
class Plan:
    """Positions of the rows to read, in order, and the batches they stand in."""

    positions: np.ndarray
    sizes: tuple[int, ...]
    note: str | None = None


def order_of(shuffle: object) -> Order:
    """How `fit(shuffle=...)` orders the rows of arrays."""
    if shuffle == "batch":
        return "within-batches"
    return "shuffled" if shuffle else "as-given"


def training_plan(rows: int, batch_size: int, limit: int, order: Order) -> Plan:
    """Whole batches as `fit` composes them: at random, or contiguous and spread evenly."""
    if rows <= limit:
        return Plan(_ordered(rows, batch_size, order), batch_sizes(rows, batch_size))
    size = min(batch_size, limit)
    count = max(limit // size, 1)
    if order == "shuffled":
        chosen = _ordered(rows, batch_size, order)[: count * size]
    else:
        starts = spread(count, rows // size) * size
        chosen = (starts[:, None] + np.arange(size)).ravel()
    return Plan(chosen, (size,) * count, _sampled(count * size, rows))


def evaluation_plan(rows: int, batch_size: int, limit: int) -> Plan:
    """All rows in order, or `limit` of them spread evenly."""
    chosen = spread(limit, rows)
    note = None if rows <= limit else _sampled(limit, rows)
    return Plan(chosen, batch_sizes(len(chosen), batch_size), note)


def _ordered(rows: int, batch_size: int, order: Order) -> np.ndarray:
    generator = np.random.default_rng(SEED)
    if order == "shuffled":
        return generator.permutation(rows)
    positions = np.arange(rows)
    if order == "within-batches":
        for start in range(0, rows, batch_size):
            generator.shuffle(positions[start : start + batch_size])
    return positions


def _sampled(rows: int, of: int) -> str:
    return f"a sample of {rows} of {of} rows"
