"""What the inputs of a split look like: range and spread by feature, constants, padding."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from valgap.evidence.records import Split
from valgap.evidence.rows import InputKind, InputRecord
from valgap.ledger.probes.rows.arrays import Array, Bools, Floats, blocks, numeric, sample
from valgap.ledger.probes.rows.kinds import kind_of
from valgap.ledger.probes.rows.tally import Tally
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import named_leaves

MOST_VALUES = 64 * 2**20
"""Numbers of one input that are looked at; larger inputs are sampled by row."""

MOST_FEATURES, MOST_LISTED = 256, 20
QUANTILE_VALUES = 200_000


def input_records(split: Split, table: Table, fed: Table | None = None) -> tuple[InputRecord, ...]:
    """Returns a record of each input of one split, in their order.

    Args:
        split: the split.
        table: clean rows.
        fed: the rows as the script feeds them, where that is another view.
    """
    seen = dict(named_leaves(fed.x, "x")) if fed is not None else {}
    found = []
    for name, leaf in named_leaves(table.x, "x"):
        array = numeric(leaf)
        if array is None:
            shape = np.shape(leaf)
            found.append(_not_numbers(split, name, shape, str(getattr(leaf, "dtype", "object"))))
        else:
            found.append(_record(split, name, array, numeric(seen.get(name))))
    return tuple(found)


def _record(split: Split, name: str, array: Array, fed: Array | None) -> InputRecord:
    kind, shape = kind_of(array), array.shape[1:]
    array = sample(array, max(2, MOST_VALUES // max(1, math.prod(shape))))
    # The last axis of a picture without channels is its width.
    rows, features = len(array), 1 if kind == "image" and len(shape) == 2 else ([1, *shape][-1])
    tally = Tally.of(array, features)
    constant = tally.constant if rows > 1 else []
    mean, std = tally.moments
    zero, padding = _empty_steps(array, kind)
    q01, q99 = _quantiles(array)
    told = tally if 0 < features <= MOST_FEATURES else Tally.empty(0)
    alike = fed is not None and fed.shape[1:] == shape
    seen = Tally.of(fed, features) if fed is not None and alike else Tally.empty(1)
    fed_mean, fed_std = seen.moments
    return InputRecord(
        split,
        name,
        kind,
        tuple(int(n) for n in shape),
        str(array.dtype),
        rows,
        *tally.ends,
        mean,
        std,
        q01,
        q99,
        whole_numbers=tally.whole and bool(tally.count.sum()),
        features=features,
        feature_mean=_numbers(told, told.mean),
        feature_std=_numbers(told, told.spread),
        feature_low=_numbers(told, told.low),
        feature_high=_numbers(told, told.high),
        constant_features=tuple(constant[:MOST_LISTED]),
        constant_count=len(constant),
        rows_differ=tally.rows_differ or rows < 2,
        non_finite=tally.non_finite,
        non_finite_rows=tally.non_finite_rows,
        zero_steps=zero,
        padding_steps=padding,
        fed_low=seen.ends[0],
        fed_high=seen.ends[1],
        fed_mean=fed_mean,
        fed_std=fed_std,
    )


def _not_numbers(split: Split, name: str, shape: tuple[int, ...], dtype: str) -> InputRecord:
    rows = shape[0] if shape else 0
    return InputRecord(split, name, "other", shape[1:], dtype, rows, None, None, None, None)


def _quantiles(array: Array) -> tuple[float | None, float | None]:
    flat = array.reshape(-1)
    if flat.size > QUANTILE_VALUES:
        flat = flat[np.random.default_rng(0).integers(0, flat.size, QUANTILE_VALUES)]
    values = flat[np.isfinite(flat)].astype(np.float64)
    if values.size == 0:
        return None, None
    low, high = np.quantile(values, [0.01, 0.99])
    return float(low), float(high)


def _empty_steps(array: Array, kind: InputKind) -> tuple[float | None, float | None]:
    """The share of steps that are 0 throughout, and of those that lie at an end of their row."""
    is_tokens = kind == "other" and array.ndim == 2
    if array.size == 0 or not (is_tokens or kind in ("series", "frames")):
        return None, None
    found = [np.concatenate(list(part)) for part in zip(*_empty(array, is_tokens), strict=True)]
    zero, padding = (float(part.mean()) for part in found)
    return (None if is_tokens else zero), padding


def _empty(array: Array, is_tokens: bool) -> Iterator[tuple[Bools, Bools]]:
    for block in blocks(array):
        later = tuple(range(2, array.ndim))
        empty = block == 0 if is_tokens else ~block.astype(bool).any(axis=later)
        zero: Bools = np.asarray(empty)
        before = np.logical_and.accumulate(zero, axis=1)
        after = np.logical_and.accumulate(zero[:, ::-1], axis=1)[:, ::-1]
        yield zero, before | after


def _numbers(tally: Tally, values: Floats) -> tuple[float, ...]:
    """By feature; NaN where a feature has no finite value."""
    return tuple(float(v) for v in np.where(tally.count > 0, values, math.nan))
