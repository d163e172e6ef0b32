"""How each output ends: last layer, activation, shape, range, and the loss upon it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from valgap.evidence.model import HeadRecord
from valgap.ledger.clone import INFERENCE
from valgap.ledger.probes.model.spying import eager_pass, replaced, seen, tensors_in
from valgap.ledger.probes.model.subject import Subject, few, logits_of, targets_of
from valgap.ledger.probes.model.units import activation_of, measured_layers
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import concatenate, leaves

_ROWS, _LOOK = 256, 8
_SQUASHING = ("sigmoid", "softmax")
# Layers after which values are the same ones, or means of them.
_SHAPING = {"Reshape", "Flatten", "Permute", "Identity", "Squeeze", "ExpandDims", "Dropout"} | {
    f"Global{kind}Pooling{n}D" for kind in ("Average", "Max") for n in (1, 2, 3)
}


def heads(subject: Subject) -> tuple[HeadRecord, ...]:
    """Returns one record an output."""
    tables = list(subject.tables.values())
    ends = [_seen_to_squash(subject, i, end) for i, end in enumerate(_ends(subject))]
    now = _ranges(subject, tables)
    before = _at_start(subject, tables)
    names = tuple(o.name for o in subject.outputs)
    targets = targets_of(tables[0].y, names)
    return tuple(
        HeadRecord(
            output=output.name,
            layer=layer,
            shape=shape,
            activation=activation,
            loss=output.loss,
            logits=output.logits,
            task=output.task,
            target_shape=() if target is None else target.shape[1:],
            low=now[i][0],
            high=now[i][1],
            start_low=before[i][0],
            start_high=before[i][1],
        )
        for i, (output, (layer, activation, shape), target) in enumerate(
            zip(subject.outputs, ends, targets, strict=True)
        )
    )


Range = tuple[float | None, float | None]


def _at_start(subject: Subject, tables: list[Table]) -> list[Range]:
    if subject.start is None:
        return [(None, None)] * len(subject.outputs)
    subject.clone.load(subject.start)
    try:
        return _ranges(subject, tables)
    finally:
        subject.rest()


def _ranges(subject: Subject, tables: list[Table]) -> list[Range]:
    """Lowest and highest finite value of each output."""
    parts = []
    for table in tables:
        run = subject.forward.run(few(table, subject.within(_ROWS, 4, 0.1)), INFERENCE)
        parts.append([np.ravel(leaf) for leaf in leaves(concatenate(run.predictions))])
    joined = [np.concatenate(same) for same in zip(*parts, strict=True)]
    return [_range(values[np.isfinite(values)]) for values in joined]


def _range(values: np.ndarray) -> Range:
    return (float(values.min()), float(values.max())) if len(values) else (None, None)


End = tuple[str, str, tuple[int | None, ...]]


def _ends(subject: Subject) -> list[End]:
    tensors = list(leaves(_graph_outputs(subject.model)))
    if len(tensors) == len(subject.outputs):
        return [(*_walked(subject, t), tuple(t.shape[1:])) for t in tensors]
    return _watched(subject)


def _seen_to_squash(subject: Subject, output: int, end: End) -> End:
    """Names an activation within code of the user's by what Keras' losses see of it."""
    if end[1] != "unknown":
        return end
    run = subject.forward.run(few(subject.trained, _LOOK), INFERENCE)
    if logits_of(run)[output] is None:
        return end
    values = list(leaves(concatenate(run.predictions)))[output]
    is_share = values.ndim > 1 and np.allclose(values.sum(axis=-1), 1, atol=1e-4)
    return end[0], "softmax" if is_share else "sigmoid", end[2]


def _graph_outputs(model: Any) -> Any:
    """The symbolic outputs of a functional or sequential model, None for anything else."""
    return getattr(getattr(model, "_functional", None) or model, "_outputs_struct", None)


def _walked(subject: Subject, tensor: Any) -> tuple[str, str]:
    """Layer and activation, from the output back through the graph of a functional model."""
    activation, last = None, None
    while True:
        operation, node, index = tensor._keras_history
        inner = _graph_outputs(operation)
        if inner is not None:
            tensor = list(leaves(inner))[index]
            continue
        last = last or subject.clone.name_of(operation)
        activation = _told(activation_of(operation)) or activation
        weighted = bool(getattr(operation, "weights", ()))
        before = operation._inbound_nodes[node].input_tensors
        if weighted or len(before) != 1 or not _passes(operation):
            return (subject.clone.name_of(operation) if weighted else last), _or(
                activation, operation
            )
        tensor = before[0]


def _told(activation: str | None) -> str | None:
    return None if activation == "linear" else activation


def _passes(operation: Any) -> bool:
    """Whether it only shapes its input, or is an activation and nothing else."""
    return type(operation).__name__ in _SHAPING or activation_of(operation) is not None


def _or(activation: str | None, operation: Any) -> str:
    """A layer that says nothing of an activation has none, but one of the user's may."""
    if activation is not None:
        return activation
    cls = type(operation)
    keras_own = cls.__module__.split(".")[0] == "keras" and cls.__name__ != "Lambda"
    return "linear" if keras_own else "unknown"


def _watched(subject: Subject) -> list[End]:
    """For models without a graph: the layer that gave back the very tensor that came out."""
    import keras

    calls: list[tuple[Any, list[Any]]] = []
    layers = measured_layers(subject.model)

    def see(layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        del args, kwargs
        calls.append((layer, tensors_in(output)))

    outputs: list[Any] = []

    def out(layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        del layer, args, kwargs
        outputs[:] = leaves(output)

    squashed: list[tuple[str, Any]] = []
    functions = {(keras.src.backend.nn, name): _noting(name, squashed) for name in _SQUASHING}
    table = few(subject.trained, _LOOK)
    with seen(layers, see), seen([subject.model], out), replaced(functions):
        eager_pass(subject.clone, table.take(np.arange(min(table.sizes[0], table.rows))))
    ends = [_given(subject, tensor, calls) for tensor in outputs]
    return [_squashed(end, t, squashed) for end, t in zip(ends, outputs, strict=True)]


def _noting(name: str, squashed: list[tuple[str, Any]]) -> Callable[[Any], Any]:
    """Notes under its name what a function of the backend gives."""

    def make(call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            value = call(*args, **kwargs)
            squashed.append((name, value))
            return value

        return noted

    return make


def _squashed(end: End, tensor: Any, squashed: list[tuple[str, Any]]) -> End:
    """Names an activation within code of the user's that gave the very tensor that came out."""
    by = [name for name, value in squashed if value is tensor]
    return (end[0], by[-1], end[2]) if by and end[1] == "unknown" else end


def _given(subject: Subject, tensor: Any, calls: list[tuple[Any, list[Any]]]) -> End:
    shape = tuple(int(n) for n in tensor.shape[1:])
    by = [layer for layer, given in calls if any(t is tensor for t in given)]
    if by:
        return subject.clone.name_of(by[-1]), activation_of(by[-1]) or "unknown", shape
    weighted = [layer for layer, _ in calls if layer.weights]
    return (subject.clone.name_of(weighted[-1]) if weighted else ""), "unknown", shape
