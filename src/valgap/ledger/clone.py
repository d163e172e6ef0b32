"""A stand-in for the user's model whose layers can be put into chosen modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from valgap.evidence.records import LayerKind
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.kinds import kind_of
from valgap.observe.recorder import copied


@dataclass(frozen=True, slots=True)
class Mode:
    """How a forward pass is made: training mode, less the kinds that are `off`.

    A kind can only be switched off: a layer that the graph itself calls with a fixed mode,
    or batch normalisation that is frozen, stays as the user has it.
    """

    training: bool
    off: frozenset[LayerKind] = frozenset()
    momentum_zero: bool = False


FULL = Mode(True)
NO_AUGMENTATION = Mode(True, frozenset({"augmentation"}))
NO_NOISE = Mode(True, frozenset({"augmentation", "noise"}))
NOISE_ON_MOVING = Mode(True, frozenset({"augmentation", "batch-statistics"}))
KNOWN_OFF = Mode(True, frozenset({"augmentation", "noise", "batch-statistics"}))
INFERENCE = Mode(False)
REESTIMATE_TRAINING = Mode(True, momentum_zero=True)
REESTIMATE_INFERENCE = Mode(True, frozenset({"augmentation", "noise"}), momentum_zero=True)


@dataclass(slots=True)
class Clone:
    """A model to measure on. `close` puts a borrowed one back exactly as it was."""

    model: Any
    kinds: dict[LayerKind, list[Any]]
    borrowed: bool
    names: dict[int, str]
    _undo: ExitStack
    _mode: Mode = INFERENCE
    _wrapped: list[Any] = field(default_factory=list)

    def load(self, weights: Sequence[np.ndarray]) -> None:
        """Sets all weights, in the order of `model.weights`.

        Raises:
            UnmeasurableError: if they are those of another architecture.
        """
        ours = [tuple(variable.shape) for variable in self.model.weights]
        if ours != [value.shape for value in weights]:
            raise UnmeasurableError("the script changed the model's layers after the fit")
        for variable, value in zip(self.model.weights, weights, strict=True):
            variable.assign(value)
        for layer in self.model._flatten_layers(include_self=False):
            # Normalization computes with constants made of its weights when it was adapted.
            if hasattr(layer, "adapt") and hasattr(layer, "finalize_state") and layer.weights:
                layer.finalize_state()

    def enter(self, mode: Mode) -> None:
        """Chooses the mode of the next trace; a traced pass keeps the mode it was traced in."""
        self._mode = mode
        for layer in self.kinds["batch-statistics"]:
            layer.momentum = 0.0 if mode.momentum_zero else layer._valgap_momentum

    @property
    def stateful(self) -> tuple[str, ...]:
        """Layers that keep a state from batch to batch."""
        layers = self.model._flatten_layers(include_self=False)
        return tuple(self.name_of(layer) for layer in layers if _carried(layer))

    def name_of(self, layer: Any) -> str:
        """Returns the user's name of a layer, which a configuration may not bring back."""
        return self.names.get(id(layer), str(layer.name))

    def forget_batches(self) -> None:
        """Lets a pass begin with the states that a model begins with."""
        for layer in self.model._flatten_layers(include_self=False):
            for state in _carried(layer):
                state.assign(np.zeros(state.shape))

    def is_off(self, kind: LayerKind) -> bool:
        """Says whether layers of this kind are to run in inference mode now."""
        return kind in self._mode.off

    def close(self) -> None:
        """Undoes every change to layers that are the user's own."""
        self._undo.close()


def clone_of(model: Any, trainable: dict[str, bool], *, borrow: bool = False) -> Clone:
    """Returns a clone of the model, or the model itself, borrowed, where it has no graph.

    Args:
        model: a built Keras model.
        trainable: the `trainable` flag of every layer by path, as it was in the fit.
        borrow: whether to borrow the model whatever it is.
    """
    copy = None if borrow else _cloned(model)
    borrowed = copy is None
    if copy is None:
        copy = model
    layers = copy._flatten_layers(include_self=False)
    kinds: dict[LayerKind, list[Any]] = {
        kind: [] for kind in ("augmentation", "noise", "batch-statistics", "plain", "unknown")
    }
    for layer in layers:
        kinds[kind_of(layer)].append(layer)
    originals = model._flatten_layers(include_self=False)
    names = {id(ours): theirs.name for ours, theirs in zip(layers, originals, strict=True)}
    clone = Clone(copy, kinds, borrowed, names, ExitStack())
    if borrowed:
        _restore_on_close(clone)
    _set_trainable(clone, model, trainable)
    _force_modes(clone)
    return clone


def _cloned(model: Any) -> Any | None:
    """A copy with its own layers, or None where Keras cannot make one."""
    import keras

    if not isinstance(model, keras.Sequential) and not _is_functional(model):
        return None
    compiled, model.compiled = model.compiled, False  # else compile is copied and may fail
    try:
        copy = keras.models.clone_model(model, clone_function=_copy_layer)
        if not copy.built:
            copy.build(model.input_shape)
    except Exception:  # any layer's own code may raise here; the model is borrowed then
        return None
    finally:
        model.compiled = compiled
    ours, theirs = ([w.shape for w in m.weights] for m in (copy, model))
    return copy if ours == theirs else None


def _is_functional(model: Any) -> bool:
    return any(c.__name__ == "Functional" for c in type(model).__mro__)


def _copy_layer(layer: Any) -> Any:
    """Layers without weights whose configuration does not come back are shared."""
    if hasattr(layer, "adapt") and not layer.weights:
        return layer  # what a lookup learned is neither in its weights nor in its configuration
    try:
        return type(layer).from_config(layer.get_config())
    except Exception:
        if layer.weights:
            raise
        return layer


def _restore_on_close(clone: Clone) -> None:
    layers = clone.model._flatten_layers(include_self=False)
    variables = [*clone.model.variables, *(v for layer in layers for v in _carried(layer))]
    values = [copied(v) for v in variables]

    def restore() -> None:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    clone._undo.callback(restore)


def _carried(layer: Any) -> list[Any]:
    """The states that a recurrent layer carries from batch to batch; Keras tracks them nowhere."""
    import keras

    if not getattr(layer, "stateful", False):
        return []
    return [v for v in keras.tree.flatten(getattr(layer, "states", None)) if v is not None]


def _set_trainable(clone: Clone, model: Any, trainable: dict[str, bool]) -> None:
    """Flags decide whether batch normalisation is frozen, so they must be those of the fit."""
    originals = model._flatten_layers(include_self=False)
    for layer, original in zip(
        clone.model._flatten_layers(include_self=False), originals, strict=True
    ):
        wanted = trainable.get(original.path, original.trainable)
        if clone.borrowed and layer._trainable != wanted:
            clone._undo.callback(setattr, layer, "_trainable", layer._trainable)
        layer._trainable = wanted


def _force_modes(clone: Clone) -> None:
    forced: tuple[LayerKind, ...] = ("augmentation", "noise", "batch-statistics")
    for kind in forced:
        for layer in clone.kinds[kind]:
            call = layer.call
            # Stored past Keras' attribute tracking, which would count a bound method's layer.
            object.__setattr__(layer, "call", _switchable(clone, kind, call))
            clone._undo.callback(_uncall, layer)
    for layer in clone.kinds["batch-statistics"]:
        object.__setattr__(layer, "_valgap_momentum", layer.momentum)
        clone._undo.callback(object.__delattr__, layer, "_valgap_momentum")
        clone._undo.callback(setattr, layer, "momentum", layer.momentum)


def _uncall(layer: Any) -> None:
    layer.__dict__.pop("call", None)


def _switchable(clone: Clone, kind: LayerKind, call: Callable[..., Any]) -> Callable[..., Any]:
    def switched(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("training") and clone.is_off(kind):
            kwargs["training"] = False
        return call(*args, **kwargs)

    return switched
