"""Time steps of validation series that stand in training, as overlapping windows have them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from valgap.ledger.probes.rows.arrays import Array, Bools, numeric
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.prepared import Part, Prepared
from valgap.observe.sources.nested import named_leaves

# Runs of steps so long that one in training equals one in validation by chance at most so often.
BY_CHANCE = 1e-3
LONGEST_RUN = 64


def shared_steps(prepared: Prepared) -> float | None:
    """Returns the share of validation steps in a run that stands in training bit for bit.

    Steps of few values recur by themselves, so that runs of them are compared, long enough
    not to recur by chance; runs of one and the same step are left out. None where there is
    no series or steps recur too often to tell.
    """
    try:
        train, validation = prepared.alike()
    except NotApplicableError:
        return None
    ours, theirs = _series(prepared, train), _series(prepared, validation)
    if ours is None or theirs is None or ours.shape[2:] != theirs.shape[2:]:
        return None
    keys, others = _keys(ours), _keys(theirs)
    length = _run_length(keys, others)
    if length is None or length > min(keys.shape[1], others.shape[1]):
        return None
    there, _ = _runs(keys, length)
    made, usable = _runs(others, length)
    shared = np.isin(made, there) & usable
    hit: Bools = np.zeros(others.shape, bool)
    for i in range(length):
        hit[:, i : i + shared.shape[1]] |= shared
    return float(hit.mean())


def _series(prepared: Prepared, part: Part) -> Array | None:
    named = ((name, numeric(leaf)) for name, leaf in named_leaves(part.table.x, "x"))
    found = [a for name, a in named if a is not None and prepared.kinds.get(name) == "series"]
    return max(found, key=lambda a: a[0].size, default=None)


def _keys(series: Array) -> NDArray[np.uint64]:
    """One number for each step: a sum of its values' bits times odd multipliers."""
    values = np.ascontiguousarray(series.astype(np.float32)) + np.float32(0)  # -0 is 0
    bits = values.view(np.uint32).astype(np.uint64)
    odd = np.random.default_rng(0).integers(0, 2**63, bits.shape[-1], dtype=np.uint64) * 2 + 1
    return np.asarray((bits * odd).sum(axis=-1, dtype=np.uint64))


def _run_length(keys: NDArray[np.uint64], others: NDArray[np.uint64]) -> int | None:
    """Steps in a run, by how often two random steps of different rows are the same."""
    counts = np.unique(keys, return_counts=True)[1] / keys.size
    same = max(float((counts**2).sum()), 1 / keys.size)
    if same > 0.9:
        return None
    # (pairs of runs) x same^length <= BY_CHANCE x runs of validation
    length = int(np.ceil(np.log(keys.size / BY_CHANCE) / -np.log(same)))
    return length if 1 <= length <= LONGEST_RUN and others.size else None


def _runs(keys: NDArray[np.uint64], length: int) -> tuple[NDArray[np.uint64], Bools]:
    """A number for each run of steps, and whether its steps differ (one step alone does)."""
    windows = np.lib.stride_tricks.sliding_window_view(keys, length, axis=1)
    odd = np.random.default_rng(1).integers(0, 2**63, length, dtype=np.uint64) * 2 + 1
    made = np.asarray((windows * odd).sum(axis=-1, dtype=np.uint64))
    if length == 1:
        return made, keys != 0
    return made, np.asarray((windows != windows[..., :1]).any(axis=-1))
