"""Looking at layers as they are called, or putting other outputs in the place of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from valgap.ledger.clone import INFERENCE, Clone
from valgap.ledger.forward import array_of
from valgap.ledger.passes import Pass
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import take_rows

See = Callable[[Any, tuple[Any, ...], dict[str, Any], Any], Any]
"""Takes layer, arguments, keywords and output; what it gives back, if not None, is the output."""


@contextmanager
def seen(layers: Iterable[Any], see: See) -> Iterator[None]:
    """Shows every call of these layers to `see` while it lasts."""
    with replaced({(layer, "call"): _shown(layer, see) for layer in layers}):
        yield


@contextmanager
def replaced(methods: dict[tuple[Any, str], Callable[[Any], Any]]) -> Iterator[None]:
    """Puts `make(method)` in the place of methods of single objects, and takes it away again.

    Stored past Keras' attribute tracking, which would count a bound method's layer.
    """
    before = [(vars(owner), name, vars(owner).get(name)) for owner, name in methods]
    try:
        for (owner, name), make in methods.items():
            vars(owner)[name] = make(getattr(owner, name))
        yield
    finally:
        for attributes, name, own in before:
            if own is None:
                attributes.pop(name, None)
            else:
                attributes[name] = own


def _shown(layer: Any, see: See) -> Callable[[Any], Any]:
    def make(call: Callable[..., Any]) -> Callable[..., Any]:
        def shown(*args: Any, **kwargs: Any) -> Any:
            output = call(*args, **kwargs)
            instead = see(layer, args, kwargs, output)
            return output if instead is None else instead

        return shown

    return make


def eager_pass(clone: Clone, table: Table) -> Pass:
    """Makes a pass in inference mode that is not compiled, so that calls can be looked at."""
    import keras

    clone.enter(INFERENCE)
    clone.forget_batches()
    model, batches = clone.model, []
    for batch in table.slices():
        x = keras.tree.map_structure(keras.ops.convert_to_tensor, take_rows(table.x, batch))
        predicted = model(x, training=False) if model._call_has_training_arg else model(x)
        outputs = keras.tree.flatten(predicted)
        masks = [array_of(keras.src.backend.get_keras_mask(output)) for output in outputs]
        logits = [array_of(getattr(output, "_keras_logits", None)) for output in outputs]
        batches.append((keras.tree.map_structure(array_of, predicted), masks, logits))
    predictions, masks_, logits_ = zip(*batches, strict=True)
    return Pass(predictions, masks_, logits_, np.zeros(len(batches)))


def tensors_in(*nested: Any) -> list[Any]:
    """Returns the tensors among the arguments of a call."""
    import keras

    return [t for t in keras.tree.flatten(list(nested)) if keras.ops.is_tensor(t)]


def input_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Returns the tensors that a layer was called with, masks left aside."""
    named = [v for k, v in kwargs.items() if "mask" not in k and k != "training"]
    return tensors_in(args, named)
