"""Tables as rows: numbers, text as codes; label, group and part are columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import Arrays, Dataset, part_of
from valgap.auditing.sources.columns import Columns
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError

MOST_LEVELS = 50
"""Text of more levels, and most of them different, names rows rather than tells of them."""

NEARLY_ALL = 0.9
LABELS = ("label", "target", "class", "y", "category", "species", "outcome")
PARTS = ("split", "part", "subset", "fold_name")


def table_dataset(columns: Columns, wishes: Wishes, form: str) -> Dataset:
    """Returns the rows of a table.

    Raises:
        UsageError: if a column that was asked for is not there, or none is left to be an input.
    """
    label = chosen(columns, wishes.label, "--label", LABELS)
    group = chosen(columns, wishes.group, "--group", ())
    part = next((n for n in PARTS if _names_parts(columns, n)), None)
    features, dropped = inputs_of(columns, {label, group, part, wishes.id})
    if not features:
        raise UsageError(f"no column is left to be an input, of {', '.join(columns.by_name)}")
    x = np.stack([coded(columns.by_name[name]) for name in features], axis=1)
    notes = [*columns.notes]
    if dropped:
        notes.append(f"columns that name rows are no inputs: {', '.join(dropped)}")
    if label is None:
        notes.append("no label is known: name its column with --label")
    return Dataset(
        "table",
        form,
        columns.rows,
        Arrays((x,)),
        labels=None if label is None else labels_of(columns.by_name[label]),
        parts=None if part is None else parts_of(columns.by_name[part]),
        groups=None if group is None else columns.by_name[group].astype(str),
        group_source=f"column {group}" if group else "",
        in_order=True,
        notes=tuple(notes),
        features=tuple(features),
        extra={"columns": columns, "dropped": tuple(dropped)},
    )


def chosen(columns: Columns, asked: str | None, option: str, usual: tuple[str, ...]) -> str | None:
    """Returns the column that was asked for, else one of a usual name, else None.

    Raises:
        UsageError: if the one asked for is not there.
    """
    names = list(columns.by_name)
    if asked is None:
        return next((name for name in names if name.lower() in usual), None)
    if asked not in names:
        import difflib

        close = difflib.get_close_matches(asked, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names[:10])}"
        raise UsageError(f"{option}: no column {asked!r}; {hint}")
    return asked


def inputs_of(columns: Columns, others: set[str | None]) -> tuple[list[str], list[str]]:
    """Returns the columns that are inputs, and those left out as they merely name rows."""
    names = [name for name in columns.by_name if name not in others]
    dropped = [name for name in names if _names_rows(columns.by_name[name])]
    return [name for name in names if name not in dropped], dropped


def coded(column: NDArray[Any]) -> NDArray[np.float64]:
    """Returns a column as numbers: text as the place of its level, gaps as NaN."""
    if column.dtype.kind not in "US":
        return column.astype(np.float64)
    levels, codes = np.unique(column, return_inverse=True)
    return np.where(levels[codes] == "", np.nan, codes.astype(np.float64))


def labels_of(column: NDArray[Any]) -> NDArray[Any]:
    """Returns labels as they are; whole numbers as such, so that they name classes."""
    if column.dtype.kind in "US":
        return column
    known = column[np.isfinite(column)]
    is_whole = len(known) == len(column) and bool(np.all(known == np.floor(known)))
    return column.astype(np.int64) if is_whole and np.abs(known).max(initial=0) < 2**53 else column


def parts_of(column: NDArray[Any]) -> NDArray[np.str_]:
    """Returns the part of each row, "" where its name is none."""
    return np.array([part_of(str(name)) or "" for name in column])


def _names_parts(columns: Columns, name: str) -> bool:
    column = columns.by_name.get(name)
    if column is None or column.dtype.kind not in "US":
        return False
    named = {part_of(level) for level in np.unique(column[:10_000]).tolist()}
    return "train" in named and len(named - {None}) > 1


def _names_rows(column: NDArray[Any]) -> bool:
    rows = len(column)
    if column.dtype.kind in "US":
        levels = len(np.unique(column))
        return levels > MOST_LEVELS and levels > NEARLY_ALL * rows
    if rows < MOST_LEVELS or not np.all(np.isfinite(column)):
        return False
    return bool(np.all(np.diff(column) == 1))  # numbered one after the other
