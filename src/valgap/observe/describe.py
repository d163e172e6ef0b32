"""Live models, compile calls and callbacks as records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from valgap.evidence.home import without_home
from valgap.evidence.records import (
    CallbackRecord,
    CompileRecord,
    Json,
    LayerRecord,
    Location,
    ModelRecord,
    TensorRecord,
)
from valgap.observe.kinds import kind_of
from valgap.observe.live import compile_objects

_LONGEST, _LONGEST_ERROR = 200, 500
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PLAIN = (bool, int, float, str, type(None))


def model_record(model: Any) -> ModelRecord:
    """Returns the flattened layers of a built model and its configuration, if it has one."""
    layers = tuple(_layer(layer) for layer in model._flatten_layers(include_self=False))
    config, note = _model_config(model)
    outputs = tuple(
        TensorRecord(name, tuple(t.shape[1:]), str(t.dtype))
        for name, t in zip(
            getattr(model, "output_names", None) or (), _outputs(model), strict=False
        )
    )
    return ModelRecord(
        model.name, type(model).__name__, model.count_params(), layers, outputs, config, note
    )


def _outputs(model: Any) -> list[Any]:
    try:
        return list(model.outputs or ())
    except AttributeError:  # sub-classed models have no symbolic outputs
        return []


def _model_config(model: Any) -> tuple[Mapping[str, Json] | None, str | None]:
    try:
        return plain(model.get_config()), None  # type: ignore[return-value]
    except Exception as error:  # get_config is the user's own code in a sub-classed model
        return None, f"no configuration: {type(error).__name__}: {error}"[:_LONGEST]


def _layer(layer: Any) -> LayerRecord:
    try:
        config: Mapping[str, Json] = plain(layer.get_config())  # type: ignore[assignment]
    except Exception as error:  # as above, a layer of the user's own
        config = {"unreadable": f"{type(error).__name__}: {error}"[:_LONGEST]}
    return LayerRecord(
        name=layer.name,
        cls=type(layer).__name__,
        path=layer.path or layer.name,
        kind=kind_of(layer),
        trainable=bool(layer.trainable),
        parameters=layer.count_params() if layer.built else 0,
        output_shape=_shape(layer),
        config=config,
    )


def _shape(layer: Any) -> tuple[int | None, ...] | None:
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # called never, or more than once
        return None
    return tuple(shape[1:]) if isinstance(shape, tuple) else None


def compile_record(arguments: Mapping[str, Any], location: Location | None) -> CompileRecord:
    """Returns a call of `compile` as text, with the optimiser's plain settings."""
    import keras

    optimizer = arguments.get("optimizer")
    settings: Mapping[str, Json] = {}
    if isinstance(optimizer, keras.optimizers.Optimizer):
        try:
            settings = plain(optimizer.get_config())  # type: ignore[assignment]
        except Exception as error:  # a schedule of the user's own may have no configuration
            settings = {"unreadable": f"{type(error).__name__}: {error}"[:_LONGEST]}
    return CompileRecord(
        location=location,
        loss=text(arguments.get("loss")),
        metrics=_texts(arguments.get("metrics")),
        weighted_metrics=_texts(arguments.get("weighted_metrics")),
        optimizer=optimizer if isinstance(optimizer, str) else type(optimizer).__name__,
        optimizer_config=settings,
        arguments={k: text(v) for k, v in arguments.items()},
    )


def compiled_record(model: Any) -> CompileRecord | None:
    """Returns the compile settings of a model whose call of `compile` was not seen."""
    if not getattr(model, "compiled", False):
        return None
    given = compile_objects(model)
    arguments = {name: getattr(given, name) for name in given.__slots__}
    return compile_record({"optimizer": model.optimizer, **arguments}, None)


def _texts(metrics: Any) -> tuple[str, ...]:
    import keras

    return () if metrics is None else tuple(text(m) for m in keras.tree.flatten(metrics))


def callback_records(callbacks: Any) -> tuple[CallbackRecord, ...]:
    """Returns the callbacks of a fit with those of their attributes that are plain values."""
    return tuple(
        CallbackRecord(
            type(c).__name__,
            {k: v for k, v in vars(c).items() if not k.startswith("_") and isinstance(v, _PLAIN)},
        )
        for c in flat_callbacks(callbacks)
    )


def flat_callbacks(callbacks: Any) -> list[Any]:
    """Returns the callbacks of a `callbacks` argument in whatever form it came."""
    import keras

    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    return [c for c in keras.tree.flatten(callbacks) if c is not None]


def text(value: Any) -> str:
    """Returns a short text of an argument: never rows of data."""
    if isinstance(value, _PLAIN):
        return repr(value)[:_LONGEST] if isinstance(value, str) else str(value)
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{type(value).__name__}{tuple(value.shape)} {value.dtype}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(text(v) for v in value[:8]) + (", ..." if len(value) > 8 else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {text(v)}" for k, v in list(value.items())[:20]) + "}"
    name = getattr(value, "__name__", None)
    return str(name) if isinstance(name, str) else type(value).__name__


def one_line(error: BaseException) -> str:
    """Returns an error as one line of plain text: Keras colours its words and breaks lines."""
    words = _COLOURS.sub("", f"{type(error).__name__}: {error}").partition("Arguments received")[0]
    return str(without_home(" ".join(words.split())))[:_LONGEST_ERROR]


def plain(value: Any) -> Json:
    """Returns a configuration as JSON would hold it; what JSON cannot hold becomes text."""
    return json.loads(json.dumps(value, default=text, skipkeys=True))  # type: ignore[no-any-return]
