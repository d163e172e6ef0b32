"""Cross-validation inside one split: it needs no other split to be sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.rows import Task
from valgap.ledger.probes.rows.arrays import Array, Floats, Ints, some_rows
from valgap.ledger.probes.rows.cheap import FOLDS, KINDS, Asked, Kind, folds_of, out_of_fold
from valgap.ledger.probes.rows.clock import Clock
from valgap.ledger.probes.rows.scores import of_folds, score, signal, varies

LEAST_ROWS = 30
"""Below this an interval of a score is wider than half of its scale."""

MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Within:
    """The out-of-fold score of the best kind; `signal` is of the kind that ranks best.

    `rows` are the positions that took part.
    """

    best: Estimate
    kind: Kind
    rows: Ints
    signal: Estimate | None = None


def within(asked: Asked, groups: Ints, clock: Clock) -> Within | None:
    """Returns how well cheap models do inside one split, or None where it holds too few rows.

    Intervals allow for the choice among the kinds and for folds that share rows.

    Args:
        asked: the rows of the split whose target is known.
        groups: a number for each of them; rows of one group stay in one fold.
        clock: kinds are left out when its time is over.
    """
    rows = usable(asked.task, asked.y)
    rows = rows[some_rows(len(rows), MOST_ROWS)]
    if len(rows) < LEAST_ROWS or not varies(asked.task, asked.y[rows]):
        return None
    some = asked.take(rows)
    if len(np.unique(groups[rows])) < LEAST_ROWS:
        return None
    fold = folds_of(some.task, some.y, groups[rows])
    scores: dict[Kind, Estimate] = {}
    signals: list[Estimate] = []
    for kind in (k for k in KINDS if clock.has()):
        given = out_of_fold(kind, some, fold)
        found = _score(some, given)
        ranked = of_folds(signal(some.task, some.y, given, len(KINDS)), FOLDS, -1.0)
        if found is not None:
            scores[kind] = found
        if ranked is not None:
            signals.append(ranked)
    if not scores:
        return None
    kind = max(scores, key=lambda k: scores[k].value)
    best = max(signals, key=lambda e: e.value, default=None)
    return Within(scores[kind], kind, rows, best)


def by_group(found: Within, asked: Asked, groups: Ints) -> Estimate | None:
    """Returns the score of the same kind on the same rows with other groups kept together.

    None where a class stands in too few groups to leave some out and learn from the others.
    """
    some, groups = asked.take(found.rows), groups[found.rows]
    if _fewest_groups(some.task, some.y, groups) < FOLDS:
        return None
    given = out_of_fold(found.kind, some, folds_of(some.task, some.y, groups))
    return _score(some, given)


def _score(asked: Asked, given: Floats) -> Estimate | None:
    found = score(asked.task, asked.y, given, len(KINDS))
    return of_folds(found, FOLDS, None if asked.task == "regression" else 0.0)


def usable(task: Task, y: Array) -> Ints:
    """Positions of rows whose class has enough rows for one in each fold."""
    if task not in ("binary", "multiclass"):
        return np.arange(len(y))
    counts = np.bincount(y) if len(y) else np.zeros(0, np.int64)
    return np.flatnonzero(counts[y] >= FOLDS)


def _fewest_groups(task: Task, y: Array, groups: Ints) -> int:
    if task not in ("binary", "multiclass"):
        return len(np.unique(groups))
    return min(len(np.unique(groups[y == c])) for c in np.unique(y))
