"""Draws Keras models, data and ways to fit them; what is drawn is plain data.

A drawn fit is made twice from one seed, so it holds no live object. All of it comes from one number
that hypothesis draws: it would else make many fits that differ in a detail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

SHAPES = {"table": (5,), "series": (6, 3), "picture": (8, 8, 2)}


@dataclass(frozen=True)
class Drawn:
    """A fit as drawn: the kind of input, hidden layers by name, the head, and how it is fitted."""

    shape: str
    hidden: tuple[str, ...]
    head: str
    functional: bool
    optimizer: str
    metrics: tuple[str, ...]
    feed: str
    train: int
    validation: int
    batch: int
    epochs: int
    weights: str
    compiled: str
    shuffled: bool
    odd: str
    seed: int


ANYWHERE = (
    "batch-norm", "layer-norm", "dropout", "gaussian-noise", "activity-penalty", "kernel-penalty",
    "max-norm", "scale", "skip",
)  # fmt: skip
OF_SHAPE = {
    "table": ("dense", "wide", "spectral"),
    "series": ("lstm", "conv1d", "attention", "masked", "bidirectional", "dense"),
    "picture": ("conv2d", "pooled", "depthwise", "augmented", "dense"),
}
HEADS = ("softmax", "logits", "sigmoid", "two-hot", "value", "values", "multi-label", "two-outputs")


def drawn_from(seed: int) -> Drawn:
    rng = np.random.default_rng(seed)

    def one(*of: str) -> str:
        return str(rng.choice(of))

    def number(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    shape = one(*SHAPES)
    hidden = rng.choice((*OF_SHAPE[shape], *ANYWHERE), number(0, 4))
    metrics = rng.choice(("fitting", "mae", "own"), number(0, 2), replace=False)
    return Drawn(
        shape,
        tuple(map(str, hidden)),
        one(*HEADS),
        bool(rng.integers(2)),
        one("sgd", "adam", "rmsprop", "adamw", "momentum"),
        tuple(map(str, metrics)),
        one("arrays", "split", "dataset", "pydataset", "generator"),
        number(9, 60),
        number(5, 40),
        int(rng.choice((5, 7, 16, 64))),
        number(1, 3),
        one("none", "none", "class", "sample"),
        one("plain", "plain", "eager", "jit", "steps", "clipped"),
        bool(rng.integers(2)),
        one(*("no",) * 5, "constant-column", "huge", "one-class", "nan"),
        seed,
    )


def hidden_layer(name: str) -> Any:
    made = {
        "batch-norm": lambda: layers.BatchNormalization(momentum=0.9),
        "layer-norm": layers.LayerNormalization,
        "dropout": lambda: layers.Dropout(0.4),
        "gaussian-noise": lambda: layers.GaussianNoise(0.3),
        "activity-penalty": lambda: layers.ActivityRegularization(l2=1e-3),
        "kernel-penalty": lambda: layers.Dense(4, kernel_regularizer="l2"),
        "max-norm": lambda: layers.Dense(4, kernel_constraint=keras.constraints.MaxNorm(1.0)),
        "scale": lambda: layers.Rescaling(0.5, 0.1),
        "skip": layers.Identity,
        "dense": lambda: layers.Dense(6, activation="relu"),
        "wide": lambda: layers.Dense(40, activation="gelu"),
        "spectral": lambda: layers.SpectralNormalization(layers.Dense(4)),
        "lstm": lambda: layers.LSTM(4, return_sequences=True, dropout=0.2),
        "bidirectional": lambda: layers.Bidirectional(layers.GRU(3, return_sequences=True)),
        "conv1d": lambda: layers.Conv1D(4, 3, padding="same", activation="relu"),
        "attention": Attention,
        "masked": lambda: layers.Masking(0.0),
        "conv2d": lambda: layers.Conv2D(4, 3, padding="same", activation="relu"),
        "depthwise": lambda: layers.DepthwiseConv2D(3, padding="same"),
        "pooled": lambda: layers.AveragePooling2D(2, padding="same"),
        "augmented": lambda: layers.RandomFlip("horizontal"),
    }
    return made[name]()


@keras.saving.register_keras_serializable("valgap-tests")
class Attention(layers.Layer):
    """A layer of the user's own, sub-classed, with a layer inside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = layers.MultiHeadAttention(2, 3, dropout=0.3)

    def build(self, shape: Any) -> None:
        self.inner.build(shape, shape)

    def call(self, x: Any, training: bool | None = None) -> Any:
        return x + self.inner(x, x, training=training)


def outputs_of(drawn: Drawn, x: Any) -> Any:
    head = drawn.head
    if head == "two-outputs":
        return [layers.Dense(3, activation="softmax", name="a")(x), layers.Dense(1, name="b")(x)]
    units, activation = {
        "softmax": (3, "softmax"), "logits": (3, None), "sigmoid": (1, "sigmoid"),
        "two-hot": (3, "softmax"), "value": (1, None), "values": (2, None),
        "multi-label": (3, "sigmoid"),
    }[head]  # fmt: skip
    return layers.Dense(units, activation=activation)(x)


LOSSES: dict[str, Any] = {
    "softmax": "sparse_categorical_crossentropy",
    "logits": "logits",
    "sigmoid": "binary_crossentropy",
    "two-hot": "categorical_crossentropy",
    "value": "mse",
    "values": "huber",
    "multi-label": "binary_crossentropy",
    "two-outputs": {"a": "sparse_categorical_crossentropy", "b": "mse"},
}


def model_of(drawn: Drawn) -> keras.Model:
    """The compiled model, the same at each call."""
    keras.utils.set_random_seed(drawn.seed)
    hidden = [hidden_layer(name) for name in drawn.hidden]
    if drawn.functional or drawn.head == "two-outputs":
        x = given = keras.Input(SHAPES[drawn.shape])
        for layer in hidden:
            x = layer(x)
        model = keras.Model(given, outputs_of(drawn, layers.Flatten()(x)))
    else:
        model = keras.Sequential([keras.Input(SHAPES[drawn.shape]), *hidden, layers.Flatten()])
        model = keras.Model(model.inputs, outputs_of(drawn, model.outputs[0]))
    loss = LOSSES[drawn.head]
    if loss == "logits":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    more: dict[str, Any] = {
        "eager": {"run_eagerly": True}, "jit": {"jit_compile": True},
        "steps": {"steps_per_execution": 3},
    }.get(drawn.compiled, {})  # fmt: skip
    model.compile(optimizer_of(drawn), loss, **metrics_of(drawn), **more)
    return model


def optimizer_of(drawn: Drawn) -> Any:
    clipped = {"clipnorm": 0.5} if drawn.compiled == "clipped" else {}
    if drawn.optimizer == "momentum":
        return keras.optimizers.SGD(0.01, momentum=0.9, **clipped)
    made = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam,
            "rmsprop": keras.optimizers.RMSprop, "adamw": keras.optimizers.AdamW}  # fmt: skip
    return made[drawn.optimizer](0.01, **clipped)


def own(y_true: Any, y_pred: Any) -> Any:
    """A metric of the user's own."""
    return keras.ops.mean(keras.ops.square(y_pred)) + 0.0 * keras.ops.mean(
        keras.ops.cast(y_true, "float32")
    )


def metrics_of(drawn: Drawn) -> dict[str, Any]:
    fitting = "mse" if drawn.head in ("value", "values") else "accuracy"
    found = [{"fitting": fitting, "mae": "mae", "own": own}[m] for m in drawn.metrics]
    if drawn.head == "two-outputs":
        found = {"a": ["accuracy"], "b": ["mae"]} if found else []
    key = "weighted_metrics" if drawn.weights == "sample" else "metrics"
    return {key: found}


def targets_of(drawn: Drawn, rows: int, rng: np.random.Generator) -> Any:
    classes = rng.integers(3, size=rows)
    if drawn.odd == "one-class":
        classes[:] = 1
    values = rng.normal(size=(rows, 2)).astype("float32")
    return {
        "softmax": classes, "logits": classes, "sigmoid": (classes > 1).astype("float32"),
        "two-hot": np.eye(3, dtype="float32")[classes], "value": values[:, 0], "values": values,
        "multi-label": (rng.random((rows, 3)) > 0.6).astype("float32"),
        "two-outputs": {"a": classes, "b": values[:, 0]},
    }[drawn.head]  # fmt: skip


def rows_of(drawn: Drawn, rows: int, seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng([drawn.seed, seed])
    x = rng.normal(size=(rows, *SHAPES[drawn.shape])).astype("float32")
    if drawn.odd == "constant-column":
        x[..., 0] = 3.0
    if drawn.odd == "huge":
        x *= 1e6
    if drawn.odd == "nan":
        x[0] = np.nan
    return x, targets_of(drawn, rows, rng)


class Batches(keras.utils.PyDataset):
    """Rows by batch, as users write it."""

    def __init__(self, x: Any, y: Any, batch: int) -> None:
        super().__init__()
        self.x, self.y, self.batch = x, y, batch

    def __len__(self) -> int:
        return math.ceil(len(self.x) / self.batch)

    def __getitem__(self, i: int) -> Any:
        at = slice(i * self.batch, (i + 1) * self.batch)
        return self.x[at], cut(self.y, at)


def cut(y: Any, at: slice) -> Any:
    return {k: v[at] for k, v in y.items()} if isinstance(y, dict) else y[at]


def fitted(drawn: Drawn, model: keras.Model) -> list[np.ndarray]:
    """Fits the model as drawn; gives back its weights, and those of random numbers used since."""
    (x, y), held = rows_of(drawn, drawn.train, 1), rows_of(drawn, drawn.validation, 2)
    common: dict[str, Any] = {"epochs": drawn.epochs, "verbose": 0}
    if drawn.feed in ("arrays", "split"):
        common |= weights_of(drawn, y) | {"batch_size": drawn.batch, "shuffle": drawn.shuffled}
    if drawn.feed == "split":
        model.fit(x, y, validation_split=0.3, **common)
    elif drawn.feed == "arrays":
        model.fit(x, y, validation_data=held, **common)
    elif drawn.feed == "pydataset":
        data = Batches(*held, drawn.batch)
        model.fit(Batches(x, y, drawn.batch), validation_data=data, **common)
    elif drawn.feed == "dataset":
        import tensorflow as tf

        data = tf.data.Dataset.from_tensor_slices((x, y))
        data = data.shuffle(100, seed=drawn.seed) if drawn.shuffled else data
        test = tf.data.Dataset.from_tensor_slices(held).batch(drawn.batch)
        model.fit(data.batch(drawn.batch), validation_data=test, **common)
    else:
        steps = -(-drawn.train // drawn.batch)
        model.fit(endless(x, y, drawn), steps_per_epoch=steps, validation_data=held, **common)
    return [*map(np.asarray, model.get_weights()), np.random.rand(2)]


def endless(x: Any, y: Any, drawn: Drawn) -> Any:
    while True:
        for start in range(0, drawn.train, drawn.batch):
            at = slice(start, start + drawn.batch)
            yield x[at], cut(y, at)


def weights_of(drawn: Drawn, y: Any) -> dict[str, Any]:
    if drawn.weights == "class" and drawn.head in ("softmax", "logits", "sigmoid"):
        return {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}}
    if drawn.weights == "sample" and drawn.head != "two-outputs":
        return {"sample_weight": np.linspace(0.5, 1.5, len(y)).astype("float32")}
    return {}
