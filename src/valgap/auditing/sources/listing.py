"""A CSV of paths and labels: the pictures that it names are rows."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from valgap.auditing.dataset import Dataset, Progress
from valgap.auditing.sources.columns import Columns, csv_columns, csv_head
from valgap.auditing.sources.pictures import pictures
from valgap.auditing.sources.tables import LABELS, PARTS, chosen, labels_of, parts_of
from valgap.auditing.sources.tree import PICTURES
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError
from valgap.wording import plural

MOST = 0.8
"""Cells of a column that end as pictures do, from which on it is one of paths."""


def path_column(path: Path) -> str | None:
    """Returns the column of a CSV that holds paths of pictures, or None."""
    head, rows = csv_head(path)
    for place, name in enumerate(head):
        cells = [row[place].lower().endswith(PICTURES) for row in rows]
        if cells and sum(cells) >= MOST * len(cells):
            return name
    return None


def listing_dataset(
    path: Path, column: str, wishes: Wishes, progress: Progress = lambda *_: None
) -> Dataset:
    """Returns the pictures that a column of a CSV names, in its order.

    Paths are from the folder of the CSV, or from `wishes.files`; those that lead out of it, by
    `..`, by a link or as whole paths, are left out and told of.

    Raises:
        UsageError: if a column is not there, or no path leads to a file of the folder.
    """
    columns = csv_columns(path, progress)
    folder = Path(wishes.files) if wishes.files else path.parent
    root = os.path.realpath(folder)
    cells = columns.by_name[column].astype(str).tolist()
    inside = np.array([_is_below(root, cell) for cell in cells], bool)
    label = chosen(columns, wishes.label, "--label", LABELS) or _only_other(columns, column)
    group = chosen(columns, wishes.group, "--group", ())
    part = next((n for n in PARTS if n in columns.by_name), None)
    files = tuple(cell for cell, keep in zip(cells, inside, strict=True) if keep)
    if not files:
        raise UsageError(f"{path}: no path leads to a file below {folder}: give --files FOLDER")
    left = len(cells) - len(files)
    notes = [*columns.notes]
    if left:
        notes.append(f"{plural(left, 'path')} out of {folder}: not followed (--files FOLDER)")
    return Dataset(
        "pictures",
        f"CSV of paths ({column})",
        len(files),
        pictures(folder, files),
        labels=None if label is None else labels_of(columns.by_name[label])[inside],
        parts=None if part is None else parts_of(columns.by_name[part])[inside],
        groups=None if group is None else columns.by_name[group].astype(str)[inside],
        group_source=f"column {group}" if group else "",
        names=files,
        folder=str(folder),
        in_order=True,
        notes=tuple(notes),
    )


def _is_below(root: str, cell: str) -> bool:
    """Whether a path stays below the folder, links included; a file that is missing does."""
    if not cell:
        return False
    real = os.path.realpath(os.path.join(root, cell))
    return real != root and os.path.commonpath([root, real]) == root


def _only_other(columns: Columns, column: str) -> str | None:
    """The one column beside that of paths, where there is one only."""
    others = [n for n in columns.by_name if n != column and n not in PARTS]
    return others[0] if len(others) == 1 else None
