"""One temperature from out-of-fold predictions, and what it does to rows it has not seen.

Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML 2017.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.treatment.jobs import Floats
from valgap.treatment.metrics import METRICS, class_columns, class_numbers

_LEAST = 1e-7  # as Keras clips probabilities
_BOUNDS = (-3.0, 3.0)  # of the logarithm: a temperature of 0.05 to 20
BINS = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log loss and calibration error of rows that chose nothing, before and after.

    `rows` is how many out-of-fold predictions the temperature was fitted on. The error is that
    of the probability of the predicted class, in ten bins of as many rows each; even a
    calibrated model has some of it by chance.
    """

    temperature: float
    rows: int
    log_loss_before: float
    log_loss_after: float
    error_before: float
    error_after: float


def temperature_of(targets: NDArray[Any], predictions: Floats) -> float:
    """Gives back the temperature of least log loss.

    Args:
        targets: class numbers or one-hot rows.
        predictions: out-of-fold probabilities, rows x classes.
    """
    from scipy.optimize import minimize_scalar

    loss = METRICS["log_loss"]

    def of(log: float) -> float:
        return loss.score(targets, tempered(predictions, math.exp(log)))

    return math.exp(float(minimize_scalar(of, bounds=_BOUNDS, method="bounded").x))


def tempered(predictions: Floats, temperature: float) -> Floats:
    """Gives back probabilities whose logits are divided by the temperature, rows x classes."""
    logits = np.log(np.clip(class_columns(predictions), _LEAST, 1)) / temperature
    made = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(made / made.sum(axis=1, keepdims=True), dtype=np.float64)


def error_of(targets: NDArray[Any], predictions: Floats) -> float:
    """Gives back how far confidence is from the share of hits, weighted over bins."""
    made = class_columns(predictions)
    sure, hits = made.max(axis=1), made.argmax(axis=1) == class_numbers(targets)
    bins = np.array_split(np.argsort(sure, kind="stable"), min(BINS, len(sure)))
    gaps = [abs(float(sure[b].mean() - hits[b].mean())) * len(b) for b in bins]
    return sum(gaps) / len(sure)


def calibrated(
    targets: NDArray[Any], before: Floats, after: Floats, temperature: float, rows: int
) -> Calibration:
    """Gives back what a temperature changes on rows that it was not fitted on.

    Args:
        targets: class numbers or one-hot rows.
        before: probabilities, rows x classes.
        after: the same, tempered.
        temperature: for the record.
        rows: that it was fitted on.
    """
    loss = METRICS["log_loss"].score
    return Calibration(
        temperature,
        rows,
        loss(targets, before),
        loss(targets, after),
        error_of(targets, before),
        error_of(targets, after),
    )
