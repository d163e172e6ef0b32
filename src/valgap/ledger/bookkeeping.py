"""Keras' own bookkeeping of a loss and metrics, run over predictions that are there already."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.ledger.passes import Pass
from valgap.observe.live import CompileObjects
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import is_nested, take_rows

Floats = NDArray[np.float64]


class Bookkeeping:
    """The loss and the metrics of a fit, on copies of them.

    They live in an empty model of their own: a measured model that is the user's own must
    not be compiled anew.
    """

    def __init__(self, measured: Any, compiled: CompileObjects) -> None:
        import keras

        self.model = keras.Model()
        self.model.output_names = getattr(measured, "output_names", None)
        self.run_eagerly = compiled.run_eagerly
        self.model.compile(
            loss=compiled.loss,
            loss_weights=compiled.loss_weights,
            metrics=_copied(compiled.metrics),
            weighted_metrics=_copied(compiled.weighted_metrics),
        )

    @property
    def built(self) -> bool:
        """Whether losses and metrics have seen a first batch, which builds them."""
        parts = (self.model._compile_loss, self.model._compile_metrics)
        return all(part is None or part.built for part in parts)

    def exact(self, table: Table, run: Pass, weights: Any) -> dict[str, float]:
        """Returns the figures as `evaluate` makes them, batch by batch, without penalties."""
        self.model.reset_metrics()
        by_output: dict[str, list[float]] = {}
        for y, predicted, w in _batches(table, run, weights):
            loss = self._loss(y, predicted, w)
            for name, value in self._output_losses().items():
                by_output.setdefault(name, []).append(value)
            self.model._loss_tracker.update_state(loss, sample_weight=_rows(predicted))
            self.model.compute_metrics(None, y, predicted, w)
        logs = self.model.get_metrics_result()
        found = {k: float(v) for k, v in logs.items() if np.ndim(v) == 0}
        share = self.share_of_batch(table.sizes)
        return found | {k: float(np.mean(np.array(v) * share)) for k, v in by_output.items()}

    def share_of_batch(self, sizes: tuple[int, ...]) -> Floats:
        """How much a batch counts in the running loss of one output, relative to the mean.

        Keras weights it by the static number of rows; in a TensorFlow graph that is not
        known, and every batch counts the same.
        """
        import keras

        if keras.backend.backend() == "tensorflow" and not self.run_eagerly:
            return np.ones(len(sizes))
        relative: Floats = np.array(sizes, dtype=np.float64) / float(np.mean(sizes))
        return relative

    def _output_losses(self) -> dict[str, float]:
        """The loss of each output for the batch just scored; none where there is one output."""
        trackers = [] if self.model._compile_loss is None else self.model._compile_loss.metrics
        found = {}
        for tracker in trackers:
            found[tracker.name] = float(np.array(tracker.result()))
            tracker.reset_state()
        return found

    def at_once(
        self, figure: str, y: Any, predicted: Any, weights: Any, keep: NDArray[np.int64] | None
    ) -> float | None:
        """Returns a metric over all rows, or those of `keep`, as one batch; None for losses."""
        found = self.metrics(y, predicted, weights).get(figure)
        if found is None:
            return None
        metric, *arguments = found
        if keep is not None:
            arguments = [None if a is None else np.array(a)[keep] for a in arguments]
        return _updated(metric, *arguments)

    def by_batch(self, figure: str, table: Table, run: Pass, weights: Any) -> Floats:
        """Returns one part a batch whose mean is the figure, if it is a mean over batches.

        Losses are weighted by the rows of the batch, as Keras' running loss is; metrics
        that give one number a batch are not.
        """
        values = []
        for y, predicted, w in _batches(table, run, weights):
            values.append(self._of_batch(figure, y, predicted, w))
        if figure != "loss":
            return np.array(values)
        sizes: Floats = np.array(table.sizes, dtype=np.float64)
        return np.array(values) * (sizes / float(np.mean(sizes)))

    def _of_batch(self, figure: str, y: Any, predicted: Any, weights: Any) -> float:
        if figure == "loss":
            return float(self._loss(y, predicted, weights))
        found = self.metrics(y, predicted, weights).get(figure)
        return float("nan") if found is None else _updated(*found)

    def metrics(self, y: Any, predicted: Any, weights: Any) -> dict[str, tuple[Any, Any, Any, Any]]:
        """Returns, a logged name, the metric with the targets, predictions and weights it gets."""
        compiled = self.model._compile_metrics
        if compiled is None or not compiled.built:
            return {}
        outputs = list(zip(compiled._flatten_y(y), compiled._flatten_y(predicted), strict=False))
        weighting = _weights_of(compiled, weights, len(outputs))
        found: dict[str, tuple[Any, Any, Any, Any]] = {}
        sets = ((compiled._flat_metrics, False), (compiled._flat_weighted_metrics, True))
        for metric_sets, apply in sets:
            for metrics, (y_t, y_p), w in zip(metric_sets, outputs, weighting, strict=False):
                for metric in () if metrics is None else metrics.metrics:
                    name = _name(metrics, metric, found, apply)
                    found[name] = (metric, y_t, y_p, w if apply else None)
        return found

    def constant(self, y: Any, predicted: Any) -> set[str]:
        """Names metrics that give the same number whatever the rows, such as the learning rate."""
        import keras

        found = set()
        for name, (metric, *both, _) in self.metrics(y, predicted, None).items():
            if isinstance(metric, keras.metrics.MeanMetricWrapper):
                y_t, y_p = map(keras.ops.convert_to_tensor, both)
                half = len(y_p) // 2
                tries = ((y_t, y_p), (y_t[:half], y_p[:half]), (y_t, 1 - 2 * y_p))
                told = (metric._fn(*one, **metric._fn_kwargs) for one in tries)
                values = [keras.ops.convert_to_numpy(each) for each in told]
                if all(v.ndim == 0 and v == values[0] for v in values):
                    found.add(name)
        return found

    def _loss(self, y: Any, predicted: Any, weights: Any) -> Any:
        import keras

        if self.model._compile_loss is None:
            return keras.ops.zeros(())
        return self.model._compile_loss(y, predicted, weights)


def _updated(metric: Any, y: Any, predicted: Any, weights: Any) -> float:
    import keras

    given = (None if one is None else keras.ops.convert_to_tensor(one) for one in (y, predicted))
    metric.reset_state()
    metric.update_state(*given, weights)
    value = np.array(metric.result())
    return float(value) if value.ndim == 0 else float("nan")


def _name(metrics: Any, metric: Any, taken: dict[str, Any], weighted: bool) -> str:
    """The name Keras logs a metric under; the weighted one of a pair is renamed."""
    prefix = f"{metrics.output_name}_" if metrics.output_name else ""
    name = f"{prefix}{metric.name}"
    return f"{prefix}weighted_{metric.name}" if weighted and name in taken else name


def _weights_of(compiled: Any, weights: Any, outputs: int) -> list[Any]:
    if weights is None or not is_nested(weights):
        return [weights] * outputs
    flat = list(compiled._flatten_y(weights))
    return flat if len(flat) == outputs else [flat[0]] * outputs


def _batches(table: Table, run: Pass, weights: Any) -> Iterator[tuple[Any, Any, Any]]:
    import keras

    for batch, where in enumerate(table.slices()):
        y = keras.tree.map_structure(keras.ops.convert_to_tensor, take_rows(table.y, where))
        yield y, run.of_batch(batch), take_rows(weights, where)


def _rows(predicted: Any) -> int:
    import keras

    return len(keras.tree.flatten(predicted)[0])


def _copied(metrics: Any) -> Any:
    """Metric objects are copied, since they hold state; names and functions are shared."""
    import keras

    def one(metric: Any) -> Any:
        if not isinstance(metric, keras.metrics.Metric):
            return metric
        try:
            return type(metric).from_config(metric.get_config())
        except Exception:  # a metric of the user's own may not come back from its settings
            return copy.deepcopy(metric)

    return None if metrics is None else keras.tree.map_structure(one, metrics)
