"""The clone that is measured on, held against the model itself first."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.ledger.clone import INFERENCE, Clone, clone_of
from valgap.ledger.forward import Forward
from valgap.observe.live import LiveFit
from valgap.observe.recorder import copied
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import leaves

# What the order of sums leaves of single precision, and far less than any figure shows.
_RELATIVE, _ABSOLUTE = 1e-3, 1e-4


def stand_in(live: LiveFit, table: Table | None) -> Clone:
    """Returns a clone of the model, or the model itself, borrowed, where they disagree.

    A layer may hold what neither its configuration nor its weights bring back: what it saw in
    `adapt`, or a number set from outside. At equal weights its clone then computes otherwise,
    and every figure of the clone would be another model's.

    Args:
        live: a fit whose model is there.
        table: rows to compare on; None where there are none to be had.
    """
    clone = clone_of(live.model, live.trainable)
    if clone.borrowed or table is None or _agrees(clone, live, table):
        return clone
    clone.close()
    return clone_of(live.model, live.trainable, borrow=True)


def _agrees(clone: Clone, live: LiveFit, table: Table) -> bool:
    # A batch as the fit has it, since a model may be built for just that many rows.
    few = table.take(np.arange(table.sizes[0]))
    own = clone_of(live.model, live.trainable, borrow=True)
    try:
        clone.load([copied(weight) for weight in live.model.weights])
        theirs = [_outputs(own, few) for _ in range(2)]
    finally:
        own.close()
    if not _alike(*theirs):
        return True  # a model that draws at random is not told from its clone
    return _alike(_outputs(clone, few), theirs[0])


def _outputs(clone: Clone, table: Table) -> list[Any]:
    batches = Forward(clone).run(table, INFERENCE).predictions
    return [leaf for batch in batches for leaf in leaves(batch)]


def _alike(ours: list[Any], theirs: list[Any]) -> bool:
    return len(ours) == len(theirs) and all(
        np.shape(a) == np.shape(b)
        and np.allclose(a, b, rtol=_RELATIVE, atol=_ABSOLUTE, equal_nan=True)
        for a, b in zip(ours, theirs, strict=True)
    )
