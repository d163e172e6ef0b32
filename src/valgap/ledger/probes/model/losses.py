"""The name and the setting of the loss of each output, in whatever form it was given."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def losses_of(loss: Any, names: tuple[str, ...]) -> list[Any]:
    """Returns the loss of each output as `compile` was given it, None where it has none."""
    if isinstance(loss, Mapping):
        return [loss.get(name) for name in names]
    if isinstance(loss, (list, tuple)):
        return [*loss, *[None] * len(names)][: len(names)]
    return [loss] * len(names)


def named(loss: Any) -> tuple[str, bool | None]:
    """Returns a loss' name in snake case, and whether it takes scores (None: no such setting)."""
    import keras

    if loss is None:
        return "", None
    if isinstance(loss, str):
        try:
            loss = keras.losses.get(loss)
        except ValueError:  # such as one that Keras resolves by the shapes of the targets
            return snake(loss), None
    if isinstance(loss, partial):
        name, logits = named(loss.func)
        return name, loss.keywords.get("from_logits", logits)
    if isinstance(loss, type):
        return snake(loss.__name__), None
    if isinstance(loss, keras.losses.Loss):
        return _of_object(loss)
    return snake(str(getattr(loss, "__name__", type(loss).__name__))), _default(loss)


def _of_object(loss: Any) -> tuple[str, bool | None]:
    settings = getattr(loss, "_fn_kwargs", {})
    logits = getattr(loss, "from_logits", settings.get("from_logits"))
    name = snake(type(loss).__name__)
    if name == "loss_function_wrapper":
        name, default = named(loss.fn)
        logits = default if logits is None else logits
    return name, None if logits is None else bool(logits)


def _default(function: Any) -> bool | None:
    try:
        setting = inspect.signature(function).parameters.get("from_logits")
    except (TypeError, ValueError):
        return None
    return None if setting is None or not isinstance(setting.default, bool) else setting.default


def snake(name: str) -> str:
    """Returns a class name in snake case."""
    return _CAMEL.sub("_", name).lower().strip("<>")
