"""Validation rows whose inputs stand in training too, and the figures apart."""

from __future__ import annotations

import numpy as np

from valgap.evidence.account import Estimate, SharedRows
from valgap.ledger.states import State
from valgap.observe.sources.base import RowHashes, Sources, SourceUnreadableError
from valgap.stats import paired

_EXAMPLES = 10


def shared_rows(sources: Sources, limit: int, state: State | None) -> SharedRows | None:
    """Returns which validation rows stand in training, bit for bit, or None if unreadable.

    Args:
        sources: both splits, readable again.
        limit: the most rows to hash of a split that is not held as arrays.
        state: the clean validation state, to score shared and other rows apart.
    """
    if sources.validation is None:
        return None
    try:
        train, validation = sources.train.row_hashes(limit), sources.validation.row_hashes(limit)
    except SourceUnreadableError:
        return None
    if not train.digests or not validation.digests:
        return None
    known = set(train.digests)
    shared = np.array([digest in known for digest in validation.digests])
    found = SharedRows(
        searched_train=len(train.digests),
        searched_validation=len(validation.digests),
        shared=int(shared.sum()),
        distinct=len({d for d, s in zip(validation.digests, shared, strict=True) if s}),
        examples=tuple(int(i) for i in validation.ids[shared][:_EXAMPLES]),
    )
    return found if state is None or not found.shared else _scored(found, validation, shared, state)


def _scored(found: SharedRows, hashes: RowHashes, shared: np.ndarray, state: State) -> SharedRows:
    is_shared = dict(zip(hashes.ids.tolist(), shared.tolist(), strict=True))
    mask = np.array([is_shared.get(int(i), False) for i in state.ids])
    scores = state.scores
    figures = [f for f, unit in scores.units.items() if unit == "row"]
    some, rest = mask.any(), (~mask).any()
    return SharedRows(
        found.searched_train,
        found.searched_validation,
        found.shared,
        found.distinct,
        found.examples,
        all_rows={f: scores.values[f] for f in figures},
        with_shared={f: float(scores.parts[f][mask].mean()) for f in figures} if some else {},
        without=({f: _estimate(scores.parts[f][~mask]) for f in figures} if rest else {}),
    )


def _estimate(parts: np.ndarray) -> Estimate:
    return paired(parts)
