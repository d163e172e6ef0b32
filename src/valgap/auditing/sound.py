"""A split of audited rows, made, checked and written: no copy, twin or group is torn apart."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from valgap.auditing.audits import Audited
from valgap.auditing.dataset import PARTS, Ints
from valgap.auditing.splitting import divided, strata_of
from valgap.errors import OwnFailureError, UsageError
from valgap.wording import percent, plural

NEAR = 0.02
"""Shares further off than this are told of."""


@dataclass(frozen=True, slots=True)
class Split:
    """The part of each row, "" for one left out, and what is to be said of it.

    `train`, `validation` and `test` are positions of rows in the order of the data.
    """

    parts: NDArray[np.str_]
    notes: tuple[str, ...]
    names: tuple[str, ...] = ()
    labels: NDArray[np.generic] | None = None

    @property
    def train(self) -> Ints:
        """Positions of the rows to train on."""
        return np.flatnonzero(self.parts == "train")

    @property
    def validation(self) -> Ints:
        """Positions of the rows to validate on."""
        return np.flatnonzero(self.parts == "validation")

    @property
    def test(self) -> Ints:
        """Positions of the rows kept for the end."""
        return np.flatnonzero(self.parts == "test")

    def save(self, path: str | Path) -> None:
        """Writes a CSV of path (or row), label and split, or an `.npz` of positions by part.

        Raises:
            UsageError: if the name ends otherwise, or the file cannot be written.
        """
        path = Path(path)
        check_name(path)
        try:
            if path.suffix == ".npz":
                np.savez(path, **{p: np.flatnonzero(self.parts == p) for p in PARTS})  # type: ignore[arg-type]
            else:
                self._write_list(path)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None

    def _write_list(self, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["path" if self.names else "row", "label", "split"])
            for i in np.flatnonzero(self.parts != ""):
                label = self.labels[i] if self.labels is not None and self.labels.ndim == 1 else ""
                out.writerow([self.names[i] if self.names else int(i), label, self.parts[i]])


def check_name(path: Path) -> None:
    """Refuses a file that is neither a list nor arrays.

    Raises:
        UsageError: if so.
    """
    if path.suffix not in (".csv", ".npz"):
        raise UsageError(f"--split {path}: expected a file that ends in .csv or .npz")


def sound_split(  # noqa: PLR0913
    audited: Audited,
    shares: Sequence[float],
    *,
    by: str | None = None,
    stratify: bool = True,
    drop_duplicates: bool = False,
    seed: int = 0,
) -> Split:
    """Returns a split of all rows that can be read.

    Args:
        audited: the rows.
        shares: of training, validation and perhaps test rows.
        by: `group` keeps groups together, `row` does not; by group where groups are known if not
            given. Copies bit for bit and near twins are kept together either way.
        stratify: whether classes are to have like shares in all parts.
        drop_duplicates: whether of rows with equal inputs the first alone is kept, and none where
            their labels differ.
        seed: of all draws.

    Raises:
        UsageError: if there are no groups to split by, or fewer of them than parts.
    """
    seen = audited.seen
    dataset, equal = seen.dataset, seen.scanned.equal
    if dataset.is_sample:
        raise UsageError("only the first rows were read: a split wants arrays, a table or files")
    if by == "group" and dataset.groups is None:
        raise UsageError("--by group: no groups are known: name a column with --group, or --by row")
    used = seen.scanned.whole.copy()
    notes = (
        [f"{plural(int((~used).sum()), 'row')} cannot be read: left out"] if not used.all() else []
    )
    if drop_duplicates:
        dropped = _duplicates(equal, dataset.labels, used)
        used &= ~dropped
        notes.append(f"{plural(int(dropped.sum()), 'row')} left out as copies of others")
    groups = dataset.groups if by != "row" else None
    whole = joined_rows(audited, groups)
    rows = np.flatnonzero(used)
    labels = None if dataset.labels is None else dataset.labels[rows]
    strata = strata_of(labels, len(rows)) if stratify else None
    parts = np.full(dataset.rows, "", "<U10")
    parts[rows] = divided(len(rows), shares, together=whole[rows], strata=strata, seed=seed)
    _refuse_torn(parts, whole)
    notes += _told(parts[rows], shares, strata, whole[rows])
    source = f"{dataset.group_source}, " if groups is not None else ""
    notes.append(f"checked: no part shares {source}copies or near twins with another")
    return Split(parts, tuple(notes), dataset.names, dataset.labels)


def joined_rows(audited: Audited, groups: NDArray[np.generic] | None) -> Ints:
    """Returns a number for each row, the same for copies, near twins and rows of a group."""
    seen, near = audited.seen, audited.pairs
    pairs = near.rows if near else np.zeros((0, 2), np.int64)
    return together(seen.dataset.rows, seen.scanned.equal, pairs, groups)


def together(rows: int, equal: Ints, pairs: Ints, groups: NDArray[np.generic] | None) -> Ints:
    """Returns a number for each row, the same for rows joined by a copy, a twin or a group."""
    links = [pairs]
    for key in (equal, None if groups is None else np.unique(groups, return_inverse=True)[1]):
        if key is not None:
            at = np.flatnonzero(key.reshape(-1) >= 0)
            first = np.full(int(key.max(initial=-1)) + 1, rows, np.int64)
            np.minimum.at(first, key.reshape(-1)[at], at)
            links.append(np.stack([at, first[key.reshape(-1)[at]]], axis=1))
    joined = np.concatenate(links)
    graph = coo_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _duplicates(
    equal: Ints, labels: NDArray[np.generic] | None, used: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Rows that say nothing new, and those whose copies have another label."""
    rows = np.flatnonzero(used)
    _, first, group = np.unique(equal[rows], return_index=True, return_inverse=True)
    group = group.reshape(-1)
    dropped = np.ones(len(rows), bool)
    dropped[first] = False
    if labels is not None:
        codes = np.unique(labels[rows], axis=0, return_inverse=True)[1].reshape(-1)
        dropped |= np.isin(group, group[codes != codes[first][group]])
    found = np.zeros(len(equal), bool)
    found[rows] = dropped
    return found


def _refuse_torn(parts: NDArray[np.str_], whole: Ints) -> None:
    """Makes sure that no two rows which belong together stand in different parts."""
    rows = np.flatnonzero(parts != "")
    pairs = np.unique(
        np.stack([whole[rows], np.unique(parts[rows], return_inverse=True)[1]]), axis=1
    )
    if pairs.shape[1] != len(np.unique(whole[rows])):
        raise OwnFailureError("the split tears rows apart that belong together")


def _told(
    parts: NDArray[np.str_], shares: Sequence[float], strata: Ints | None, whole: Ints
) -> list[str]:
    """What came of shares and classes, where it is not what was asked for."""
    names = PARTS[: len(shares)]
    got = [float((parts == name).mean()) for name in names]
    rows = ", ".join(f"{int((parts == n).sum()):,} for {n}" for n in names)
    notes = [f"split: {rows}"]
    if any(abs(g - s) > NEAR for g, s in zip(got, shares, strict=True)):
        wanted, came = (", ".join(percent(s) for s in of) for of in (shares, got))
        largest = int(np.bincount(whole).max())
        notes.append(f"shares {came} in place of {wanted}: one group has {largest:,} rows")
    if strata is not None:
        lacking = [s for s in np.unique(strata) if len(set(parts[strata == s])) < len(names)]
        if lacking:
            classes = "1 class is" if len(lacking) == 1 else f"{len(lacking):,} classes are"
            notes.append(f"{classes} not in every part: too few groups hold rows of it")
    return notes
