"""Figures that a study can go by: scikit-learn's, or a callable."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from valgap.errors import UsageError
from valgap.experiments.verdict import MATTERS, OF_LOSS, POINT
from valgap.treatment.jobs import Floats

Of = Literal["classes", "values"]
Function = Callable[[Any, Any], float]
_LEAST_PROBABILITY = 1e-7  # as Keras clips them
_INF = math.inf


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of predictions, which way is better, and what difference in it matters.

    `function` takes targets, shape (rows,) or (rows, values), and predictions, (rows, classes)
    or as the targets; `by_row` gives its terms, where it is a mean over rows. With `relative`
    what matters is a share of the figure, else a point. `bounds` are the values it can take.
    """

    name: str
    function: Function
    of: Of
    is_greater_better: bool = True
    relative: bool = False
    bounds: tuple[float, float] = (0.0, 1.0)
    by_row: Callable[[Any, Any], Floats] | None = None

    def score(self, targets: NDArray[Any], predictions: NDArray[Any]) -> float:
        """Gives back the figure; NaN where it has none, as area under ROC of one class."""
        try:
            return float(self.function(*self._ready(targets, predictions)))
        except ValueError:  # scikit-learn on one class, or on predictions that are no numbers
            return math.nan

    def terms(self, targets: NDArray[Any], predictions: NDArray[Any]) -> Floats | None:
        """Gives back the terms of the mean, shape (rows,); None where it is no mean."""
        return None if self.by_row is None else self.by_row(*self._ready(targets, predictions))

    def better(self, score: float) -> float:
        """Gives back the score with its sign such that more is better; turns it back, too."""
        return score if self.is_greater_better else -score

    def delta(self, level: float, spread: float) -> float:
        """Gives back the smallest difference that matters (DESIGN section 6).

        Args:
            level: the figure of the patient.
            spread: standard deviation of the figure over seeds.
        """
        return max(spread, self._point(level))

    def small(self, level: float, spread: float) -> float:
        """Gives back the largest change that can be called none, however far seeds lie apart."""
        most = 5 * self._point(level) if self.relative else MATTERS
        return min(self.delta(level, spread), most)

    def clipped(self, value: float) -> float:
        """Gives back the value within what the figure can be."""
        return min(max(value, self.bounds[0]), self.bounds[1])

    def clipped_difference(self, value: float) -> float:
        """Gives back a difference of two figures within what it can be."""
        most = self.bounds[1] - self.bounds[0]
        return min(max(value, -most), most)

    def _point(self, level: float) -> float:
        return OF_LOSS * abs(level) if self.relative else POINT

    def _ready(
        self, targets: NDArray[Any], predictions: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        if self.of == "values":
            return np.asarray(targets), np.asarray(predictions).reshape(np.shape(targets))
        return class_numbers(targets), class_columns(predictions)


def class_numbers(targets: NDArray[Any]) -> NDArray[Any]:
    """Gives back targets as class numbers, shape (rows,); one-hot rows are turned into them."""
    targets = np.asarray(targets)
    if targets.ndim == 2 and targets.shape[1] > 1:
        return np.asarray(np.argmax(targets, axis=1))
    return targets.reshape(-1).astype(np.int64)


def class_columns(predictions: NDArray[Any]) -> NDArray[Any]:
    """Gives back probabilities, rows x classes; one of a sigmoid becomes two columns."""
    predictions = np.asarray(predictions, dtype=np.float64)
    if predictions.ndim == 1 or predictions.shape[1] == 1:
        one = predictions.reshape(-1)
        return np.stack([1 - one, one], axis=1)
    return predictions


def metric_of(metric: str | Function, of: Of = "classes") -> Metric:
    """Gives back the metric of a name, or of a callable of targets and predictions.

    Of a callable more is better, unless its attribute `greater_is_better` is False; 5 % of it
    matters, as its scale is not known.

    Args:
        metric: a name of `METRICS`, or a callable.
        of: what a callable is given: probabilities of classes, or values.

    Raises:
        UsageError: If there is no metric of this name.
    """
    if callable(metric):
        name = getattr(metric, "__name__", type(metric).__name__)
        is_greater = bool(getattr(metric, "greater_is_better", True))
        return Metric(name, metric, of, is_greater, relative=True, bounds=(-_INF, _INF))
    if metric in METRICS:
        return METRICS[metric]
    near = difflib.get_close_matches(metric, METRICS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    names = ", ".join(METRICS)
    raise UsageError(f"metric: expected one of {names}, or a callable, received {metric!r}{hint}")


def _accuracy(y: Any, p: Any) -> float:
    return float(np.mean(_is_right(y, p)))


def _counts(y: Any, p: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Rows of each class, rows it was said of, and those of both; shape (classes,) each.

    scikit-learn's functions take a hundred times as long, and a bootstrap a thousand of them.
    """
    made, classes = p.argmax(axis=1), max(p.shape[1], int(np.max(y)) + 1)
    there, said = (np.bincount(c, minlength=classes) for c in (y, made))
    return there, said, np.bincount(y[made == y], minlength=classes)


def _balanced_accuracy(y: Any, p: Any) -> float:
    there, _, both = _counts(y, p)
    return float(np.mean(both[there > 0] / there[there > 0]))


def _macro_f1(y: Any, p: Any) -> float:
    there, said, both = _counts(y, p)
    any_of = there + said > 0
    return float(np.mean(2 * both[any_of] / (there + said)[any_of]))


def _area_under_roc(y: Any, p: Any) -> float:
    from sklearn.metrics import roc_auc_score

    if len(np.unique(y)) < p.shape[1]:
        return math.nan
    if p.shape[1] == 2:
        return float(roc_auc_score(y, p[:, 1]))
    return float(np.mean([roc_auc_score(y == k, p[:, k]) for k in range(p.shape[1])]))


def _area_under_pr(y: Any, p: Any) -> float:
    from sklearn.metrics import average_precision_score

    if len(np.unique(y)) < p.shape[1]:
        return math.nan
    if p.shape[1] == 2:
        return float(average_precision_score(y, p[:, 1]))
    return float(np.mean([average_precision_score(y == k, p[:, k]) for k in range(p.shape[1])]))


def _log_loss(y: Any, p: Any) -> float:
    from sklearn.metrics import log_loss

    p = np.clip(p, _LEAST_PROBABILITY, 1)
    p = p / p.sum(axis=1, keepdims=True)
    return float(log_loss(y, p, labels=range(p.shape[1])))


def _r2(y: Any, p: Any) -> float:
    from sklearn.metrics import r2_score

    return float(r2_score(y, p)) if len(y) > 1 else math.nan


def _mae(y: Any, p: Any) -> float:
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(y, p))


def _is_right(y: Any, p: Any) -> Floats:
    return np.asarray(p.argmax(axis=1) == y, dtype=np.float64)


def _minus_log(y: Any, p: Any) -> Floats:
    p = np.clip(p, _LEAST_PROBABILITY, 1)
    p = p / p.sum(axis=1, keepdims=True)
    return np.asarray(-np.log(p[np.arange(len(y)), y.astype(int)]), dtype=np.float64)


def _error(y: Any, p: Any) -> Floats:
    gaps = np.abs(y - p).reshape(len(y), -1)
    return np.asarray(gaps.mean(axis=1), dtype=np.float64)


def _loss(name: str, function: Function, of: Of, by_row: Any) -> Metric:
    return Metric(name, function, of, False, True, (0.0, _INF), by_row)


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("accuracy", _accuracy, "classes", by_row=_is_right),
        Metric("balanced_accuracy", _balanced_accuracy, "classes"),
        Metric("macro_f1", _macro_f1, "classes"),
        Metric("roc_auc", _area_under_roc, "classes"),
        Metric("pr_auc", _area_under_pr, "classes"),
        _loss("log_loss", _log_loss, "classes", _minus_log),
        Metric("r2", _r2, "values", bounds=(-_INF, 1.0)),
        _loss("mae", _mae, "values", _error),
    )
}
