"""Scores of predictions with honest intervals: decisions, and how well rows are ranked."""

from __future__ import annotations

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.rows import Task
from valgap.ledger.probes.rows.arrays import Array, Bools, Floats, Ints

Z = 1.959964
RESAMPLES = 400
_SEED = 20240229
# Classes, flags and outputs beyond these are left out of a mean.
MOST_RANKED = 100


def score(task: Task, truth: Array, given: Floats, claims: int = 1) -> Estimate | None:
    """Returns balanced accuracy (of flags: its mean), or R2 for regression.

    Args:
        task: what the target asks for.
        truth: class positions (rows,), flags (rows, flags) or numbers (rows, outputs).
        given: scores by class, probabilities of flags, or numbers: (rows, columns).
        claims: of how many scores this is the best; the interval is wider for it (Bonferroni).
    """
    if len(truth) == 0 or not np.all(np.isfinite(given)):
        return None
    if task == "regression":
        return _r2(truth, given, claims)
    if task == "multilabel":
        pairs = [(truth[:, j] > 0, given[:, j] > 0.5) for j in range(truth.shape[1])]
        cells = [(made[there == value] == value) for there, made in pairs for value in (0, 1)]
        both = [j for j, (there, _) in enumerate(pairs) if 0 < there.sum() < len(there)]
        cells = [cell for j in both for cell in cells[2 * j : 2 * j + 2]]
        return _mean_share(cells, len(truth), claims) if cells else None
    made = np.argmax(given, axis=1)
    return _mean_share([made[truth == c] == c for c in np.unique(truth)], len(truth), claims)


def signal(task: Task, truth: Array, given: Floats, claims: int = 1) -> Estimate | None:
    """Returns how well scores rank rows: Somers' D (2 AUC - 1) or Spearman's correlation.

    Arguments are those of `score`. The interval of an area under the curve is that of DeLong
    et al. (Biometrics 44, 1988), of the mean over classes by adding what each row brings.
    """
    if len(truth) < 4 or not np.all(np.isfinite(given)):
        return None
    if task == "regression":
        return _spearman(truth, given, claims)
    there = truth > 0 if task == "multilabel" else truth[:, None] == np.arange(given.shape[1])
    area = _area(there, given, claims)
    if area is None:
        return None
    low, high = (None if v is None else 2 * v - 1 for v in (area.low, area.high))
    return Estimate(2 * area.value - 1, low, high, area.n)


def area_under_curve(positive: Bools, given: Floats) -> Estimate | None:
    """Returns the area under the ROC curve of one score, with DeLong's interval."""
    return _area(positive[:, None], given[:, None], 1)


def proportion(hits: int, of: int, claims: int = 1) -> Estimate:
    """Returns a share with Wilson's interval."""
    if of == 0:
        return Estimate(0.0, None, None, 0)
    share, z2 = hits / of, _z(claims) ** 2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _z(claims) * (share * (1 - share) / of + z2 / (4 * of**2)) ** 0.5 / (1 + z2 / of)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Estimate(share, low if hits else 0.0, high if hits < of else 1.0, of)


def of_folds(found: Estimate | None, folds: int, least: float | None = 0.0) -> Estimate | None:
    """Returns a cross-validated score with its interval widened, as folds share rows.

    The variance is 1 + folds x (test rows / training rows) times that of independent rows
    (Nadeau and Bengio, Machine Learning 52, 2003).

    Args:
        found: the score of all out-of-fold predictions together.
        folds: how many folds there were.
        least: the least value that the score can take, where there is one.
    """
    if found is None or found.low is None or found.high is None:
        return found
    wider = (1 + folds / (folds - 1)) ** 0.5
    low = found.value - wider * (found.value - found.low)
    high = found.value + wider * (found.high - found.value)
    return Estimate(found.value, low if least is None else max(least, low), min(1.0, high), found.n)


def _z(claims: int) -> float:
    from scipy.special import ndtri

    return float(ndtri(1 - 0.025 / max(1, claims)))


def _mean_share(cells: list[Bools], rows: int, claims: int) -> Estimate:
    """The mean of several shares; interval of Price and Bonett (Comp. Statistics 45, 2004)."""
    m, z = len(cells), _z(claims)
    value = float(np.mean([cell.mean() for cell in cells]))
    shares = [(float(cell.sum()) + 2 / m) / (len(cell) + 4 / m) for cell in cells]
    variances = [p * (1 - p) / (len(cell) + 4 / m) for p, cell in zip(shares, cells, strict=True)]
    middle, half = float(np.mean(shares)), z * float(np.sqrt(np.sum(variances))) / m
    return Estimate(
        value, max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half)), rows
    )


def _area(there: Bools, given: Floats, claims: int) -> Estimate | None:
    rows = len(there)
    columns = [j for j in range(there.shape[1]) if 0 < there[:, j].sum() < rows][:MOST_RANKED]
    if not columns:
        return None
    areas, brought, fewest = [], np.zeros(rows), rows
    for j in columns:
        of, s = there[:, j], given[:, j]
        ones, rest = int(of.sum()), int(rows - of.sum())
        ranks = _ranks(s)
        # By row: the share of the other side that it is ranked against rightly.
        right = np.empty(rows)
        right[of] = (ranks[of] - _ranks(s[of])) / rest
        right[~of] = 1 - (ranks[~of] - _ranks(s[~of])) / ones
        area = float(right[of].mean())
        areas.append(area)
        brought[of] += (right[of] - area) / ones
        brought[~of] += (right[~of] - area) / rest
        fewest = min(fewest, ones, rest)
    value, z = float(np.mean(areas)), _z(claims)
    half = z * float(np.sqrt((brought**2).sum())) / len(columns)
    # Where all is ranked right nothing varies: not surer than Wilson's bound of m out of m.
    seen = fewest * len(columns)
    low, high = value - half, value + half
    low = min(low, value * seen / (seen + z**2))
    high = max(high, 1 - (1 - value) * seen / (seen + z**2))
    return Estimate(value, max(0.0, low), min(1.0, high), rows)


def _ranks(values: Floats) -> Floats:
    """Ranks from 1 on, ties sharing their mean (scipy.stats takes a second to import)."""
    _, of, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[of.reshape(-1)])


def _r2(truth: Floats, given: Floats, claims: int) -> Estimate | None:
    """The share of variance explained, mean over outputs that vary; bootstrap over rows."""
    rows = len(truth)
    kept = truth.std(axis=0) > 1e-12 * np.maximum(1, np.abs(truth).max(axis=0))
    truth, given = truth[:, kept], given[:, kept]
    if rows < 3 or truth.shape[1] == 0:
        return None
    # Around the mean, as squares of large numbers lose their last digits.
    centre = truth.mean(axis=0)
    wrong, apart = (truth - given) ** 2, truth - centre
    value = float(np.mean(1 - wrong.sum(axis=0) / (apart**2).sum(axis=0)))
    taken = np.random.default_rng(_SEED).multinomial(rows, np.full(rows, 1 / rows), RESAMPLES)
    total = taken @ apart**2 - (taken @ apart) ** 2 / rows
    drawn = np.mean(1 - (taken @ wrong) / np.maximum(total, 1e-300), axis=1)
    drawn = drawn[np.all(total > 0, axis=1)]
    if len(drawn) < RESAMPLES / 2 or not np.isfinite(value):
        return Estimate(value, None, None, rows) if np.isfinite(value) else None
    tail = 2.5 / max(1, claims)
    low, high = (float(v) for v in np.percentile(drawn, [tail, 100 - tail]))
    short = (rows / (rows - 1)) ** 0.5  # Hesterberg, The American Statistician 69, 2015
    low, high = value + short * (low - value), value + short * (high - value)
    return Estimate(value, min(low, value), min(1.0, max(high, value)), rows)


def _spearman(truth: Floats, given: Floats, claims: int) -> Estimate | None:
    """Spearman's correlation, mean over outputs; interval of Bonett and Wright (2000)."""
    found = []
    for column, made in zip(truth.T, given.T, strict=True):
        if np.ptp(column) > 0:
            one, other = _ranks(column), _ranks(made)
            constant = np.ptp(made) == 0
            found.append(0.0 if constant else float(np.corrcoef(one, other)[0, 1]))
    if not found:
        return None
    value, rows = float(np.clip(np.mean(found), -1, 1)), len(truth)
    half = _z(claims) * ((1 + value**2 / 2) / max(1, rows - 3)) ** 0.5
    middle = np.arctanh(np.clip(value, -0.999999, 0.999999))
    low, high = (float(np.tanh(middle + side * half)) for side in (-1, 1))
    return Estimate(value, min(low, value), max(high, value), rows)


def classes_of(task: Task, truth: Array) -> int:
    """Returns how many classes there are in some rows, at least 2 (flags count as two)."""
    return max(2, len(np.unique(truth))) if task in ("binary", "multiclass") else 2


def chance_of(task: Task, truth: Array) -> float:
    """Returns what a constant prediction scores on some rows."""
    return 0.0 if task == "regression" else 1 / classes_of(task, truth)


def varies(task: Task, truth: Array | Ints) -> bool:
    """Whether a score can be told on some rows: two classes, or numbers that differ."""
    if len(truth) < 2:
        return False
    if task == "multilabel":
        return bool(np.any((truth > 0).any(axis=0) & ~(truth > 0).all(axis=0)))
    return bool(np.any(np.ptp(truth, axis=0) > 0))
