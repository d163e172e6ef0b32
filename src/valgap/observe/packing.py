"""Objects of Keras and of the user's own, as they can be sent to another process."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valgap.observe.live import LiveFit


@dataclass(frozen=True, slots=True)
class OwnLoss:
    """A loss whose settings stand in no configuration: its class, and what it holds."""

    cls: type
    held: dict[str, Any]

    @property
    def __name__(self) -> str:
        """That of its class."""
        return self.cls.__name__


def packed(value: Any) -> Any:
    """Returns a value with the objects of Keras in it as configurations."""
    import keras

    if isinstance(value, (list, tuple)):
        return [packed(v) for v in value]
    if isinstance(value, dict):
        return {k: packed(v) for k, v in value.items()}
    if isinstance(value, keras.Loss) and type(value).get_config is keras.Loss.get_config:
        return OwnLoss(type(value), {k: packed(v) for k, v in vars(value).items()})
    if isinstance(value, (keras.Loss, keras.Metric, keras.optimizers.Optimizer, keras.Model)):
        return keras.saving.serialize_keras_object(value)
    return value


def own_objects(model: Any, live: LiveFit) -> dict[str, Any]:
    """Returns classes and functions of the user's own that the configurations name."""
    found: dict[str, Any] = {}
    compiled = live.compiled
    layers = [model, *model._flatten_layers(include_self=False)]
    others = [*_flat(compiled.loss), *_flat(compiled.metrics), model.optimizer]
    for owner in [*layers, *others]:
        for thing in (owner, *getattr(owner, "__dict__", {}).values()):
            named = thing if inspect.isfunction(thing) or inspect.isclass(thing) else type(thing)
            if is_own(named):
                found[named.__name__] = named
    return found


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [v for part in value.values() for v in _flat(part)]
    return (
        [v for part in value for v in _flat(part)] if isinstance(value, (list, tuple)) else [value]
    )


def is_own(named: Any) -> bool:
    """Returns whether a class or function comes from neither a library nor Python itself."""
    name = str(getattr(named, "__module__", None))
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if name == "__main__":
        return True
    if file is None or name.partition(".")[0] in sys.stdlib_module_names:
        return False
    return not {"site-packages", "dist-packages", "valgap"} & set(Path(file).parts)


@contextmanager
def with_code_of(*things: Any) -> Iterator[None]:
    """Has classes and functions of the user's own pickled with their modules' code.

    The process that reads them may run elsewhere, where these modules cannot be imported.
    """
    import cloudpickle

    names = {thing.__module__ for thing in things if is_own(thing)} - {"__main__"}
    own = [sys.modules[name] for name in sorted(names)]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)
