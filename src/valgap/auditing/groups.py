"""Which rows go together, read from file names, folders, neighbouring frames, or a column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import Dataset, Ints
from valgap.auditing.scan import Scan
from valgap.ledger.probes.rows.features import features_of, kinds_of
from valgap.observe.sources.nested import take_rows

LEAST_GROUPS, ROWS_A_GROUP = 5, 2.0
"""A key has so many groups and more, of so many rows on average and more."""

MOST_COMPARED = 1500
TIMES, DEVIATIONS = 2.0, 5.0
"""Nearest rows of the same class are of one group that many times as often as by chance, and that
many standard deviations beyond it: five are passed by chance once in three million."""

COLUMNS = re.compile(
    r"(^|_)(subject|patient|group|person|speaker|user|session|recording|clip|video|scene|site|"
    r"device|family|batch)(_?id)?$"
)
_SEED = 20240229


def proposed(
    dataset: Dataset, scanned: Scan, seed: int = _SEED
) -> tuple[NDArray[Any], str, str] | None:
    """Returns groups, where they are read from, and a line that says so; None where none hold.

    A key is taken only where rows of one group are nearer to each other than rows of one class
    are: names that are merely numbered make no groups.
    """
    for groups, source in _keys(dataset):
        if not _divides(groups, dataset.labels):
            continue
        times = likeness(dataset, scanned, groups, seed)
        if times is not None:
            number = len(np.unique(groups))
            told = f"groups read from {source}: {number:,} of them; nearest rows are of one group "
            return groups, source, f"{told}{times:.1f} times as often as by chance"
    return None


def _keys(dataset: Dataset) -> Iterator[tuple[NDArray[Any], str]]:
    """Keys from the surest on: columns, inner folders, file names without their number."""
    columns = dataset.extra.get("columns")
    if columns is not None:
        for name, column in columns.by_name.items():
            if COLUMNS.search(name.lower()):
                yield column.astype(str), f"column {name}"
    if not dataset.names:
        return
    split = [name.rsplit("/", 1) for name in dataset.names]
    folders = np.array([parts[0] if len(parts) > 1 else "" for parts in split])
    stems = [parts[-1].rsplit(".", 1)[0] for parts in split]
    # A class folder is no group; folders below it are.
    yield folders, "folders"
    yield np.array([re.sub(r"[\W_]*\d+$", "", stem) for stem in stems]), "file names"
    yield np.array([_head(stem) for stem in stems]), "the starts of file names"


def _head(stem: str) -> str:
    """What stands before the first sign that parts words: `p03` of `p03_cam2_0017`."""
    return re.split(r"[_\-. ]", stem, maxsplit=1)[0]


def _divides(groups: NDArray[Any], labels: NDArray[Any] | None) -> bool:
    """Whether there are several groups of several rows, and they are not the classes again."""
    names, inverse = np.unique(groups, return_inverse=True)
    rows = len(groups)
    if not LEAST_GROUPS <= len(names) <= rows / ROWS_A_GROUP:
        return False
    if labels is None or labels.ndim != 1:
        return True
    classes = np.unique(labels, return_inverse=True)[1].reshape(-1)
    pairs = np.unique(np.stack([inverse.reshape(-1), classes]), axis=1).shape[1]
    kinds = int(classes.max()) + 1
    return not (len(names) <= kinds or pairs == kinds)


def likeness(
    dataset: Dataset, scanned: Scan, groups: NDArray[Any], seed: int = _SEED
) -> float | None:
    """Returns how many times as often as by chance nearest rows are of one group.

    None where it is not `TIMES` and `DEVIATIONS` beyond chance. Rows are compared within their
    class, so that groups of one class each do not pass for it.
    """
    kept: Ints = scanned.kept
    if len(kept) > MOST_COMPARED:
        kept = np.sort(np.random.default_rng(seed).choice(kept, MOST_COMPARED, replace=False))
    # Copies of one row are told of as such.
    kept = kept[np.unique(scanned.digests[kept], return_index=True)[1]]
    x = scanned.rows(kept)
    blocks = features_of(x, kinds_of(take_rows(x, slice(None))))
    if not blocks or len(kept) < 2 * LEAST_GROUPS:
        return None
    points = np.nan_to_num(np.concatenate([block.values for block in blocks], axis=1))
    points = (points - points.mean(axis=0)) / np.maximum(points.std(axis=0), 1e-9)
    of = np.unique(groups[kept], return_inverse=True)[1].reshape(-1)
    labels = dataset.labels
    by_class = labels[kept] if labels is not None and labels.ndim == 1 else np.zeros(len(kept))
    if by_class.dtype.kind == "f" and len(np.unique(by_class)) > len(kept) / ROWS_A_GROUP:
        by_class = np.zeros(len(kept))
    same, chance, variance = 0, 0.0, 0.0
    for name in np.unique(by_class):
        rows = np.flatnonzero(by_class == name)
        if len(rows) > 2:
            own = of[rows]
            same += int((own[_nearest(points[rows])] == own).sum())
            share = (np.bincount(own)[own] - 1) / (len(rows) - 1)
            chance, variance = chance + share.sum(), variance + (share * (1 - share)).sum()
    beyond = (same - chance) / max(variance, 1.0) ** 0.5
    return same / chance if chance > 0 and same >= TIMES * chance and beyond > DEVIATIONS else None


def _nearest(points: NDArray[Any]) -> Ints:
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=2).fit(points).kneighbors(return_distance=False)
    return np.asarray(found[:, 0], np.int64)
