"""All that it takes to make a recorded fit again, in another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from valgap.evidence.records import Split
from valgap.evidence.signed import mark_of
from valgap.evidence.whole import put_by
from valgap.observe.adapted import NotCarriedError, weights_of, with_adapted
from valgap.observe.describe import one_line
from valgap.observe.kept_callbacks import callbacks_of
from valgap.observe.known import labels_at
from valgap.observe.live import LiveFit
from valgap.observe.packing import own_objects, packed, with_code_of
from valgap.observe.sources.base import Source, SourceUnreadableError
from valgap.observe.sources.nested import Nested, leaves

# Rows kept of one split, and how often random transforms of the pipeline are drawn.
MOST_BYTES, LOOK_ROWS, DRAWS = 256 << 20, 64, 3


@dataclass(frozen=True, slots=True)
class Rows:
    """One split, clean; `fed` holds draws of the inputs with the random transforms on.

    `w` holds sample weights, class weights included. Where `transformed`, random transforms of
    the pipeline cannot be turned off, and there is no clean row. `groups` is how many groups the
    rows are of, where those of one group are no rows of their own to judge by.
    """

    x: Nested
    y: Nested
    w: Nested = None
    fed: tuple[Nested, ...] = ()
    note: str | None = None
    transformed: bool = False
    groups: int | None = None

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(next(leaves(self.x)))


@dataclass(frozen=True, slots=True)
class Recipe:
    """A fit to be made again. Objects of Keras are configurations; what it lacks is `missing`.

    `custom` holds classes and functions of the user's own by name, `start` the weights that
    the fit began with; `trainable` is by the path of the layer. `draw` is the number of what
    experiments draw at random, as for a split; `groups` the group of each row by split and
    `subclasses` what kind of its class it is, where they are known.
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
    draw: int = 0
    groups: dict[Split, np.ndarray] = field(default_factory=dict)
    subclasses: dict[Split, np.ndarray] = field(default_factory=dict)

    def __setstate__(self, state: list[Any]) -> None:
        """Takes what was written, also before there were sub-labels."""
        named = dict(zip((f.name for f in fields(self)), state, strict=False))
        for name, value in ({"subclasses": {}} | named).items():
            object.__setattr__(self, name, value)


class NotRebuiltError(Exception):
    """A fit that cannot be made again, and what is missing."""


def recipe_of(
    live: LiveFit, start: list[np.ndarray] | None, most_bytes: int = MOST_BYTES
) -> Recipe:
    """Returns the recipe of a watched fit, once it has ended.

    Args:
        live: the fit, its model still there.
        start: the weights that it began with, None where it was not built by then.
        most_bytes: of the rows of a split; of more a part is used, which `notes` tell.

    Raises:
        NotRebuiltError: if the model, its loss or its rows cannot be had again.
    """
    import keras

    _refuse(live)
    record, model = live.record, live.model
    notes: list[str] = []
    known = live.known
    train, ids = _rows(live.sources.train, "training", notes, most_bytes)
    assert live.sources.validation is not None
    validation, held_out_ids = _rows(live.sources.validation, "validation", notes, most_bytes)
    return Recipe(
        backend=keras.backend.backend(),
        model=_knowing(_without_compiling(_packed(model, "the model")), model),
        custom=own_objects(model, live),
        optimizer=live.optimizer or _packed(model.optimizer, "the optimiser"),
        loss=packed(live.compiled.loss),
        loss_weights=live.compiled.loss_weights,
        metrics=packed(live.compiled.metrics),
        train=train,
        validation=validation,
        batch_size=record.train.batch_size or 32,
        epochs=live.asked_epochs or len(record.epochs),
        shuffle=record.train.shuffled is not False,
        steps_per_epoch=record.train.steps,
        class_weight=_class_weight(record.class_weight),
        callbacks=tuple(callbacks_of(live.callbacks, live.callback_states, notes)),
        trainable=dict(live.trainable),
        start=None if start is None else _not_adapted(start, model),
        seconds=record.seconds,
        notes=tuple(notes),
        groups=_known(known.group_numbers(), {"train": ids, "validation": held_out_ids}),
        subclasses=_known(known.subclasses, {"train": ids, "validation": held_out_ids}),
    )


def _known(told: Mapping[Split, Any], ids: dict[Split, np.ndarray]) -> dict[Split, np.ndarray]:
    found = {split: labels_at(np.asarray(labels), ids[split]) for split, labels in told.items()}
    known = {split: labels for split, labels in found.items() if labels is not None}
    return known if len(known) == len(ids) else {}


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


def _without_compiling(config: Any) -> Any:
    """The configuration of a model without what it was compiled with: that is kept apart."""
    return {k: v for k, v in config.items() if k != "compile_config"}


def _knowing(config: Any, model: Any) -> Any:
    try:
        return with_adapted(config, model)
    except NotCarriedError as error:
        raise NotRebuiltError(str(error)) from None


def _not_adapted(start: list[np.ndarray], model: Any) -> tuple[np.ndarray, ...]:
    """The weights without those that are in the configuration, see `adapted`."""
    there = weights_of(model)
    if len(start) != len(model.weights):
        return tuple(start)
    return tuple(value for value, w in zip(start, model.weights, strict=True) if id(w) not in there)


def _rows(source: Source, split: str, notes: list[str], most_bytes: int) -> tuple[Rows, np.ndarray]:
    """The rows of a split, and which ones they are."""
    try:
        look = source.read("fed", LOOK_ROWS)
        size = sum(leaf.nbytes for part in (look.x, look.y, look.w) for leaf in leaves(part))
        random = source.record.transforms in ("known", "opaque")
        copies = 1 + (DRAWS if random else 0)
        limit = int(most_bytes / copies * look.rows / max(1, size))
        clean = source.read("clean" if source.record.transforms == "known" else "fed", limit)
        draws = range(DRAWS) if random else ()
        fed = tuple(source.read("fed", limit, draw=draw).x for draw in draws)
    except SourceUnreadableError as error:
        raise NotRebuiltError(f"{split} rows: {error}") from None
    notes += _left_out(source.record.rows, clean.rows, split, limit)
    opaque = source.record.transforms == "opaque"
    return Rows(clean.x, clean.y, clean.w, fed, clean.note, transformed=opaque), clean.ids


def _left_out(total: int | None, kept: int, split: str, limit: int) -> Iterator[str]:
    """Says where not all rows of a split are kept, and why."""
    if total is None or kept >= total:
        return
    most = f"a split is kept up to {MOST_BYTES >> 20} MB, draws of random transforms included"
    why = most if total > limit else "of what passes once a sample is kept"
    yield f"{kept} of {total} {split} rows are used: {why}"


def _class_weight(weights: Any) -> dict[int, float] | None:
    return None if not weights else {int(float(k)): float(v) for k, v in weights.items()}


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Writes a recipe at one stroke, marked as the user's own: no other is read without asking.

    Raises:
        NotRebuiltError: if something in it cannot be sent to another process.
        OSError: if it cannot be written.
    """
    import cloudpickle

    try:
        with with_code_of(*own_in(recipe)):
            data = cloudpickle.dumps(recipe, protocol=5)
    except Exception as error:
        raise NotRebuiltError(f"it cannot leave the process: {one_line(error)}") from None
    put_by(path, lambda file: file.writelines((data, mark_of(data))))


def own_in(recipe: Recipe) -> tuple[Any, ...]:
    """Gives back what may be the user's own in a recipe: classes and functions."""
    return (*recipe.custom.values(), *map(type, recipe.callbacks))
