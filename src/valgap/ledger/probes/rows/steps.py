"""Time steps of validation series that stand in training, as overlapping windows have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from valgap.ledger.probes.rows.arrays import Array, Bools, Floats, numeric
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.observe.sources.nested import Nested, named_leaves

Keys: TypeAlias = NDArray[np.uint64]

# Runs of steps so long that one in training equals one in validation by chance at most so often.
BY_CHANCE = 1e-3
LONGEST_RUN = 64
# Steps that are the same in so many features are the same.
FEATURES = 32


def shared_steps(prepared: Prepared) -> float | None:
    """Returns the share of validation steps in a run that stands in training bit for bit.

    Steps of few values recur by themselves, so that runs of them are compared that tell too
    much to recur by chance; a step that repeats the one before tells nothing. None where
    there is no series, or where runs would have to be too long.
    """
    try:
        train, validation = prepared.alike()
    except NotApplicableError:
        return None
    ours, theirs = (longest_series(p.table.x, prepared.kinds) for p in (train, validation))
    if ours is None or theirs is None or ours.shape[2:] != theirs.shape[2:]:
        return None
    keys, others = _keys(ours), _keys(theirs)
    enough = float(np.log2(keys.size / BY_CHANCE))
    length = _run_length(keys, enough)
    if length is None or length > min(keys.shape[1], others.shape[1]):
        return None
    told = _bits(keys, others)
    there, made = _runs(keys, length), _runs(others, length)
    known = np.lib.stride_tricks.sliding_window_view(told, length, axis=1).sum(axis=-1)
    shared = np.isin(made, there) & (known >= enough)
    hit: Bools = np.zeros(others.shape, bool)
    for i in range(length):
        hit[:, i : i + shared.shape[1]] |= shared
    return float(hit.mean())


def sharing_steps(series: Array) -> NDArray[np.int64] | None:
    """Returns a number for each window, the same for windows that share steps, however indirectly.

    Windows cut from one recording with an overlap are joined so, whatever order they stand in.
    None where none shares any, or where that cannot be told from chance.

    Args:
        series: windows x steps x features.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    keys = _keys(series)
    enough = float(np.log2(keys.size / BY_CHANCE))
    length = _run_length(keys, enough)
    if length is None or length > keys.shape[1]:
        return None
    told = np.lib.stride_tricks.sliding_window_view(_bits(keys, keys), length, axis=1).sum(axis=-1)
    runs, window = _runs(keys, length), np.arange(len(keys))
    tells = told >= enough
    _, first, of = np.unique(runs[tells], return_index=True, return_inverse=True)
    windows = np.broadcast_to(window[:, None], runs.shape)[tells]
    links = windows, windows[first][of.reshape(-1)]
    graph = coo_array((np.ones(len(of)), links), shape=(len(keys), len(keys)))
    count, found = connected_components(graph, directed=False)
    return np.asarray(found, np.int64) if count < len(keys) else None


def longest_series(x: Nested, kinds: Mapping[str, str]) -> Array | None:
    """Returns the input that is a series, the one of most numbers a row; None without any.

    Args:
        x: inputs, rows first.
        kinds: what each input is, by name.
    """
    named = ((name, numeric(leaf)) for name, leaf in named_leaves(x, "x"))
    found = [a for name, a in named if a is not None and kinds.get(name) == "series"]
    return max(found, key=lambda a: a[0].size, default=None)


def _keys(series: Array) -> Keys:
    """One number for each step: a sum of its values' bits times odd multipliers."""
    features = np.linspace(0, series.shape[-1] - 1, min(series.shape[-1], FEATURES)).astype(int)
    values = np.ascontiguousarray(series[..., features], np.float32) + np.float32(0)  # -0 is 0
    bits = values.view(np.uint32).astype(np.uint64)
    odd = np.random.default_rng(0).integers(0, 2**63, bits.shape[-1], dtype=np.uint64) * 2 + 1
    return np.asarray((bits * odd).sum(axis=-1, dtype=np.uint64))


def _run_length(keys: Keys, enough: float) -> int | None:
    """Steps in a run, by how often two random steps are the same; half as many again."""
    counts = np.unique(keys, return_counts=True)[1] / keys.size
    same = max(float((counts**2).sum()), 1 / keys.size)
    length = int(np.ceil(1.5 * enough / max(-np.log2(same), 1e-9)))
    return length if length <= LONGEST_RUN else None


def _bits(keys: Keys, others: Keys) -> Floats:
    """What each step of validation tells: rare ones much, the one before again nothing."""
    names, counts = np.unique(keys, return_counts=True)
    place = np.minimum(np.searchsorted(names, others), len(names) - 1)
    bits = np.where(names[place] == others, -np.log2(counts[place] / keys.size), 0.0)
    bits[:, 1:][others[:, 1:] == others[:, :-1]] = 0.0
    return np.asarray(bits)


def _runs(keys: Keys, length: int) -> Keys:
    """One number for each run of steps."""
    windows = np.lib.stride_tricks.sliding_window_view(keys, length, axis=1)
    odd = np.random.default_rng(1).integers(0, 2**63, length, dtype=np.uint64) * 2 + 1
    return np.asarray((windows * odd).sum(axis=-1, dtype=np.uint64))
