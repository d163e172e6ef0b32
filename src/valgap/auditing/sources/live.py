"""What Python code holds: arrays, DataFrames, and data sets of batches, told by their manners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from valgap.auditing.dataset import Arrays, Dataset
from valgap.auditing.sources.arrays import dataset_of_arrays
from valgap.auditing.sources.columns import Columns, plain
from valgap.auditing.sources.series import series_dataset
from valgap.auditing.sources.tables import table_dataset
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError
from valgap.observe.sources.nested import rows_of

MOST_STREAMED = 20_000
"""Rows of a data set of batches that are read: it is iterated once, and held in memory."""

STREAMED_BYTES = 512 * 2**20


def dataset_of(
    parts: Mapping[str, Any], wishes: Wishes, y: Any = None, groups: Any = None
) -> Dataset:
    """Returns the rows of live data.

    Args:
        parts: `train`, `validation` and `test`, None for what is not there.
        wishes: columns by name.
        y: labels of training rows that are an array.
        groups: one label a row of all parts.

    Raises:
        UsageError: if they are nothing that is known, or parts are unlike.
    """
    data = parts["train"]
    there = {name: part for name, part in parts.items() if part is not None}
    if _is_frame(data):
        found = _of_frames(there, y, wishes)
    elif _is_stream(data):
        found = _of_streams(there)
    else:
        found = _of_arrays(there, y)
    return _with_groups(found, groups)


def _is_frame(data: Any) -> bool:
    return hasattr(data, "columns") and hasattr(data, "to_numpy")


def _is_stream(data: Any) -> bool:
    """A `tf.data.Dataset` is iterated and has an `element_spec`; a `PyDataset` counts batches."""
    if isinstance(data, np.ndarray | list | tuple | Mapping) or hasattr(data, "__array__"):
        return False
    return hasattr(data, "element_spec") or hasattr(data, "num_batches") or hasattr(data, "workers")


def _of_frames(parts: Mapping[str, Any], y: Any, wishes: Wishes) -> Dataset:
    names = list(parts["train"].columns)
    columns: dict[str, Any] = {}
    for name in names:
        if any(name not in part.columns for part in parts.values()):
            raise UsageError(f"column {name} is not in all parts: expected the same columns")
        columns[str(name)] = np.concatenate([plain(p[name].to_numpy()) for p in parts.values()])
    if y is not None:
        columns["label"] = plain(np.asarray(y))
    if len(parts) > 1:
        lengths = [len(part) for part in parts.values()]
        columns["split"] = np.repeat(np.array(list(parts)), lengths)
    if len({len(column) for column in columns.values()}) > 1:
        raise UsageError("y: expected one label a row of the DataFrame")
    make = table_dataset if wishes.id is None else series_dataset
    return make(Columns(columns), wishes, "DataFrame")


def _of_arrays(parts: Mapping[str, Any], y: Any) -> Dataset:
    arrays: dict[str, Any] = {}
    for name, part in parts.items():
        x, labels = part if isinstance(part, tuple) and len(part) == 2 else (part, None)
        if name == "train" and labels is None:
            labels = y
        ending = f"_{name}" if len(parts) > 1 else ""
        arrays[f"x{ending}"] = _numbers(x, name)
        if labels is not None:
            arrays[f"y{ending}"] = _labels(labels)
    return dataset_of_arrays(arrays, "data")


def _numbers(x: Any, name: str) -> Any:
    array = np.asarray(x)
    if array.ndim == 0 or array.dtype.kind not in "biufU":
        told = f"{type(x).__name__} of {array.dtype}"
        raise UsageError(
            f"{name}: expected a path, arrays, a DataFrame or batches, received {told}"
        )
    return array


def _labels(labels: Any) -> Any:
    array = np.asarray(labels)
    return array.astype(str) if array.dtype.kind == "O" else array


def _of_streams(parts: Mapping[str, Any]) -> Dataset:
    tables = {name: _read(part) for name, part in parts.items()}
    first = tables["train"]
    labels = [table[1] for table in tables.values()]
    rows = [rows_of(table[0]) for table in tables.values()]
    named = np.repeat(np.array(list(tables)), rows) if len(tables) > 1 else None
    cut = [name for name, table in tables.items() if table[2]]
    notes = (f"the first rows of {', '.join(cut)} were read, as many as fit",) if cut else ()
    kind = (
        "pictures" if np.ndim(first[0]) == 4 else "series" if np.ndim(first[0]) == 3 else "arrays"
    )
    return Dataset(
        kind,  # type: ignore[arg-type]
        "batches",
        sum(rows),
        Arrays(tuple(table[0] for table in tables.values())),
        labels=None if any(y is None for y in labels) else np.concatenate(labels),
        parts=named,
        notes=notes,
        is_sample=bool(cut),
    )


def _read(data: Any) -> tuple[Any, Any, bool]:
    """Inputs and labels of a data set of batches, and whether more of it was left unread."""
    xs, ys, rows, size = list[Any](), list[Any](), 0, 0
    for batch in _batches(data):
        x, y = (batch[0], batch[1]) if isinstance(batch, tuple | list) else (batch, None)
        if isinstance(x, Mapping | tuple | list):
            raise UsageError("batches of several inputs are not audited: give one array of each")
        xs.append(np.asarray(x))
        ys.append(None if y is None else np.asarray(y))
        rows, size = rows + len(xs[-1]), size + xs[-1].nbytes
        if rows >= MOST_STREAMED or size >= STREAMED_BYTES:
            return _joined(xs), _joined(ys), True
    if not rows:
        raise UsageError("expected batches of rows, received none")
    return _joined(xs), _joined(ys), False


def _batches(data: Any) -> Any:
    if hasattr(data, "element_spec"):
        return iter(data)
    count = getattr(data, "num_batches", None)
    length = len(data) if hasattr(data, "__len__") else count
    return (data[i] for i in range(int(length or 0)))


def _joined(parts: list[Any]) -> Any:
    return None if any(part is None for part in parts) else np.concatenate(parts)


def _with_groups(found: Dataset, groups: Any) -> Dataset:
    if groups is None:
        return found
    from dataclasses import replace

    named = np.asarray(groups)
    if named.shape != (found.rows,):
        told = f"expected {found.rows:,} labels, one a row of all parts, received {named.shape}"
        raise UsageError(f"groups: {told}")
    return replace(found, groups=named.astype(str), group_source="argument groups")
