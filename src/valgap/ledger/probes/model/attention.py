"""Softmaxes over steps: how even their weights are, and what the mean does in their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.model import AttentionMeasured
from valgap.ledger.forward import array_of
from valgap.ledger.probes.model.softmaxes import softmaxes
from valgap.ledger.probes.model.spying import eager_pass, input_of, seen, tensors_in
from valgap.ledger.probes.model.subject import LEAST_ROWS, Subject, few, row_elements
from valgap.ledger.probes.model.units import measured_layers
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import leaves

_LOOK, _ROWS, _ELEMENTS = 8, 256, 2_000_000
# Scores of masked positions are lowered by 1e9, in half precision by 3e4.
_MASKED_SCORE = -1e4
_KERAS_OWN = ("MultiHeadAttention", "GroupedQueryAttention", "Attention", "AdditiveAttention")

Sites = dict[int, tuple[Any, dict[int, int]]]
"""By layer identity: the layer, and the axis of positions by rank of the scores."""


@dataclass(slots=True)
class _Weighing:
    """Sums over the distributions of one layer."""

    entropy: float = 0.0
    count: float = 0.0
    positions: int = 0
    on_masked: float = 0.0
    weight: float = 0.0
    has_mask: bool = False


@dataclass(slots=True)
class _Mask:
    """The masks of steps of the batch at hand, (rows, steps), True where a step counts."""

    of_batch: list[NDArray[np.bool_]] = field(default_factory=list)

    def see(self, layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        """Takes in what a layer that makes masks has made."""
        del output
        mask = array_of(layer.compute_mask(input_of(args, kwargs)[0]))
        if mask is not None and mask.ndim == 2:
            self.of_batch = [np.asarray(mask, dtype=bool)]


def attention(
    subject: Subject, heads: tuple[str, ...], makers: list[Any]
) -> tuple[AttentionMeasured, ...]:
    """Returns one record a layer that weighs steps.

    Args:
        subject: what is measured.
        heads: names of the layers that end an output, whose softmax is over classes.
        makers: layers that make masks of steps.
    """
    sites = _sites(subject, heads)
    if not sites:
        return ()
    rows = subject.within(_ROWS, 2 + len(sites), 0.2)
    rows = min(rows, max(LEAST_ROWS, _ELEMENTS // row_elements(subject.held_out)))
    table = few(subject.held_out, rows)
    found = {key: _Weighing() for key in sites}
    mask = _Mask()

    def weigh(layer: Any, scores: Any, axis: int, weights: Any) -> None:
        at = _axis(sites, layer, scores, axis)
        if at is not None:
            _weigh(found[id(layer)], *_distributions(scores, weights, at), mask.of_batch)

    with softmaxes(subject.model, weigh), seen(makers, mask.see):
        before = eager_pass(subject.clone, table)
    records = []
    for key, (layer, _) in sites.items():
        one = found[key]
        if one.count:
            after = _with_mean(subject, {key: sites[key]}, table)
            records.append(
                AttentionMeasured(
                    layer=subject.clone.name_of(layer),
                    entropy=one.entropy / one.count,
                    positions=one.positions,
                    with_mean=subject.change(table, before, after),
                    on_masked=one.on_masked / one.weight if one.has_mask and one.weight else None,
                )
            )
    return tuple(records)


def _sites(subject: Subject, heads: tuple[str, ...]) -> Sites:
    """Layers whose softmax runs over as many positions as some sequence in the model has."""
    train = subject.trained
    rows = min(max(_LOOK, train.sizes[0]), train.rows)
    table = train.take(np.arange(rows), batch_size=rows)
    calls: list[tuple[Any, Any, int, Any]] = []
    steps = {leaf.shape[1] for leaf in leaves(table.x) if leaf.ndim in (3, 5)}

    def look(layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        del layer, args, kwargs
        steps.update(int(t.shape[1]) for t in tensors_in(output) if len(t.shape) == 3)

    def take(layer: Any, scores: Any, axis: int, weights: Any) -> None:
        calls.append((layer, scores, axis, weights))

    layers = measured_layers(subject.model)
    with softmaxes(subject.model, take), seen(layers, look):
        run = eager_pass(subject.clone, table)
    outputs = list(leaves(run.predictions[0]))
    sites: Sites = {}
    for layer, scores, axis, weights in calls:
        at = _positions_axis(layer, tuple(scores.shape), axis, steps)
        is_head = subject.clone.name_of(layer) in heads or _is_output(weights, outputs)
        if at is not None and not is_head:
            sites.setdefault(id(layer), (layer, {}))[1][len(scores.shape)] = at
    return sites


def _is_output(weights: Any, outputs: list[Any]) -> bool:
    values = array_of(weights)
    return any(np.array_equal(values, out) for out in outputs)


def _positions_axis(layer: Any, shape: tuple[int, ...], axis: int, steps: set[int]) -> int | None:
    if type(layer).__name__ in _KERAS_OWN:
        return axis
    if axis >= 1 and shape[axis] > 1 and shape[axis] in steps and len(shape) > axis:
        return axis
    # A softmax over one unit a step: every weight is 1, which makes a plain sum of the steps.
    if len(shape) == 3 and shape[axis] == 1 and shape[1] > 1 and shape[1] in steps:
        return 1
    return None


def _axis(sites: Sites, layer: Any, scores: Any, axis: int) -> int | None:
    site = sites.get(id(layer))
    at = None if site is None else site[1].get(len(scores.shape))
    return at if at is not None and (at == axis or scores.shape[axis] == 1) else None


def _distributions(
    scores: Any, weights: Any, at: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Weights with the positions last, and which positions are open to them."""
    values = np.moveaxis(np.asarray(array_of(weights), dtype=np.float64), at, -1)
    allowed = np.moveaxis(array_of(scores) > _MASKED_SCORE, at, -1)
    return values, np.broadcast_to(allowed, values.shape)


def _weigh(
    one: _Weighing,
    weights: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    masks: list[NDArray[np.bool_]],
) -> None:
    total = weights.sum(axis=-1, keepdims=True)
    shares = weights / np.where(total > 0, total, 1.0)
    free = allowed.sum(axis=-1)
    counted = (free > 1) & np.isfinite(shares).all(axis=-1)
    entropy = -np.sum(shares * np.log(np.maximum(shares, 1e-30)), axis=-1)
    one.entropy += float((entropy[counted] / np.log(free[counted])).sum())
    one.count += float(counted.sum())
    one.positions = max(one.positions, weights.shape[-1])
    for mask in masks:
        if mask.shape == (len(weights), weights.shape[-1]):
            one.has_mask = True
            closed = ~mask.reshape(len(mask), *[1] * (weights.ndim - 2), mask.shape[1])
            # Where a whole row is masked, as for queries that are padding, nothing is told.
            own = shares * counted[..., None] * _queries(mask, weights.shape)
            one.on_masked += float((own * closed).sum())
            one.weight += float(own.sum())


def _queries(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> Any:
    """Of self-attention only the steps that count themselves are asked."""
    if len(shape) < 3 or shape[-2] != mask.shape[1]:
        return 1.0
    return mask.reshape(len(mask), *[1] * (len(shape) - 3), mask.shape[1], 1)


def _with_mean(subject: Subject, site: Sites, table: Table) -> Any:
    import keras

    def even(layer: Any, scores: Any, axis: int, weights: Any) -> Any:
        at = _axis(site, layer, scores, axis)
        if at is None:
            return None
        values, allowed = _distributions(scores, weights, at)
        free = np.maximum(allowed.sum(axis=-1, keepdims=True), 1)
        mean = np.where(allowed, values.sum(axis=-1, keepdims=True) / free, 0.0)
        mean = np.where(allowed.any(axis=-1, keepdims=True), mean, values)
        dtype = array_of(weights).dtype
        return keras.ops.convert_to_tensor(np.moveaxis(mean, -1, at).astype(dtype))

    with softmaxes(subject.model, even):
        return eager_pass(subject.clone, table)
