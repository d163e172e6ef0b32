"""Whether rows next to each other in the stored order are alike, as frames of a clip are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from valgap.ledger.probes.rows.answers import Answers
from valgap.ledger.probes.rows.arrays import Array, Ints
from valgap.ledger.probes.rows.distances import positions
from valgap.ledger.probes.rows.prepared import Prepared

LEAST_ROWS = 50
LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
# Autocorrelation is summed up to where it is lost, or within two standard errors of 0 (Geyer,
# Statistical Science 7, 1992).
LOST = 0.05
# Neighbours this much nearer than random rows make stretches to be kept together.
ALIKE = 0.3
_SEED = 20240229


@dataclass(frozen=True, slots=True)
class Lag:
    """How much nearer neighbours in the stored order are than random rows (0: no nearer).

    `effective_rows` is how many independent rows that leaves; `reach` how many rows apart
    rows are no longer alike.
    """

    similarity: float
    effective_rows: float
    reach: int

    def stretches(self, rows: int) -> Ints | None:
        """Returns a number for each row, the same within a stretch of rows that are alike."""
        if self.similarity < ALIKE:
            return None
        return np.arange(rows) // max(2, self.reach)


def lag_of(prepared: Prepared, answers: Answers | None) -> Lag | None:
    """Returns how alike rows next to each other in the stored order are.

    It compares rows of the same class with each other, so that rows in the order of their
    class are not taken for rows that go together. Effective rows: n / (1 + 2 sum of
    autocorrelations), Bayley and Hammersley, J. Royal Statistical Society 8 (supplement), 1946.
    None where the order is not known or too few rows stand in it.
    """
    part = prepared.part("train")
    in_order = prepared.sampled.stored_order.get("train", False)
    is_whole = part.rows == prepared.sampled.tables["train"].rows
    if not in_order or not is_whole or part.rows < LEAST_ROWS:
        return None
    points = positions(part.blocks, part.blocks)
    classes = classes_of(answers, part.rows)
    similarity = _similarity(points, classes)
    if similarity is None:
        return None
    lags, correlations = _correlations(points, classes)
    between = np.interp(np.arange(1, lags[-1] + 1), lags, correlations)
    effective = float(np.clip(part.rows / (1 + 2 * between.sum()), 1, part.rows))
    return Lag(similarity, effective, lags[-1])


def classes_of(answers: Answers | None, rows: int) -> Ints:
    """Returns the class of each training row, all the same where there are none."""
    if answers is None or answers.task not in ("binary", "multiclass"):
        return np.zeros(rows, np.int64)
    return answers.classes("train")


def _similarity(points: Array, classes: Ints) -> float | None:
    """1 less the median distance of neighbours over that of random rows of the same class."""
    near = _squares(points, classes, 1)
    order = np.random.default_rng(_SEED).permutation(len(points))
    order = order[np.argsort(classes[order], kind="stable")]
    random = _squares(points[order], classes[order], 1)
    if len(near) < LEAST_ROWS // 2 or len(random) < LEAST_ROWS // 2:
        return None
    typical = float(np.median(random) ** 0.5)
    return float(1 - np.median(near) ** 0.5 / typical) if typical > 0 else None


def _squares(points: Array, classes: Ints, lag: int) -> Array:
    """Squared distances of rows so far apart in the order that are of the same class."""
    same = np.flatnonzero(classes[lag:] == classes[:-lag])
    apart = points[same + lag] - points[same]
    return np.asarray(np.einsum("ij,ij->i", apart, apart))


def _correlations(points: Array, classes: Ints) -> tuple[list[int], list[float]]:
    """Lags up to the one at which likeness is lost, and the autocorrelation at each."""
    rows, expected = len(points), _expected(points, classes)
    lags, correlations = [0], [1.0]
    for k in (k for k in LAGS if k < rows // 2):
        same = np.flatnonzero(classes[k:] == classes[:-k])
        if len(same) < LEAST_ROWS // 2:
            break
        random = float(np.mean([expected[int(c)] for c in classes[same]]))
        found = 1 - float(_squares(points, classes, k).mean()) / random if random > 0 else 0.0
        lags.append(k)
        correlations.append(max(0.0, found))
        if found < max(LOST, 2 / rows**0.5):
            correlations[-1] = 0.0
            break
    return lags, correlations


def _expected(points: Array, classes: Ints) -> Mapping[int, float]:
    """The mean squared distance of two random rows, by class: twice the sum of variances."""
    found = {}
    for c in np.unique(classes):
        of = points[classes == c]
        found[int(c)] = 2 * float(of.var(axis=0).sum()) * len(of) / max(1, len(of) - 1)
    return found
