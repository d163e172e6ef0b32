"""Whether probabilities mean what they say, and what one temperature would mend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.account import Estimate
from valgap.evidence.model import ReliabilityBin
from valgap.ledger.probes.model.classes import softmax
from valgap.stats import paired

Floats = NDArray[np.float64]
_BINS = 15  # Guo and others, On Calibration of Modern Neural Networks, ICML 2017
_SHOWN_BINS = 10  # as many as a plot of some hundred rows bears
_COLDEST, _HOTTEST = 0.05, 50.0
_LEAST_ROWS = 20
# A loss with smoothing, focusing or weights is no plain cross-entropy, whose tempered value
# would then not be comparable.
_SAME = 0.02
_TINY = 1e-7  # where Keras clips probabilities


def calibration_error(confidence: Floats, hit: NDArray[np.bool_]) -> float:
    """Returns the expected calibration error over bins of equal width."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    counts = np.bincount(bins, minlength=_BINS)
    gaps = np.bincount(bins, confidence, _BINS) - np.bincount(bins, hit.astype(float), _BINS)
    return float(np.abs(gaps).sum() / max(1, counts.sum()))


def reliability(confidence: Floats, hit: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    """Returns confidence against hits in ten bins of equal width, without empty ones."""
    bins = np.minimum((confidence * _SHOWN_BINS).astype(int), _SHOWN_BINS - 1)
    return tuple(
        ReliabilityBin(float(confidence[own].mean()), float(hit[own].mean()), int(own.sum()))
        for b in range(_SHOWN_BINS)
        if (own := bins == b).any()
    )


def cross_tempered(scores: Floats, truth: NDArray[np.int64], chosen: NDArray[np.int64]) -> Floats:
    """Returns the confidence of the same decisions, each half at the temperature of the other.

    Args:
        scores: shape (rows, steps, classes).
        truth: shape (rows, steps), like `chosen`.
        chosen: the class that each is given.
    """
    temperatures = np.empty(len(truth))
    for half, other in _halves(scores, truth):
        temperatures[half] = other
    p = softmax(scores / temperatures[:, None, None])
    return np.asarray(np.take_along_axis(p, chosen[..., None], axis=-1)[..., 0])


def scores_of(probabilities: Floats, logits: Floats | None) -> Floats:
    """Returns scores whose softmax the probabilities are: the head's own where they are known.

    Args:
        probabilities: shape (rows, steps, classes).
        logits: the same in rows, with one unit in place of two classes.
    """
    if logits is not None:
        own = np.asarray(logits, dtype=np.float64)
        if own.size == probabilities.size:
            return own.reshape(probabilities.shape)
        if probabilities.shape[-1] == 2 and 2 * own.size == probabilities.size:
            yes = own.reshape(probabilities.shape[:2])
            return np.stack([np.zeros_like(yes), yes], axis=-1)
    return np.asarray(np.log(np.clip(probabilities, _TINY, 1.0)), dtype=np.float64)


def tempered(
    scores: Floats, truth: NDArray[np.int64], loss: float | None
) -> tuple[float, Estimate] | None:
    """Returns the temperature that fits best, and the loss under that of the other half.

    Args:
        scores: shape (rows, steps, classes).
        truth: shape (rows, steps).
        loss: the mean loss as compiled; where it is no plain cross-entropy there is no answer.
    """
    plain = _nll(scores, truth, 1.0)
    usable = len(truth) >= _LEAST_ROWS and np.isfinite(scores).all()
    if not usable or (loss is not None and abs(float(plain.mean()) - loss) > _SAME * (1 + loss)):
        return None
    rows, halves = np.empty(len(truth)), _halves(scores, truth)
    for half, other in halves:
        rows[half] = _nll(scores[half], truth[half], other)
    return float(np.exp(np.mean(np.log([best for _, best in halves])))), paired(rows)


def _halves(scores: Floats, truth: NDArray[np.int64]) -> list[tuple[NDArray[np.bool_], float]]:
    """Every second row and the others, each with the temperature that fits the other half."""
    halves = [np.arange(len(truth)) % 2 == side for side in (0, 1)]
    best = [_best(scores[half], truth[half]) for half in halves]
    return list(zip(halves, reversed(best), strict=True))


def _best(scores: Floats, truth: NDArray[np.int64]) -> float:
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda t: float(_nll(scores, truth, float(np.exp(t))).mean()),
        bounds=(np.log(_COLDEST), np.log(_HOTTEST)),
        method="bounded",
        options={"xatol": 1e-2},
    )
    return float(np.exp(found.x))


def _nll(scores: Floats, truth: NDArray[np.int64], temperature: float) -> Floats:
    """Cross-entropy by row."""
    p = softmax(scores / temperature)
    own = np.take_along_axis(p, truth[..., None], axis=-1)[..., 0]
    return np.asarray(-np.log(np.maximum(own, 1e-300)).mean(axis=1), dtype=np.float64)
