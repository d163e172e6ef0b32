"""Which layers get a mask and which lose it, and what masked steps do to the loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from valgap.evidence.account import Estimate
from valgap.ledger.forward import array_of
from valgap.ledger.probes.model.spying import (
    eager_pass,
    input_of,
    replaced,
    seen,
    tensors_in,
)
from valgap.ledger.probes.model.subject import Subject, few
from valgap.observe.sources.base import Table

_LOOK, _ROWS, _SEED = 8, 256, 20240607


@dataclass(slots=True)
class Masks:
    """Layers in the order of their calls, with whether a mask came in and went out.

    `makers` are layers that make a mask out of what they get.
    """

    fields: dict[int, dict[str, Any]] = field(default_factory=dict)
    makers: list[Any] = field(default_factory=list)


def masks(subject: Subject, layers: list[Any]) -> Masks:
    """Returns the flow of masks through a few rows."""
    came: dict[int, bool] = {}
    went: dict[int, bool] = {}

    def see(layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        del output
        given = any(_has_mask(t) for t in input_of(args, kwargs))
        told = any("mask" in name and tensors_in(value) for name, value in kwargs.items())
        came[id(layer)] = came.get(id(layer), False) or given or told

    def after(layer: Any) -> Callable[[Any], Any]:
        # At once, since attention takes the mask off the tensors that it is given.
        def make(hang: Callable[..., None]) -> Callable[..., None]:
            def hung(inputs: Any, outputs: Any, previous: Any) -> None:
                hang(inputs, outputs, previous)
                went[id(layer)] = any(_has_mask(t) for t in tensors_in(outputs))

            return hung

        return make

    hooks = {(layer, "_set_mask_metadata"): after(layer) for layer in layers}
    with replaced(hooks), seen(layers, see):
        eager_pass(subject.clone, _some(subject.trained))
    found = Masks()
    for layer in layers:
        into, out = came.get(id(layer), False), went.get(id(layer), False)
        if out and not into:
            found.makers.append(layer)
        if into or out:
            found.fields[id(layer)] = {"mask_in": into, "mask_out": out}
    return found


def _some(table: Table) -> Table:
    rows = min(max(_LOOK, table.sizes[0]), table.rows)
    return table.take(np.arange(rows), batch_size=rows)


def _has_mask(tensor: Any) -> bool:
    import keras

    return keras.src.backend.get_keras_mask(tensor) is not None


def masked_noise(subject: Subject, makers: list[Any]) -> Estimate | None:
    """Returns the change of the validation loss with masked steps set to noise.

    The mask stays as it is: layers that heed it do not see the noise. None where no step
    is masked at all.
    """
    table = few(subject.held_out, subject.within(_ROWS, 2, 0.2))
    before = eager_pass(subject.clone, table)
    generator, masked = np.random.default_rng(_SEED), [0]

    def noisy(layer: Any, args: Any, kwargs: Any, output: Any) -> Any:
        import keras

        mask = layer.compute_mask(input_of(args, kwargs)[0])
        if mask is None:
            return None
        keep = np.asarray(array_of(mask), dtype=bool)
        values = array_of(output)
        masked[0] += int((~keep).sum())
        keep = keep.reshape(*keep.shape, *[1] * (values.ndim - keep.ndim))
        there = values[np.broadcast_to(keep, values.shape)]
        scale = float(there.std()) if there.size else 1.0
        noise = generator.normal(0.0, scale or 1.0, values.shape)
        return keras.ops.convert_to_tensor(np.where(keep, values, noise).astype(values.dtype))

    with seen(makers, noisy):
        after = eager_pass(subject.clone, table)
    return subject.change(table, before, after) if masked[0] else None
