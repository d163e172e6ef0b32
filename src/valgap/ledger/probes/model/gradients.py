"""The gradient of the loss by layer, in training mode with everything random off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from valgap.ledger.clone import NO_NOISE
from valgap.ledger.forward import array_of
from valgap.ledger.probes.model.differentiating import compiled, gradient_of
from valgap.ledger.probes.model.subject import Subject, Weights
from valgap.ledger.probes.model.units import learned, norm, places
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import take_rows

# Rows of all batches together: a step costs three times a forward pass.
_ROWS, _MOST_BATCHES, _LEAST_BATCHES = 192, 24, 2
# From each set of weights a gradient, and a pass for each step at some multiple of the rate.
_PASSES = 2 * (3 + 12)
_SEED = 20240501
# Below this share of the weights a gradient is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Gradients:
    """Mean gradient over some batches, one array a variable (None: no path to the loss).

    `signal` is the squared norm of the expected gradient over the variance of that of one
    batch of the size in force, None with one batch.
    """

    at: str
    mean: list[np.ndarray | None]
    signal: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """Gradients at the start and at the end, of these variables and on these rows.

    `loss` gives the loss of the data for the `(x, y, w)` of a batch, compiled, in training
    mode with everything random off.
    """

    variables: list[Any]
    table: Table
    found: tuple[Gradients, ...]
    loss: Callable[..., Any]


def gradients(subject: Subject, layers: list[Any]) -> Measured:
    """Returns the gradients of the data loss.

    Raises:
        UnmeasurableError: where they would not be those that training used.
    """
    _refuse(subject)
    variables = list({id(v): v for layer in layers for v in learned(layer)}.values())
    if not variables:
        raise UnmeasurableError("the model has no weights to train")
    table, size = _table(subject)
    subject.clone.enter(NO_NOISE)
    loss = compiled(_loss_of(subject), subject.model)
    step = gradient_of(_loss_of(subject), variables, subject.model)
    found = []
    try:
        for at, weights in subject.states():
            if all(np.isfinite(w).all() for w in weights):
                mean, squares = _over_batches(subject, weights, table, step)
                signal = _signal(mean, squares, table.sizes[0] / size)
                found.append(Gradients(at, mean, signal))
    finally:
        subject.rest()
    if not found:
        raise UnmeasurableError("the weights are not finite")
    return Measured(variables, table, tuple(found), loss)


def _refuse(subject: Subject) -> None:
    own = [name for name in ("train_step", "compute_loss") if name in subject.live.overridden]
    if own:
        raise UnmeasurableError(f"the model has a {own[0]} of its own")
    if subject.scorer.books.model._compile_loss is None:
        raise UnmeasurableError("the model was compiled without a loss")


def _table(subject: Subject) -> tuple[Table, int]:
    """Batches as training makes them, and the size it makes them of.

    Large batches are halved until there are two: variance goes with the inverse of the size.
    """
    whole = subject.trained
    force = subject.live.record.train.batch_size or whole.sizes[0]
    rows = min(whole.rows, subject.within(_ROWS, _PASSES, 0.6))
    size = min(whole.sizes[0], max(1, rows // _LEAST_BATCHES))
    count = max(1, min(_MOST_BATCHES, rows // size))
    order = np.arange(whole.rows)
    if subject.live.record.train.shuffled is not False:
        order = np.random.default_rng(_SEED).permutation(whole.rows)
    return whole.take(order[: size * count], batch_size=size), force


def _loss_of(subject: Subject) -> Callable[..., Any]:
    model, loss = subject.model, subject.scorer.books.model._compile_loss

    def loss_of(x: Any, y: Any, w: Any) -> Any:
        predicted = model(x, training=True) if model._call_has_training_arg else model(x)
        return loss(y, predicted, w)

    return loss_of


def _over_batches(
    subject: Subject, weights: Weights, table: Table, step: Callable[..., Any]
) -> tuple[list[np.ndarray | None], list[float]]:
    """The mean gradient, and the squared norm of that of each batch."""
    mean: list[np.ndarray | None] = []
    squares: list[float] = []
    for where in table.slices():
        subject.clone.load(weights)  # training mode moved the statistics
        subject.clone.forget_batches()
        found = [array_of(g) for g in step(*batch_of(table, where))]
        squares.append(norm([g for g in found if g is not None]) ** 2)
        parts = [None if g is None else g / len(table.sizes) for g in found]
        mean = [_added(a, b) for a, b in zip(mean, parts, strict=True)] if mean else parts
    return mean, squares


def _added(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    return other if one is None else one if other is None else one + other


def batch_of(table: Table, where: slice) -> list[Any]:
    """Returns `(x, y, w)` of one batch as tensors."""
    import keras

    def tensor(array: Any) -> Any:
        return None if array is None else keras.ops.convert_to_tensor(array)

    parts = (take_rows(part, where) for part in (table.x, table.y, table.w))
    return [keras.tree.map_structure(tensor, part) for part in parts]


def _signal(mean: list[np.ndarray | None], squares: list[float], share: float) -> float | None:
    """Simple noise scale of McCandlish and others (arXiv 1812.06162, 2018), section 2.2."""
    k = len(squares)
    if k < 2:
        return None
    whole = norm([g for g in mean if g is not None]) ** 2
    variance = (float(np.mean(squares)) - whole) * k / (k - 1)
    if not np.isfinite(whole) or not np.isfinite(variance) or variance <= 0:
        return None
    expected = max(0.0, whole - variance / k)
    return expected / (variance * share)


def by_layer(subject: Subject, layers: list[Any], measured: Measured) -> dict[int, dict[str, Any]]:
    """Returns the gradient fields of each layer with weights, by its identity."""
    where, index = places(subject.model), {id(v): i for i, v in enumerate(measured.variables)}
    found: dict[int, dict[str, Any]] = {}
    states = dict(subject.states())
    for layer in layers:
        own = [v for v in learned(layer) if id(v) in where]
        if not own:
            continue
        fields: dict[str, Any] = {}
        there = []
        for gradient in measured.found:
            grads = [gradient.mean[index[id(v)]] for v in own]
            values = [states[gradient.at][where[id(v)]] for v in own]
            name = "gradient_start" if gradient.at == "start" else "gradient"
            fields[name] = _relative(grads, values)
            there.append(_is_there(grads, values))
        if layer.trainable:
            fields["has_gradient"] = any(there)
        found[id(layer)] = fields
    return found


def _is_there(grads: list[np.ndarray | None], values: list[np.ndarray]) -> bool:
    """Whether there is more than rounding; a gradient that is not finite is one."""
    size = norm([g for g in grads if g is not None])
    return not size <= _NOTHING * max(norm(values), _NOTHING)


def _relative(grads: list[np.ndarray | None], values: list[np.ndarray]) -> float | None:
    there = [g for g in grads if g is not None]
    if not all(np.isfinite(g).all() for g in there):
        return None
    size, of = norm(there), norm(values)
    if size == 0:
        return 0.0
    return size / of if of > 0 else None
