"""What the targets of a split look like: encoding, classes, range, and their stored order."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from valgap.evidence.records import Split
from valgap.evidence.rows import Encoding, TargetRecord
from valgap.ledger.probes.rows.arrays import Array, Floats, Ints, numeric
from valgap.ledger.probes.rows.tasks import class_of_rows, encoding_of
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import named_leaves

MOST_COUNTED = 1000
"""Classes that are counted one by one."""


def target_records(split: Split, table: Table, stored: bool) -> tuple[TargetRecord, ...]:
    """Returns a record of each target of one split, in their order.

    Args:
        split: the split.
        table: its rows.
        stored: whether they stand in the order they are stored in, without a gap.
    """
    return tuple(_record(split, name, leaf, stored) for name, leaf in named_leaves(table.y, "y"))


def _record(split: Split, name: str, leaf: Any, stored: bool) -> TargetRecord:
    array = numeric(leaf)
    if array is None or array.size == 0:
        shape, dtype = np.shape(leaf), str(getattr(leaf, "dtype", "object"))
        return TargetRecord(split, name, "none", shape[1:], dtype, shape[0] if shape else 0)
    encoding = encoding_of(array)
    values = array[np.isfinite(array)].astype(np.float64)
    low, high, mean, std = _moments(values)
    marks = _marks(array, encoding)
    names, positions = np.unique(marks, return_inverse=True)
    a_row = stored and len(marks) <= len(array)  # masks hold many targets a row
    runs, expected, z = _runs(positions, encoding) if a_row else (None, None, None)
    return TargetRecord(
        split,
        name,
        encoding,
        tuple(int(n) for n in array.shape[1:]),
        str(array.dtype),
        len(array),
        low,
        high,
        mean,
        std,
        distinct=len(names),
        whole_numbers=bool(values.size) and bool(np.all(values == np.floor(values))),
        counts=_counts(names, positions, encoding),
        non_finite=int(array.size - values.size),
        runs=runs,
        runs_expected=expected,
        runs_z=z,
        sorted_by_class=encoding in ("classes", "one-hot") and _is_sorted(runs, len(names), array),
    )


def _moments(values: Floats) -> tuple[float | None, float | None, float | None, float | None]:
    if values.size == 0:
        return None, None, None, None
    with np.errstate(all="ignore"):
        told = (values.min(), values.max(), values.mean(), values.std())
    low, high, mean, std = (float(v) if math.isfinite(v) else None for v in told)
    return low, high, mean, std


def _marks(array: Array, encoding: Encoding) -> Array:
    """One mark for each row that knows its target, equal where targets are.

    Where a row holds many targets of classes (masks), one mark for each of them.
    """
    if encoding in ("classes", "one-hot"):
        classes = class_of_rows(array)
        return np.asarray(classes[np.isfinite(classes)])
    rows = array.reshape(len(array), -1)
    rows = np.ascontiguousarray(rows[np.isfinite(rows).all(axis=1)])
    if rows.shape[1] == 1:
        return rows[:, 0]
    if encoding == "flags":
        return np.array([",".join(map(str, np.flatnonzero(row))) or "none" for row in rows])
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)


def _counts(names: Array, positions: Ints, encoding: Encoding) -> dict[str, int]:
    if encoding not in ("classes", "one-hot", "flags") or len(names) > MOST_COUNTED:
        return {}
    counts = np.bincount(positions.reshape(-1), minlength=len(names))
    return {_name(name): int(n) for name, n in zip(_plain(names), counts, strict=True)}


def _plain(names: Array) -> Iterable[object]:
    return list(names.tolist())


def _name(name: object) -> str:
    return f"{name:.12g}" if isinstance(name, float) else str(name)


def _runs(positions: Ints, encoding: Encoding) -> tuple[int | None, float | None, float | None]:
    """The runs of equal targets, with the mean and standard score of a random order.

    Moments for several kinds: Mood, Annals of Mathematical Statistics 11, 1940; for two they
    are those of Wald and Wolfowitz.
    """
    kinds = positions.reshape(-1)
    if encoding == "numbers":
        kinds = (kinds > np.median(kinds)).astype(np.int64)
    n = len(kinds)
    if n < 2:
        return None, None, None
    counts = np.bincount(kinds).astype(np.float64)
    second, third = float((counts**2).sum()), float((counts**3).sum())
    runs = 1 + int(np.count_nonzero(np.diff(kinds)))
    expected = 1 + (n**2 - second) / n
    variance = (second * (second + n * (n + 1)) - 2 * n * third - n**3) / (n**2 * (n - 1))
    return runs, expected, (runs - expected) / math.sqrt(variance) if variance > 1e-9 else None


def _is_sorted(runs: int | None, classes: int, array: Array) -> bool:
    """One run a class, of two classes or more with two rows each or more on average."""
    return runs is not None and runs == classes >= 2 and len(array) >= 3 * classes
