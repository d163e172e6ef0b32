"""What layers give for clean rows: range, zeros, dead and saturated units; pooled for probes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.ledger.forward import array_of
from valgap.ledger.probes.model.spying import eager_pass, input_of, seen, tensors_in
from valgap.ledger.probes.model.subject import Subject, few, row_elements
from valgap.ledger.probes.model.units import activation_of
from valgap.ledger.unmeasurable import NO_TIME, UnmeasurableError
from valgap.observe.sources.base import Table

# Rows of the sample; fewer where rows are large, so that one layer's output stays in memory.
_ROWS, _LEAST_ROWS, _ELEMENTS = 256, 32, 4_000_000
# As many even where time is short, if they take no longer: a unit that is 0 on a few rows is
# not dead.
_IN_HASTE, _SECONDS_IN_HASTE = 128, 3.0
# Most values of one output that go into mean, deviation and shares.
_VALUES = 1_000_000
# Where the slope is less than a hundredth of the steepest: sigmoid'(x)/sigmoid'(0) and tanh'.
_SIGMOID, _TANH, _SOFTMAX = 0.9975, 0.995, 0.9975
_RELU = {"relu", "relu6"}
# Values of one unit that differ by less than this share of themselves are the same.
_SAME = 1e-6


@dataclass(slots=True)
class _Seen:
    """What has been seen of one layer so far."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    zeros: float = 0.0
    beyond: float = 0.0
    finite: bool = True
    low: dict[int, NDArray[Any]] = field(default_factory=dict)
    high: dict[int, NDArray[Any]] = field(default_factory=dict)
    input_low: float = np.inf
    input_high: float = -np.inf
    input_total: float = 0.0
    input_squares: float = 0.0
    input_count: int = 0
    calls: int = 0


class Watcher:
    """Takes in the outputs of layers, batch by batch."""

    def __init__(self, weighted: set[int]) -> None:
        self.weighted = weighted
        self.order: list[Any] = []
        self.found: dict[int, _Seen] = {}

    def next_batch(self) -> None:
        """Counts calls from 0 again: the n-th call of a layer is of the n-th frame or use."""
        for one in self.found.values():
            one.calls = 0

    def see(self, layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        """Adds one call."""
        values = float_array(output)
        if values is None:
            return
        if id(layer) not in self.found:
            self.found[id(layer)] = _Seen()
            self.order.append(layer)
        one = self.found[id(layer)]
        _add(one, values, activation_of(layer))
        if id(layer) in self.weighted:
            for tensor in input_of(args, kwargs)[:1]:
                _add_input(one, array_of(tensor))

    def fields(self, layer: Any) -> dict[str, Any]:
        """Returns what is known of one layer."""
        one = self.found.get(id(layer))
        if one is None or not one.count or not one.finite:
            return {}
        activation = activation_of(layer)
        mean = one.total / one.count
        found: dict[str, Any] = {
            "units": next(iter(one.low.values())).shape[-1],
            "activation": activation,
            "mean": mean,
            "std": float(np.sqrt(max(0.0, one.squares / one.count - mean**2))),
            "zero": one.zeros / one.count,
            "frozen_units": _frozen(one),
        }
        if activation in _RELU:
            found["dead_units"] = _dead(one)
        if activation in _BEYOND:
            found["saturated"] = one.beyond / one.count
        return found | _input_fields(one)


def activations(
    subject: Subject, layers: list[Any], weighted: set[int]
) -> tuple[dict[int, dict[str, Any]], list[Any]]:
    """Returns the fields of each layer by its identity, and the layers in order of their calls."""
    watcher = Watcher(weighted)
    quick = min(_IN_HASTE, int(_SECONDS_IN_HASTE / max(1e-9, 2 * subject.pace)))
    if subject.seconds_left < 0 and quick < _IN_HASTE:
        raise UnmeasurableError(NO_TIME)
    table = sample(subject.trained, max(quick, subject.within(_ROWS, 2, 0.15)))
    penalties: dict[int, list[float]] = {}
    with seen(layers, watcher.see):
        for batch in batches(table):
            watcher.next_batch()
            eager_pass(subject.clone, batch)
            _add_penalties(penalties, layers)
    found = {id(layer): watcher.fields(layer) for layer in layers}
    for key, values in penalties.items():
        found[key]["activity_penalty"] = float(np.mean(values))
    return found, watcher.order


def sample(table: Table, rows: int) -> Table:
    """Returns some rows spread over a table, fewer where each is large."""
    return few(table, min(rows, max(_LEAST_ROWS, _ELEMENTS // row_elements(table))))


def batches(table: Table) -> Iterable[Table]:
    """Yields a table batch by batch."""
    for batch in table.slices():
        yield table.take(np.arange(batch.start, batch.stop), batch_size=batch.stop - batch.start)


def float_array(output: Any) -> NDArray[Any] | None:
    """The first output of a layer as an array; None where it is not of floats by row."""
    tensors = tensors_in(output)
    values = array_of(tensors[0]) if tensors else None
    if values is None or values.ndim < 2 or not values.size or values.dtype.kind not in "fV":
        return None
    return np.asarray(values, dtype=np.float32)


def _add(one: _Seen, values: NDArray[Any], activation: str | None) -> None:
    low, high = values.min(axis=0), values.max(axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        one.finite = False
        return
    place = one.calls
    one.calls += 1
    one.low[place] = np.minimum(low, one.low.get(place, low))
    one.high[place] = np.maximum(high, one.high.get(place, high))
    rows = max(1, len(values) * _VALUES // max(values.size, _VALUES))
    some = values[:rows]
    one.count += some.size
    one.total += float(some.sum(dtype=np.float64))
    one.squares += float(np.square(some, dtype=np.float64).sum())
    one.zeros += float(np.count_nonzero(some == 0))
    if activation in _BEYOND:
        one.beyond += _BEYOND[activation](some) * some.size


def _add_input(one: _Seen, values: NDArray[Any]) -> None:
    some = np.asarray(values, dtype=np.float64).ravel()
    some = some[:: max(1, some.size // _VALUES)]
    if not some.size or not np.isfinite(some).all():
        return
    one.input_low = min(one.input_low, float(some.min()))
    one.input_high = max(one.input_high, float(some.max()))
    one.input_total += float(some.sum())
    one.input_squares += float(np.square(some).sum())
    one.input_count += some.size


def _input_fields(one: _Seen) -> dict[str, float]:
    if not one.input_count:
        return {}
    mean = one.input_total / one.input_count
    std = float(np.sqrt(max(0.0, one.input_squares / one.input_count - mean**2)))
    return {"input_low": one.input_low, "input_high": one.input_high, "input_std": std}


def _dead(one: _Seen) -> float:
    """Units that are 0 on all rows, at all positions and in all calls."""
    alive = [np.any(high > 0, axis=tuple(range(high.ndim - 1))) for high in one.high.values()]
    return float(1 - np.any(alive, axis=0).mean())


def _frozen(one: _Seen) -> float:
    """Units that give all rows the same value, whatever the position and the call."""
    varies = []
    for place, low in one.low.items():
        high = one.high[place]
        scale = np.maximum(np.abs(low), np.abs(high))
        moves = high - low > _SAME * scale
        varies.append(np.any(moves, axis=tuple(range(moves.ndim - 1))))
    return float(1 - np.any(varies, axis=0).mean())


def _sigmoid(values: NDArray[Any]) -> float:
    return float(np.mean((values > _SIGMOID) | (values < 1 - _SIGMOID)))


def _tanh(values: NDArray[Any]) -> float:
    return float(np.mean(np.abs(values) > _TANH))


def _softmax(values: NDArray[Any]) -> float:
    return float(np.mean(values.max(axis=-1) > _SOFTMAX))


_BEYOND = {"sigmoid": _sigmoid, "tanh": _tanh, "softmax": _softmax}


def _add_penalties(penalties: dict[int, list[float]], layers: list[Any]) -> None:
    """Activity penalties and losses added in `call`, which Keras means over the rows."""
    for layer in layers:
        own = layer._get_own_losses()
        if own:
            total = sum(float(np.sum(array_of(loss))) for loss in own)
            penalties.setdefault(id(layer), []).append(total)
