"""Rows by how wrong their label looks: more than a finding lists, for a person to look at.

Not judged are rows that were not held (of inputs beyond `scan.KEPT_BYTES` a sample is), rows beyond
`MOST_ROWS`, and those of classes that fewer groups hold than there are folds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from valgap.auditing.audits import Audited
from valgap.auditing.dataset import Dataset, Ints
from valgap.auditing.measuring import coded_labels
from valgap.auditing.sound import joined_rows
from valgap.errors import UsageError
from valgap.evidence.rows import Task
from valgap.evidence.whole import put_whole
from valgap.ledger.probes.rows.arrays import Floats
from valgap.ledger.probes.rows.cheap import FOLDS, KINDS, Asked, folds_of, out_of_fold
from valgap.ledger.probes.rows.features import features_of, kinds_of
from valgap.ledger.probes.rows.space import Space
from valgap.ledger.probes.rows.tasks import class_of_rows, task_of
from valgap.ledger.probes.rows.within import LEAST_ROWS

MOST_ROWS = 20_000
HEAD = ("rank", "row", "name", "part", "label", "looks_like", "confidence")


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A row, its label, and what models of other rows hold it for.

    `confidence` is the probability that they give the label: 0 is worst.
    """

    row: int
    name: str
    part: str
    label: str
    looks_like: str
    confidence: float


def doubtful_labels(known: Audited, features: Floats | None = None) -> tuple[Doubtful, ...]:
    """Returns the rows whose label another model can judge, those that look most wrong first.

    The score is the self-confidence of Northcutt, Jiang and Chuang (Confident Learning, JAIR 70,
    2021), by the mean of a linear model, neighbours and trees that saw neither the row nor its
    copies, twins and group.

    Args:
        known: the audit.
        features: (rows, columns), of all rows of the data; cheap ones of the inputs if not given.

    Raises:
        UsageError: if there are no classes, too few rows of them, or features of other rows.
    """
    seen = known.seen
    codes, together_with = _codes(seen.dataset), joined_rows(known, seen.dataset.groups)
    held = seen.scanned.kept if features is None else np.flatnonzero(seen.scanned.whole)
    rows = _usable(held[np.isfinite(codes[held])], codes, together_with)
    x = _features(known, rows) if features is None else _given(features, seen.dataset.rows, rows)
    classes, y = np.unique(codes[rows], return_inverse=True)
    fold = folds_of(_task(classes), y, together_with[rows])
    given = _probabilities(Asked(_task(classes), x, y, len(classes)), fold)
    confidence = given[np.arange(len(y)), y]
    names = _names(seen.dataset, classes)
    return tuple(
        Doubtful(
            int(rows[i]), seen.dataset.name(int(rows[i])), str(seen.parting.parts[rows[i]]),
            names[y[i]], names[given[i].argmax()], round(float(confidence[i]), 6),
        )
        for i in np.argsort(confidence, kind="stable")
    )  # fmt: skip


def save(found: Sequence[Doubtful], path: Path) -> None:
    """Writes a CSV, worst first, whole or not at all.

    Raises:
        UsageError: if it cannot be written.
    """
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(HEAD)
    for rank, one in enumerate(found, 1):
        told = (one.row, one.name, one.part, one.label, one.looks_like, one.confidence)
        out.writerow((rank, *told))
    try:
        put_whole(path, text.getvalue().encode(errors="surrogateescape"))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _codes(dataset: Dataset) -> Floats:
    """The class of each row as a number; NaN where it has no label.

    Raises:
        UsageError: if labels are no classes.
    """
    labels = coded_labels(dataset)
    if labels is None:
        raise UsageError("doubtful labels: the data has no labels: name their column with --label")
    task = task_of(labels)
    if task not in ("binary", "multiclass"):
        raise UsageError(f"doubtful labels: expected one class a row, labels are of a {task} task")
    return class_of_rows(labels)


def _usable(rows: Ints, codes: Floats, groups: Ints) -> Ints:
    """Rows of classes that have rows of their own for each fold; at most `MOST_ROWS`, at random.

    Rows that go together stand in one fold: a class that one group holds is in no other.

    Raises:
        UsageError: if they are too few.
    """
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
    units = np.unique(np.stack([codes[rows], groups[rows].astype(np.float64)]), axis=1)[0]
    classes, counts = np.unique(units, return_counts=True)
    kept = rows[np.isin(codes[rows], classes[counts >= FOLDS])]
    if len(kept) < LEAST_ROWS or len(np.unique(codes[kept])) < 2:
        raise UsageError(
            f"doubtful labels: expected {LEAST_ROWS} rows and two classes, each of {FOLDS} rows "
            "or groups and more"
        )
    return kept


def _task(classes: Floats) -> Task:
    return "binary" if len(classes) <= 2 else "multiclass"


def _features(known: Audited, rows: Ints) -> Floats:
    x = known.seen.scanned.rows(rows)
    blocks = features_of(x, kinds_of(x))
    if not blocks:
        raise UsageError("doubtful labels: inputs are not numbers: give --features of the rows")
    return Space(blocks).put(blocks)


def checked(features: Floats) -> Floats:
    """Gives features back, which are finite numbers in columns.

    Raises:
        UsageError: if they are not.
    """
    made = np.asarray(features)
    if made.dtype.kind not in "fiub" or made.ndim < 2:
        raise UsageError(
            f"features: expected numbers of shape (rows, columns), received {made.dtype} of "
            f"{made.shape}"
        )
    if not np.isfinite(made).all():
        raise UsageError("features: expected finite numbers")
    return made


def _given(features: Floats, total: int, rows: Ints) -> Floats:
    """Features of some rows, of mean 0 and deviation 1."""
    from sklearn.preprocessing import StandardScaler

    every = checked(features)
    if len(every) != total:
        raise UsageError(
            f"features: expected {total} rows, received {len(every)}: one row for each of the "
            "data, in its order"
        )
    made = every[rows].reshape(len(rows), -1).astype(np.float64)
    return np.asarray(StandardScaler().fit_transform(made))


def _probabilities(asked: Asked, fold: Ints) -> Floats:
    made = sum(out_of_fold(kind, asked, fold) for kind in KINDS)
    total = np.sum(made, axis=1, keepdims=True)
    return np.asarray(made / np.where(total > 0, total, 1), np.float64)


def _names(dataset: Dataset, classes: Floats) -> list[str]:
    named = dataset.classes
    return [named[int(c)] if named else f"{c:g}" for c in classes]
