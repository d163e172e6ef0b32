"""What the tests of the readers share: a small model, and its figures over a table."""

import random

import keras
import numpy as np
import tensorflow as tf

from valgap.observe.sources.base import Source, Table
from valgap.observe.sources.make import make_sources

SIDE = 8


def images(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images that are told apart by a number in their corner, and labels in order."""
    draw = np.random.default_rng(seed)
    x = draw.uniform(size=(rows, SIDE, SIDE, 3)).astype("float32")
    return x, np.sort(draw.integers(0, 3, rows))


def image_model() -> keras.Model:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def loss_over(model: keras.Model, table: Table) -> float:
    """The loss as `evaluate` logs it: a mean over rows, batch by batch."""
    total = 0.0
    for (x, y, w), size in zip(table.batches(), table.sizes, strict=True):
        logs = model.test_on_batch(x, y, sample_weight=w, return_dict=True)
        total += float(logs["loss"]) * size
    return total / table.rows


def sources(**fit_arguments: object) -> tuple[Source, Source]:
    made = make_sources(fit_arguments, epochs=1)
    assert made.validation is not None
    return made.train, made.validation


def random_states() -> list[object]:
    keys = np.random.get_state()[1].tobytes(), np.random.get_state()[2]
    context = tf.python.eager.context.context() if hasattr(tf, "python") else None
    eager = getattr(getattr(context, "_rng", None), "getstate", lambda: None)()
    return [random.getstate(), keys, eager]


def by_id(table: Table) -> dict[int, bytes]:
    return {int(i): table.x[n].tobytes() for n, i in enumerate(table.ids)}


def multiset(x: np.ndarray) -> list[bytes]:
    return sorted(row.tobytes() for row in x)
