"""Series in a long table: the rows of one id, in their order, are the steps of one series."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import Arrays, Dataset
from valgap.auditing.sources.columns import Columns
from valgap.auditing.sources.tables import (
    LABELS,
    PARTS,
    chosen,
    coded,
    inputs_of,
    labels_of,
    parts_of,
)
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError

MOST_VALUES = 250_000_000
"""Series are held padded to the longest: 4 bytes a value, 1 GB at most; longer ones are cut."""


def series_dataset(columns: Columns, wishes: Wishes, form: str) -> Dataset:
    """Returns the series of a long table, padded with 0 at their ends, `(series, steps, features)`.

    Raises:
        UsageError: if a column is not there, or a series has several labels.
    """
    name = chosen(columns, wishes.id, "--id", ())
    if name is None:
        raise UsageError("series in a table want a column that tells them apart: give --id")
    ids, first, of = _in_order(columns.by_name[name])
    label = chosen(columns, wishes.label, "--label", LABELS)
    group = chosen(columns, wishes.group, "--group", ())
    part = next((n for n in PARTS if n in columns.by_name), None)
    features, _ = inputs_of(columns, {name, label, group, part})
    if not features:
        raise UsageError(f"no column is left to be a feature, of {', '.join(columns.by_name)}")
    values = np.stack([coded(columns.by_name[f]) for f in features], axis=1)
    x, cut = _padded(values, of, len(ids))
    one = {key: _one_a_series(columns, key, first, of) for key in (label, group, part) if key}
    return Dataset(
        "series",
        f"{form}, series by {name}",
        len(ids),
        Arrays((x,)),
        labels=labels_of(one[label]) if label else None,
        parts=parts_of(one[part]) if part else None,
        groups=one[group].astype(str) if group else None,
        group_source=f"column {group}" if group else "",
        names=tuple(str(i) for i in ids),
        in_order=True,
        notes=(*columns.notes, *cut),
        features=tuple(features),
    )


def _in_order(
    column: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """Ids in the order in which they are met, where each is first met, and the id of each row."""
    names, first, inverse = np.unique(column, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return names[order], first[order].astype(np.int64), place[inverse].astype(np.int64)


def _padded(
    values: NDArray[np.float64], of: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    order = np.argsort(of, kind="stable")
    lengths = np.bincount(of, minlength=count)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    step = np.arange(len(of)) - starts[of[order]]
    longest = int(lengths.max())
    most = max(1, MOST_VALUES // max(1, count * values.shape[1]))
    notes: tuple[str, ...] = ()
    if longest > most:
        notes = (f"series of more than {most:,} steps are cut there",)
    x = np.zeros((count, min(longest, most), values.shape[1]), np.float32)
    kept = step < most
    x[of[order][kept], step[kept]] = values[order][kept]
    return x, notes


def _one_a_series(
    columns: Columns, name: str, first: NDArray[np.int64], of: NDArray[np.int64]
) -> NDArray[Any]:
    column = columns.by_name[name]
    one = column[first]
    differ = one[of] != column
    if column.dtype.kind == "f":
        differ &= ~(np.isnan(one[of]) & np.isnan(column))
    if np.any(differ):
        raise UsageError(f"column {name}: expected one value a series, found several in one")
    return one
