"""Figures from predictions: exactly as Keras logs them, and row by row for intervals."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from valgap.ledger.forward import Pass
from valgap.observe.live import CompileObjects
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import take_rows

Floats = NDArray[np.float64]
_GROUPS = 10
_TOLERANCE = 2e-6


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one pass and what each row, batch or group of rows contributes.

    `parts[f]` has a mean equal to `values[f]`; its `unit` says what one entry stands for:
    a row, a batch (losses that give one number a batch) or a group of rows (delete-group
    jackknife pseudo-values, Miller 1974, for figures that are no means, such as AUC).
    """

    values: dict[str, float]
    parts: dict[str, Floats]
    units: dict[str, Literal["row", "group"]]

    def averaged(self, others: list[Scores]) -> Scores:
        """Returns the mean over this draw and others of the same rows."""
        every = [self, *others]
        return Scores(
            {f: float(np.mean([s.values[f] for s in every])) for f in self.values},
            {f: np.mean([s.parts[f] for s in every], axis=0) for f in self.parts},
            self.units,
        )


class Scorer:
    """Scores predictions with the loss and the metrics of the fit, on copies of the metrics."""

    def __init__(self, model: Any, compiled: CompileObjects, figures: tuple[str, ...]) -> None:
        self.model = model
        self.figures = figures
        model.compile(
            loss=compiled.loss,
            loss_weights=compiled.loss_weights,
            metrics=_copied(compiled.metrics),
            weighted_metrics=_copied(compiled.weighted_metrics),
        )
        self._by_row: dict[tuple[str, bool], bool] = {}

    def score(
        self, table: Table, run: Pass, *, weighted: bool, penalties: Floats | None = None
    ) -> Scores:
        """Returns all figures of a pass.

        Args:
            table: the rows the pass was made on.
            run: its predictions, a batch at a time.
            weighted: with sample and class weights.
            penalties: regularisation losses to add to the loss, one number a batch.
        """
        weights = table.w if weighted else None
        exact: dict[str, float] | None = None
        values: dict[str, float] = {}
        parts: dict[str, Floats] = {}
        units: dict[str, Literal["row", "group"]] = {}
        rows = self._rows(table, run, weights)
        for figure in self.figures:
            key = (figure, weights is not None)
            if key not in self._by_row:
                exact = exact or self.exact(table, run, weights)
                self._by_row[key] = _same(rows.get(figure), exact.get(figure))
            if self._by_row[key]:
                parts[figure], units[figure] = rows[figure], "row"
                values[figure] = float(np.mean(rows[figure]))
            else:
                exact = exact or self.exact(table, run, weights)
                if figure in exact:
                    values[figure], units[figure] = exact[figure], "group"
                    parts[figure] = self._pseudo_values(table, run, weights, figure)
        if penalties is not None and "loss" in values:
            added = np.repeat(penalties, table.sizes)
            values["loss"] += float(np.mean(added))
            parts["loss"] = parts["loss"] + (added if units["loss"] == "row" else np.mean(added))
        return Scores(values, parts, units)

    def exact(self, table: Table, run: Pass, weights: Any) -> dict[str, float]:
        """Returns the figures as `evaluate` makes them, batch by batch, without penalties."""
        self.model.reset_metrics()
        batches = zip(table.slices(), run.predictions, run.masks, strict=True)
        for where, predicted, masks in batches:
            self._update(take_rows(table.y, where), predicted, masks, take_rows(weights, where))
        logs = self.model.get_metrics_result()
        return {k: float(v) for k, v in logs.items() if np.ndim(v) == 0}

    def _update(self, y: Any, predicted: Any, masks: list[Any], weights: Any) -> None:
        import keras

        predicted = _with_masks(predicted, masks)
        y = keras.tree.map_structure(keras.ops.convert_to_tensor, y)
        loss = keras.ops.zeros(())
        if self.model._compile_loss is not None:
            loss = self.model._compile_loss(y, predicted, weights)
        rows = len(keras.tree.flatten(predicted)[0])
        self.model._loss_tracker.update_state(loss, sample_weight=rows)
        self.model.compute_metrics(None, y, predicted, weights)

    def _pseudo_values(self, table: Table, run: Pass, weights: Any, figure: str) -> Floats:
        """Delete-group jackknife over interleaved groups of whole batches or rows."""
        import keras

        y, predicted = table.y, _concatenated(run.predictions)
        n = sum(table.sizes)
        k = min(_GROUPS, n)
        if k < 2 or any(m is not None for masks in run.masks for m in masks):
            return np.array([self.exact(table, run, weights)[figure]])
        whole = self._at_once(y, predicted, weights, figure)
        values = []
        for group in range(k):
            keep = np.arange(n) % k != group
            y_k, p_k, w_k = (take_rows(t, np.flatnonzero(keep)) for t in (y, predicted, weights))
            values.append(k * whole - (k - 1) * self._at_once(y_k, p_k, w_k, figure))
        return np.array(values)

    def _at_once(self, y: Any, predicted: Any, weights: Any, figure: str) -> float:
        import keras

        self.model.reset_metrics()
        self._update(y, predicted, [None] * len(keras.tree.flatten(predicted)), weights)
        return float(self.model.get_metrics_result()[figure])

    def _rows(self, table: Table, run: Pass, weights: Any) -> dict[str, Floats]:
        """What each row contributes to each figure that is a mean over rows."""
        if any(m is not None for masks in run.masks for m in masks):
            return {}
        predicted = _concatenated(run.predictions)
        if not self.model._compile_loss or not self.model._compile_loss.built:
            self.exact(table, run, weights)  # builds losses and metrics
        from valgap.ledger.contributions import contributions

        return contributions(self.model, table.y, predicted, weights)


def _same(rows: Floats | None, exact: float | None) -> bool:
    if rows is None or exact is None:
        return False
    mean = float(np.mean(rows))
    if not (np.isfinite(mean) and np.isfinite(exact)):
        return True
    return abs(mean - exact) <= _TOLERANCE * max(1.0, abs(exact))


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


def _with_masks(predicted: Any, masks: list[Any]) -> Any:
    import keras

    tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, predicted)
    for tensor, mask in zip(keras.tree.flatten(tensors), masks, strict=True):
        if mask is not None:
            keras.src.backend.set_keras_mask(tensor, keras.ops.convert_to_tensor(mask))
    return tensors


def _concatenated(predictions: tuple[Any, ...]) -> Any:
    import keras

    return keras.tree.map_structure(lambda *a: np.concatenate(a), *predictions)
