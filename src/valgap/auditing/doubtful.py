"""All rows by how wrong their label looks: more than a finding lists, for a person to look at."""

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
from valgap.auditing.sound import together
from valgap.errors import UsageError
from valgap.evidence.rows import Task
from valgap.evidence.whole import put_whole
from valgap.ledger.probes.rows.arrays import Floats
from valgap.ledger.probes.rows.cheap import FOLDS, KINDS, Asked, folds_of, out_of_fold
from valgap.ledger.probes.rows.features import features_of, kinds_of
from valgap.ledger.probes.rows.space import Space
from valgap.ledger.probes.rows.within import LEAST_ROWS, usable

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
    codes = _codes(seen.dataset)
    held = seen.scanned.kept if features is None else np.flatnonzero(seen.scanned.whole)
    rows = _usable(held[codes[held] >= 0], codes)
    x = _features(known, rows) if features is None else _given(features, seen.dataset.rows)[rows]
    classes, y = np.unique(codes[rows], return_inverse=True)
    fold = folds_of(_task(classes), y, _together(known)[rows])
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
        put_whole(path, text.getvalue().encode())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _codes(dataset: Dataset) -> Ints:
    """The class of each row as a number; -1 where it has no label.

    Raises:
        UsageError: if labels are no classes.
    """
    labels = coded_labels(dataset)
    if labels is None:
        raise UsageError("doubtful labels: the data has no labels: name their column with --label")
    values = labels.argmax(axis=1) if labels.ndim == 2 and labels.shape[1] > 1 else labels
    values = np.asarray(values, np.float64).reshape(len(labels), -1)[:, 0]
    there = np.isfinite(values)
    if np.any(values[there] % 1) or np.any(values[there] < 0):
        raise UsageError("doubtful labels: expected classes, received numbers to be predicted")
    return np.where(there, values, -1).astype(np.int64)


def _usable(rows: Ints, codes: Ints) -> Ints:
    """Rows of classes that have one for each fold, drawn at random where they are too many.

    Raises:
        UsageError: if they are too few.
    """
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
    classes, y = np.unique(codes[rows], return_inverse=True)
    kept = rows[usable(_task(classes), y)]
    if len(kept) < LEAST_ROWS or len(np.unique(codes[kept])) < 2:
        raise UsageError(
            f"doubtful labels: expected {LEAST_ROWS} rows and two classes of {FOLDS} rows or more"
        )
    return kept


def _task(classes: Ints) -> Task:
    return "binary" if len(classes) <= 2 else "multiclass"


def _features(known: Audited, rows: Ints) -> Floats:
    x = known.seen.scanned.rows(rows)
    blocks = features_of(x, kinds_of(x))
    if not blocks:
        raise UsageError("doubtful labels: inputs are not numbers: give --features of the rows")
    return Space(blocks).put(blocks)


def _given(features: Floats, rows: int) -> Floats:
    made = np.asarray(features)
    if made.dtype.kind not in "fiub" or made.ndim < 2 or len(made) != rows:
        raise UsageError(
            f"features: expected numbers of shape ({rows}, columns), received {made.dtype} of "
            f"{made.shape}: one row for each of the data, in its order"
        )
    made = made.reshape(rows, -1).astype(np.float64)
    spread = made.std(axis=0)
    scaled: Floats = (made - made.mean(axis=0)) / np.where(spread > 0, spread, 1)
    if not np.isfinite(scaled).all():
        raise UsageError("features: expected finite numbers")
    return scaled


def _together(known: Audited) -> Ints:
    """A number for each row, the same where rows must not judge each other."""
    dataset, pairs = known.seen.dataset, known.pairs
    near = pairs.rows if pairs else np.zeros((0, 2), np.int64)
    return together(dataset.rows, known.seen.scanned.equal, near, dataset.groups)


def _probabilities(asked: Asked, fold: Ints) -> Floats:
    made = sum(out_of_fold(kind, asked, fold) for kind in KINDS)
    total = np.sum(made, axis=1, keepdims=True)
    return np.asarray(made / np.where(total > 0, total, 1), np.float64)


def _names(dataset: Dataset, classes: Ints) -> list[str]:
    named = dataset.classes
    return [named[c] if named else str(c) for c in classes]
