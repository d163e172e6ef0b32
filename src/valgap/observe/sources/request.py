"""What a reader of one split is made from: the arguments of `fit` that concern it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from valgap.observe.sources.base import Split
from valgap.observe.sources.nested import Nested, leaves


@dataclass(frozen=True)
class Request:
    """One split of one fit. `rows` are the first and one past the last row of arrays.

    `training` is what the training split is fed from, where this is the validation split.
    `epochs` is the number of epochs asked for.
    """

    split: Split
    x: Any
    y: Nested = None
    w: Nested = None
    batch_size: int | None = None
    steps: int | None = None
    shuffle: object = False
    class_weight: Mapping[int, float] | None = None
    rows: tuple[int, int] | None = None
    training: Any = None
    epochs: int = 1


def requests(arguments: Mapping[str, Any], epochs: int) -> tuple[Request, Request | None]:
    """Resolves the arguments of `fit` as Keras does, without touching the data.

    `steps_per_execution`, which `compile` takes, may stand among them.
    """
    given = arguments.get
    x, y, w = given("x"), given("y"), given("sample_weight")
    data, split = given("validation_data"), None
    fraction: float = given("validation_split") or 0.0
    if data is None and fraction:
        split = math.floor(length(x) * (1.0 - fraction))
        data = (x, y, w)
    shuffle = given("shuffle")
    train = Request(
        "train",
        x,
        y,
        w,
        batch_size=given("batch_size"),
        steps=given("steps_per_epoch"),
        shuffle=True if shuffle is None else shuffle,
        class_weight=given("class_weight"),
        rows=None if split is None else (0, split),
        epochs=epochs,
    )
    if data is None:
        return train, None
    validation = Request(
        "validation",
        *_unpacked(data),
        batch_size=given("validation_batch_size") or given("batch_size"),
        steps=_executed(given("validation_steps"), given("steps_per_execution")),
        rows=None if split is None else (split, length(x)),
        training=x,
        epochs=epochs,
    )
    return train, validation


def _executed(steps: int | None, at_once: int | None) -> int | None:
    """The steps that an evaluation makes: whole executions of `at_once` steps each."""
    return steps if not steps or not at_once else -(-steps // at_once) * at_once


def length(x: Nested) -> int:
    """The number of rows of arrays, by the first one."""
    return next((int(leaf.shape[0]) for leaf in leaves(x)), 0)


def _unpacked(data: Any) -> tuple[Any, Nested, Nested]:
    # As keras.utils.unpack_x_y_sample_weight.
    if not isinstance(data, (tuple, list)):
        return data, None, None
    x, y, w = (*data, None, None)[:3]
    return x, y, w
