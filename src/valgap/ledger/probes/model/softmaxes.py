"""Every softmax that a pass computes, whoever calls it, with the layer it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from valgap.ledger.probes.model.spying import replaced
from valgap.ledger.probes.model.units import measured_layers

OnSoftmax = Callable[[Any, Any, int, Any], Any]
"""Takes layer, scores, axis and weights; what it gives back, if not None, are the weights."""


@contextmanager
def softmaxes(model: Any, on_softmax: OnSoftmax) -> Iterator[None]:
    """Shows every softmax of eager passes to `on_softmax` while it lasts.

    Below Keras' layers, so that attention written by hand is met as well.
    """
    stack: list[Any] = []
    busy = [False]

    def within(layer: Any) -> Callable[[Any], Any]:
        def make(call: Callable[..., Any]) -> Callable[..., Any]:
            def entered(*args: Any, **kwargs: Any) -> Any:
                stack.append(layer)
                try:
                    return call(*args, **kwargs)
                finally:
                    stack.pop()

            return entered

        return make

    def watched(softmax: Callable[..., Any]) -> Callable[..., Any]:
        def shown(x: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
            axis = -1 if axis is None else axis
            if busy[0] or not stack:
                return softmax(x, axis, *args, **kwargs)
            busy[0] = True
            try:
                weights = softmax(x, axis, *args, **kwargs)
                if not isinstance(axis, int) or _is_symbolic(weights):
                    return weights
                instead = on_softmax(stack[-1], x, axis % len(x.shape), weights)
            finally:
                busy[0] = False
            return weights if instead is None else instead

        return shown

    methods: dict[tuple[Any, str], Callable[[Any], Any]] = {
        (one, "call"): within(one) for one in [*_layers(model), *_operations(model)]
    }
    methods |= {(module, "softmax"): watched for module in _modules()}
    methods |= {
        (layer, "_compute_attention"): _with_scores
        for layer in measured_layers(model)
        if hasattr(layer, "_compute_attention") and hasattr(layer, "_masked_softmax")
    }
    with replaced(methods):
        yield


def _layers(model: Any) -> list[Any]:
    """The measured layers, and those of the user's own that hold some and compute a softmax."""
    measured = measured_layers(model)
    ids = {id(layer) for layer in measured}
    holders = [
        layer
        for layer in model._flatten_layers(include_self=False)
        if id(layer) not in ids
        and any(id(part) in ids for part in layer._flatten_layers(include_self=False))
    ]
    return [*measured, *holders]


def _modules() -> list[Any]:
    """Where softmax is looked up when it is called: by Keras, and by code for TensorFlow."""
    import keras

    found = [keras.src.backend.nn]
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        found.append(tf.nn)
    return found


def _with_scores(attend: Callable[..., Any]) -> Callable[..., Any]:
    """The fused kernel of a backend computes no softmax that could be seen."""

    def attended(*args: Any, **kwargs: Any) -> Any:
        positional = list(args)
        if len(positional) > 5:
            positional[5] = True
        else:
            kwargs["return_attention_scores"] = True
        return attend(*positional, **kwargs)

    return attended


def _operations(model: Any) -> list[Any]:
    """Operations of functional graphs that are no layers, such as `keras.ops.softmax`."""
    found: dict[int, Any] = {}
    for one in [model, *model._flatten_layers(include_self=False)]:
        graph = getattr(one, "_functional", None) or one
        for operation in getattr(graph, "_operations", None) or ():
            if not hasattr(operation, "_flatten_layers"):
                found[id(operation)] = operation
    return list(found.values())


def _is_symbolic(tensor: Any) -> bool:
    import keras

    return keras.backend.backend() == "tensorflow" and getattr(tensor, "numpy", None) is None
