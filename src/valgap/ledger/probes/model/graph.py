"""What the graph of the model holds that its author may not have meant."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from valgap.ledger.probes.model.spying import seen
from valgap.ledger.probes.model.subject import Subject, few
from valgap.ledger.soundness import inference_is_random
from valgap.observe.kinds import kind_of
from valgap.observe.sources.nested import take_rows

_LOOK = 32


def always_random(subject: Subject) -> bool:
    """Says whether inference gives other outputs when it is made again."""
    return inference_is_random(subject.forward, few(subject.held_out, _LOOK))


@dataclass(frozen=True, slots=True)
class Modes:
    """Layers of a graph that were called with `training=`, by name: which mode they were given.

    Keras (3.10 to 3.15 at least) puts the mode of the whole model in its place: `heeded`
    holds those that do stay in it, `overruled` those that do not and act otherwise for it.
    """

    heeded: dict[str, bool]
    overruled: dict[str, bool]


def modes_of(subject: Subject) -> Modes:
    """Returns modes that the user wrote into the graph, tried out on the clone."""
    heeded: dict[str, bool] = {}
    overruled: dict[str, bool] = {}
    try:
        for mode in (True, False):
            wanted = [o for o in _called_with(subject.model, mode) if _has_modes(o)]
            got = _modes_got(subject, wanted, not mode) if wanted else {}
            for layer in wanted:
                kept = got.get(id(layer)) == mode
                (heeded if kept else overruled)[subject.clone.name_of(layer)] = mode
    finally:
        subject.rest()
    return Modes(heeded, overruled)


def _called_with(model: Any, mode: bool) -> list[Any]:
    """Layers called in a mode other than that which their signature has by default.

    Keras writes the default into the graph too: a `False` of one is not told from the user's.
    """
    found: dict[int, Any] = {}
    for one in [model, *model._flatten_layers(include_self=False)]:
        graph = getattr(one, "_functional", None) or one
        for operation in getattr(graph, "_operations", None) or ():
            given = {node.arguments.kwargs.get("training") for node in operation._inbound_nodes}
            if mode in given and _default(operation) is not mode:
                found[id(operation)] = operation
    return list(found.values())


def _default(operation: Any) -> Any:
    setting = inspect.signature(type(operation).call).parameters.get("training")
    return None if setting is None else setting.default


def _has_modes(operation: Any) -> bool:
    """Whether a mode makes a difference: frozen statistics have but one."""
    if not hasattr(operation, "_flatten_layers"):
        return False
    within = [(layer, kind_of(layer)) for layer in operation._flatten_layers()]
    return any(
        kind in ("noise", "augmentation", "unknown") or (kind != "plain" and layer.trainable)
        for layer, kind in within
    )


def _modes_got(subject: Subject, layers: list[Any], training: bool) -> dict[int, bool]:
    """In which mode each of the layers was called when the whole model was in another."""
    import keras

    got: dict[int, bool] = {}

    def see(layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        del args, output
        got[id(layer)] = bool(kwargs.get("training"))

    table = few(subject.held_out, _LOOK)
    first = take_rows(table.x, slice(0, table.sizes[0]))
    with seen(layers, see):
        x = keras.tree.map_structure(keras.ops.convert_to_tensor, first)
        subject.model(x, training=training)
    return got


def ignored_arguments(model: Any, overruled: dict[str, bool]) -> tuple[str, ...]:
    """Returns `layer: argument` for settings of layers that have no effect.

    `input_shape` makes an input only for the first layer of a Sequential; Keras takes it
    from any other without a word that would be heard.
    """
    shapes = [
        f"{layer.name}: input_shape"
        for layer in model._flatten_layers(include_self=False)
        if getattr(layer, "_input_shape_arg", None) is not None and not _is_first(model, layer)
    ]
    return (*shapes, *(f"{name}: training={mode}" for name, mode in overruled.items()))


def _is_first(model: Any, layer: Any) -> bool:
    """Whether the layer is the first of a Sequential, alone or within the model."""
    import keras

    every = [model, *model._flatten_layers(include_self=False)]
    sequential = [m for m in every if isinstance(m, keras.Sequential)]
    return any(m.layers and m.layers[0] is layer for m in sequential)
