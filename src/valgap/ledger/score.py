"""Figures from predictions: exactly as Keras logs them, and taken apart for intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from valgap.ledger.bookkeeping import Bookkeeping
from valgap.ledger.contributions import contributions
from valgap.ledger.passes import Pass
from valgap.observe.live import CompileObjects
from valgap.observe.sources.base import Table

Floats = NDArray[np.float64]
Unit = Literal["row", "group"]
Way = Literal["row", "whole", "batch", "exact"]
_GROUPS = 10
_TOLERANCE = 2e-6


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one pass and what each row, batch or group of rows contributes.

    `parts[f]` has a mean equal to `values[f]`, save for the bias a jackknife removes. Its
    unit is a row; or a group: a batch (losses that give one number a batch) or a tenth of
    the rows (delete-group jackknife pseudo-values, Miller 1974, for figures that are no
    means, such as AUC). One part alone means that no interval can be had.
    """

    values: dict[str, float]
    parts: dict[str, Floats]
    units: dict[str, Unit]

    def averaged(self, others: list[Scores]) -> Scores:
        """Returns the mean over this draw and others of the same rows."""
        every = [self, *others]
        values = {f: float(np.mean([s.values[f] for s in every])) for f in self.values}
        parts = {}
        for figure, own in self.parts.items():
            # Draws after the first may have been scored without parts.
            whole = [s for s in every if len(s.parts[figure]) == len(own)]
            shift = values[figure] - float(np.mean([s.values[figure] for s in whole]))
            parts[figure] = np.mean([s.parts[figure] for s in whole], axis=0) + shift
        return Scores(values, parts, self.units)


class Scorer:
    """Scores predictions with the loss and the metrics of the fit, on copies of the metrics.

    How a figure is taken apart is found out once, against Keras' own bookkeeping.
    """

    def __init__(self, model: Any, compiled: CompileObjects, figures: tuple[str, ...]) -> None:
        self.figures = figures
        self.books = Bookkeeping(model, compiled)
        self._ways: dict[tuple[str, bool], Way] = {}

    def score(
        self,
        table: Table,
        run: Pass,
        *,
        weighted: bool,
        penalties: Floats | None = None,
        intervals: bool = True,
    ) -> Scores:
        """Returns all figures of a pass.

        Args:
            table: the rows the pass was made on.
            run: its predictions, a batch at a time.
            weighted: with sample and class weights.
            penalties: regularisation losses to add to the loss, one number a batch.
            intervals: whether figures that are no means over rows are taken apart too.
        """
        weights = table.w if weighted else None
        one = _Scoring(self.books, table, run, weights)
        scores = Scores({}, {}, {})
        for figure in self.figures:
            way = self._way(figure, one)
            if way is not None:
                value, parts = one.take_apart(figure, way, intervals)
                scores.values[figure], scores.parts[figure] = value, parts
                scores.units[figure] = "row" if way == "row" else "group"
        if penalties is not None and "loss" in scores.values:
            _add(scores, penalties, table.sizes)
        return scores

    def drop_constant(self, table: Table, run: Pass) -> tuple[str, ...]:
        """Leaves out figures that do not depend on the rows, and names them."""
        one = _Scoring(self.books, table, run, None)
        if not self.books.built:
            self.books.exact(table, run, None)
        constant = self.books.constant(table.y, one.predicted) & set(self.figures)
        self.figures = tuple(f for f in self.figures if f not in constant)
        return tuple(sorted(constant))

    def _way(self, figure: str, one: _Scoring) -> Way | None:
        key = (figure, one.weights is not None)
        if key not in self._ways:
            found = one.way_of(figure)
            if found is None:
                return None
            self._ways[key] = found
        return self._ways[key]


class _Scoring:
    """One pass being scored: what is computed once and used for several figures."""

    def __init__(self, books: Bookkeeping, table: Table, run: Pass, weights: Any) -> None:
        self.books, self.table, self.run, self.weights = books, table, run, weights
        self.predicted = run.joined()
        self._exact: dict[str, float] | None = None
        self._rows: dict[str, Floats] | None = None

    @property
    def exact(self) -> dict[str, float]:
        """All figures as `evaluate` makes them, without penalties."""
        if self._exact is None:
            self._exact = self.books.exact(self.table, self.run, self.weights)
        return self._exact

    @property
    def rows(self) -> dict[str, Floats]:
        """What each row contributes, for figures that are means over rows."""
        if self._rows is None:
            if not self.books.built:
                self._exact = self.books.exact(self.table, self.run, self.weights)
            y, predicted = self.table.y, self.predicted
            self._rows = (
                {}
                if self.run.is_masked
                else contributions(self.books, y, predicted, self.weights, self.table.sizes)
            )
        return self._rows

    def way_of(self, figure: str) -> Way | None:
        """How this figure can be taken apart so that the whole agrees with Keras' own."""
        rows, exact = self.rows, self.exact.get(figure)
        if exact is None:
            return None
        tries: list[tuple[Way, Callable[[], float | None]]] = [
            ("row", lambda: _mean(rows.get(figure))),
            ("whole", lambda: None if self.run.is_masked else self._whole(figure)),
            ("batch", lambda: _mean(self._batches(figure))),
        ]
        for way, value in tries:
            if _agree(value(), exact):
                return way
        return "exact"

    def take_apart(self, figure: str, way: Way, intervals: bool) -> tuple[float, Floats]:
        """Returns the figure and its parts."""
        if way == "row":
            return float(np.mean(self.rows[figure])), self.rows[figure]
        if way == "batch":
            parts = self._batches(figure)
            return float(np.mean(parts)), parts
        if way == "exact":
            return self.exact[figure], np.array([self.exact[figure]])
        value = self._whole(figure)
        assert value is not None
        parts = self._pseudo_values(figure, value) if intervals else np.array([value])
        return value, parts

    def _whole(self, figure: str, keep: NDArray[np.int64] | None = None) -> float | None:
        return self.books.at_once(figure, self.table.y, self.predicted, self.weights, keep)

    def _batches(self, figure: str) -> Floats:
        return self.books.by_batch(figure, self.table, self.run, self.weights)

    def _pseudo_values(self, figure: str, whole: float) -> Floats:
        n = self.table.rows
        k = min(_GROUPS, n)
        groups = np.arange(n) % k
        left_out = [self._whole(figure, np.flatnonzero(groups != g)) for g in range(k)]
        return np.array([k * whole - (k - 1) * float(value or 0.0) for value in left_out])


def _add(scores: Scores, penalties: Floats, sizes: tuple[int, ...]) -> None:
    added = np.repeat(penalties, sizes)
    by_row = scores.units["loss"] == "row"
    scores.values["loss"] += float(np.mean(added))
    scores.parts["loss"] = scores.parts["loss"] + (added if by_row else np.mean(added))


def _mean(parts: Floats | None) -> float | None:
    return None if parts is None or not len(parts) else float(np.mean(parts))


def _agree(value: float | None, exact: float) -> bool:
    if value is None:
        return False
    if not (np.isfinite(value) and np.isfinite(exact)):
        return bool(np.isfinite(value) == np.isfinite(exact))
    return abs(value - exact) <= _TOLERANCE * max(1.0, abs(exact))
