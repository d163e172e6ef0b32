"""The parts of a split that an audit looks at: those that are there, stated, or drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import PARTS, Dataset, Ints, part_of
from valgap.auditing.sources.columns import Columns, csv_columns
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError
from valgap.wording import plural

DRAWN_SHARE = 0.25
"""Of rows without a split, drawn for validation: what `train_test_split` takes."""

# Of a part, the rows that slow measures look at (`ledger.probes.rows.prepared.MOST_ROWS`).
MOST_ROWS = {"train": 2000, "validation": 1000, "test": 1000}
RUN_LENGTH = 50
"""Rows that follow each other are kept together in a sample, as frames of a clip are alike."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The part of each row, "" for none. `how` says whether it was there, stated or drawn."""

    parts: NDArray[np.str_]
    how: str

    def rows(self, part: str) -> Ints:
        """Returns the positions of the rows of one part."""
        return np.flatnonzero(self.parts == part)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Training with each other part that has rows."""
        return tuple(("train", p) for p in PARTS[1:] if np.any(self.parts == p))


def parting_of(dataset: Dataset, wishes: Wishes) -> Parting:
    """Returns the split to look at: the one stated, the one that is there, or one drawn at random.

    Raises:
        UsageError: if what is stated cannot be read, or leaves training or the others empty.
    """
    if wishes.split_from is not None:
        found = _stated(dataset, wishes.split_from)
    elif dataset.parts is not None:
        found = Parting(dataset.parts, "there")
    else:
        found = Parting(_drawn(dataset, wishes.seed), "drawn")
    if not np.any(found.parts == "train") or not found.pairs:
        counts = {p: int((found.parts == p).sum()) for p in PARTS}
        told = ", ".join(f"{n:,} for {p}" for p, n in counts.items())
        raise UsageError(f"expected rows to train on and others to validate on, found {told}")
    return found


def sampled_rows(rows: Ints, part: str, in_order: bool, seed: int) -> Ints:
    """Returns at most as many rows of a part as are looked at closely, ascending."""
    most = MOST_ROWS[part]
    if len(rows) <= most:
        return rows
    rng = np.random.default_rng(seed)
    if not in_order:
        return np.asarray(np.sort(rng.choice(rows, most, replace=False)))
    runs = most // RUN_LENGTH
    starts = ((np.arange(runs) + rng.random(runs)) * (len(rows) - RUN_LENGTH) / runs).astype(int)
    places = np.unique(starts[:, None] + np.arange(RUN_LENGTH))
    return np.asarray(rows[places])


def _drawn(dataset: Dataset, seed: int) -> NDArray[np.str_]:
    """A quarter for validation, by class where each has two rows and more."""
    from sklearn.model_selection import train_test_split

    labels = dataset.labels
    if dataset.rows < 2:
        raise UsageError(f"expected two rows and more, found {plural(dataset.rows, 'row')}")
    by_class = labels if labels is not None and labels.ndim == 1 and _names(labels) else None
    places = np.arange(dataset.rows)
    told = {"test_size": DRAWN_SHARE, "random_state": seed}
    try:
        held_out = train_test_split(places, stratify=by_class, **told)[1]
    except ValueError:  # a class of one row, or more classes than validation has rows
        held_out = train_test_split(places, **told)[1]
    parts = np.full(dataset.rows, "train", "<U10")
    parts[held_out] = "validation"
    return parts


def _names(labels: NDArray[np.generic]) -> bool:
    return labels.dtype.kind in "USiub"


def _stated(dataset: Dataset, text: str) -> Parting:
    try:
        share = float(text)
    except ValueError:
        return Parting(_from_file(dataset, Path(text)), "stated")
    if not 0 < share < 1:
        raise UsageError(
            f"--split-from: expected a share between 0 and 1 or a CSV, received {text}"
        )
    parts = np.full(dataset.rows, "train", "<U10")
    # As Keras' validation_split: the last rows, in the order in which they are stored.
    parts[int(dataset.rows * (1 - share)) :] = "validation"
    return Parting(parts, f"last {share:g}")


def _from_file(dataset: Dataset, path: Path) -> NDArray[np.str_]:
    columns = csv_columns(path)
    part = _column(columns, ("split", "part", "subset"))
    row = _column(columns, ("path", "row", "file", "name", "filename", "id"))
    if part is None or row is None:
        found = ", ".join(columns.by_name)
        raise UsageError(f"{path}: expected columns path (or row) and split, found {found}")
    places = {name: i for i, name in enumerate(dataset.names or map(str, range(dataset.rows)))}
    parts = np.full(dataset.rows, "", "<U10")
    strange = 0
    for name, told in zip(columns.by_name[row], columns.by_name[part], strict=True):
        key = f"{name:.0f}" if isinstance(name, float) else str(name)
        if key in places:
            parts[places[key]] = part_of(str(told)) or ""
        else:
            strange += 1
    if strange == columns.rows:
        raise UsageError(f"{path}: none of its rows is one of the data, such as {dataset.name(0)}")
    return parts


def _column(columns: Columns, names: tuple[str, ...]) -> str | None:
    return next((n for n in columns.by_name if n.lower() in names), None)
