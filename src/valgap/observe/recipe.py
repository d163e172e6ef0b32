"""All that it takes to make a recorded fit again, in another process."""

from __future__ import annotations

import copy
import inspect
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from valgap.observe.describe import flat_callbacks, one_line
from valgap.observe.live import LiveFit
from valgap.observe.sources.base import Source, SourceUnreadableError
from valgap.observe.sources.nested import Nested, leaves

# Rows kept of one split, and how often random transforms of the pipeline are drawn.
MOST_BYTES, LOOK_ROWS, DRAWS = 256 << 20, 64, 3
# What a callback holds is noted before a fit where it is plain, or so many values at most.
_PLAIN, MOST_VALUES = (bool, int, float, complex, str, bytes, tuple, type(None)), 10_000
# They write or print, and change nothing that is learned.
_WITHOUT_EFFECT = (
    *("BackupAndRestore", "CSVLogger", "History", "ModelCheckpoint", "ProgbarLogger"),
    *("RemoteMonitor", "TensorBoard"),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """One split, clean; `fed` holds draws of the inputs with the random transforms on.

    `w` holds sample weights, class weights included.
    """

    x: Nested
    y: Nested
    w: Nested = None
    fed: tuple[Nested, ...] = ()
    note: str | None = None

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(next(leaves(self.x)))


@dataclass(frozen=True, slots=True)
class Recipe:
    """A fit to be made again. Objects of Keras are configurations; what it lacks is `missing`.

    `custom` holds classes and functions of the user's own by name, `start` the weights that
    the fit began with; `trainable` is by the path of the layer.
    """

    backend: str
    model: Any
    custom: dict[str, Any]
    optimizer: Any
    loss: Any
    loss_weights: Any
    metrics: Any
    train: Rows
    validation: Rows
    batch_size: int
    epochs: int
    shuffle: bool = True
    steps_per_epoch: int | None = None
    class_weight: dict[int, float] | None = None
    callbacks: tuple[Any, ...] = ()
    trainable: dict[str, bool] = field(default_factory=dict)
    start: tuple[np.ndarray, ...] | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnLoss:
    """A loss whose settings stand in no configuration: its class, and what it holds."""

    cls: type
    held: dict[str, Any]

    @property
    def __name__(self) -> str:
        """That of its class."""
        return self.cls.__name__


class NotRebuiltError(Exception):
    """A fit that cannot be made again, and what is missing."""


def recipe_of(live: LiveFit, start: list[np.ndarray] | None) -> Recipe:
    """Returns the recipe of a watched fit, once it has ended.

    Args:
        live: the fit, its model still there.
        start: the weights that it began with, None where it was not built by then.

    Raises:
        NotRebuiltError: if the model, its loss or its rows cannot be had again.
    """
    import keras

    _refuse(live)
    record, model = live.record, live.model
    notes: list[str] = []
    train = _rows(live.sources.train, "training", notes)
    assert live.sources.validation is not None
    return Recipe(
        backend=keras.backend.backend(),
        model=_without_compiling(_packed(model, "the model")),
        custom=_own_objects(model, live),
        optimizer=live.optimizer or _packed(model.optimizer, "the optimiser"),
        loss=packed(live.compiled.loss),
        loss_weights=live.compiled.loss_weights,
        metrics=packed(live.compiled.metrics),
        train=train,
        validation=_rows(live.sources.validation, "validation", notes),
        batch_size=record.train.batch_size or 32,
        epochs=live.asked_epochs or len(record.epochs),
        shuffle=record.train.shuffled is not False,
        steps_per_epoch=record.train.steps,
        class_weight=_class_weight(record.class_weight),
        callbacks=tuple(_callbacks(live.callbacks, live.callback_states, notes)),
        trainable=dict(live.trainable),
        start=None if start is None else tuple(start),
        seconds=record.seconds,
        notes=tuple(notes),
    )


def optimizer_before(model: Any) -> Any:
    """Returns the configuration of an optimiser at the start of a fit; None if it has none."""
    try:
        return packed(getattr(model, "optimizer", None))
    except Exception:  # get_config of a schedule of the user's own
        return None


def states_before(callbacks: Any) -> tuple[dict[str, Any], ...]:
    """Returns the plain values that each callback holds at the start of a fit.

    Callbacks of one's own may count over all fits that they see; what is large is left alone.
    """
    return tuple(
        {k: v if isinstance(v, _PLAIN) else copy.copy(v) for k, v in _small_values(callback)}
        for callback in flat_callbacks(callbacks)
    )


def _small_values(callback: Any) -> Iterator[tuple[str, Any]]:
    for name, value in getattr(callback, "__dict__", {}).items():
        few = type(value) in (list, dict, set) and len(value) <= MOST_VALUES
        if isinstance(value, _PLAIN) or few:
            yield name, value


def _refuse(live: LiveFit) -> None:
    if live.model is None:
        raise NotRebuiltError(live.released or "the model is gone")
    if live.overridden:
        raise NotRebuiltError(f"the model has a {live.overridden[0]} of its own")
    if live.sources.validation is None:
        raise NotRebuiltError("there was no validation data to judge by")
    if not getattr(live.model, "compiled", False):
        raise NotRebuiltError("the model is not compiled")


def _packed(value: Any, what: str) -> Any:
    try:
        return packed(value)
    except Exception as error:  # get_config is the user's own code
        raise NotRebuiltError(f"{what} has no configuration: {one_line(error)}") from None


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


def _without_compiling(config: Any) -> Any:
    """The configuration of a model without what it was compiled with: that is kept apart."""
    return {k: v for k, v in config.items() if k != "compile_config"}


def _own_objects(model: Any, live: LiveFit) -> dict[str, Any]:
    """Classes and functions of the user's own that the configurations name."""
    found: dict[str, Any] = {}
    compiled = live.compiled
    layers = [model, *model._flatten_layers(include_self=False)]
    others = [*_flat(compiled.loss), *_flat(compiled.metrics), model.optimizer]
    for owner in [*layers, *others]:
        for thing in (owner, *getattr(owner, "__dict__", {}).values()):
            named = thing if inspect.isfunction(thing) or inspect.isclass(thing) else type(thing)
            if _is_own(named):
                found[named.__name__] = named
    return found


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [v for part in value.values() for v in _flat(part)]
    return (
        [v for part in value for v in _flat(part)] if isinstance(value, (list, tuple)) else [value]
    )


def _is_own(named: Any) -> bool:
    """Whether a class or function comes from neither a library nor Python itself."""
    name = str(getattr(named, "__module__", None))
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if name == "__main__":
        return True
    if file is None or name.partition(".")[0] in sys.stdlib_module_names:
        return False
    return not {"site-packages", "dist-packages", "valgap"} & set(Path(file).parts)


def _rows(source: Source, split: str, notes: list[str]) -> Rows:
    try:
        look = source.read("fed", LOOK_ROWS)
        size = sum(leaf.nbytes for part in (look.x, look.y, look.w) for leaf in leaves(part))
        random = source.record.transforms in ("known", "opaque")
        copies = 1 + (DRAWS if random else 0)
        limit = int(MOST_BYTES / copies * look.rows / max(1, size))
        clean = source.read("clean" if source.record.transforms == "known" else "fed", limit)
        draws = range(DRAWS) if random else ()
        fed = tuple(source.read("fed", limit, draw=draw).x for draw in draws)
    except SourceUnreadableError as error:
        raise NotRebuiltError(f"{split} rows: {error}") from None
    total = source.record.rows
    if total is not None and clean.rows < total:
        notes.append(f"{clean.rows} of {total} {split} rows are used")
    return Rows(clean.x, clean.y, clean.w, fed, clean.note)


def _class_weight(weights: Any) -> dict[int, float] | None:
    return None if not weights else {int(float(k)): float(v) for k, v in weights.items()}


def _callbacks(
    callbacks: Any, states: tuple[dict[str, Any], ...], notes: list[str]
) -> Iterator[Any]:
    """Copies as before the fit, without the model; of one's own those that can be sent away."""
    import cloudpickle

    for callback, before in itertools.zip_longest(flat_callbacks(callbacks), states):
        name = type(callback).__name__
        if callback is None or name in _WITHOUT_EFFECT:
            continue
        made = copy.copy(callback)
        vars(made).update(before or {})
        for held in ("_model", "best_weights", "validation_data"):
            if held in vars(made):
                setattr(made, held, None)
        try:
            cloudpickle.dumps(made)
        except Exception as error:  # whatever it holds raises
            notes.append(f"without the callback {name}: {one_line(error)}")
            continue
        yield made


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Writes a recipe at one stroke. It is read by our own processes alone.

    Raises:
        NotRebuiltError: if something in it cannot be sent to another process.
        OSError: if it cannot be written.
    """
    import cloudpickle

    named = (*recipe.custom.values(), *map(type, recipe.callbacks))
    names = {thing.__module__ for thing in named if _is_own(thing)} - {"__main__"}
    own = [sys.modules[name] for name in sorted(names)]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        data = cloudpickle.dumps(recipe, protocol=5)
    except Exception as error:
        raise NotRebuiltError(f"it cannot leave the process: {one_line(error)}") from None
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.tmp")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)  # the report is still to be written, on the same disk
        raise
