"""Which epochs to measure, and in what order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valgap.evidence.account import Role
from valgap.evidence.records import EpochRecord

# Random rows are means of this many draws (DESIGN section 1: at least five).
DRAWS = 5

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


def spread_order(n: int) -> list[int]:
    """Returns positions 0..n-1 so that any beginning of the list covers the whole range."""
    order: dict[int, None] = {}
    step = 1 << max(0, n - 1).bit_length()
    while step >= 1:
        order.update(dict.fromkeys(range(n - 1, -1, -step)))
        step //= 2
    return list(order)
