"""MOD106 to MOD120: layers that normalise, drop, attend or start in the wrong way."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "slow_statistics": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import letters

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)

x_train, y_train = letters(1200, rng)
x_val, y_val = letters(500, rng)
x_train, x_val = x_train[..., None] / 255, x_val[..., None] / 255


def conv_bn(tensor, filters, stride=1):
    tensor = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(tensor)
    tensor = layers.BatchNormalization(momentum=0.999)(tensor)
    return layers.ReLU()(tensor)


picture = keras.Input((18, 18, 1))
t = conv_bn(picture, 16)
t = conv_bn(t, 24, stride=2)
t = conv_bn(t, 32, stride=2)
t = layers.GlobalMaxPooling2D()(t)
model = keras.Model(picture, layers.Dense(6, activation="softmax")(t))
model.compile(
    loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.Adam(2e-3), metrics=["acc"]
)
model.fit(x_train, y_train, batch_size=64, epochs=10, validation_data=(x_val, y_val), verbose=0)
""",
        (("momentum=0.999", "momentum=0.9"),),
    ),
    "spatial_dropout_series": Whole(
        """
import os

import keras
import numpy as np
from keras.layers import Conv1D, Dense, Dropout, GlobalMaxPooling1D, SpatialDropout1D
from sources import beats

np_rng = np.random.default_rng(int(os.environ.get("SEED", "0")))
keras.utils.set_random_seed(int(os.environ.get("SEED", "0")))
x, y = beats(1800, np_rng)

SPATIAL, FINAL = 0.9, 0.8
model = keras.Sequential(
    [
        keras.Input((80, 1)),
        Conv1D(32, 9, strides=2, padding="same", activation="relu"),
        SpatialDropout1D(SPATIAL),
        Conv1D(32, 7, strides=2, padding="same", activation="relu"),
        SpatialDropout1D(SPATIAL),
        GlobalMaxPooling1D(),
        Dense(32, activation="relu"),
        Dropout(FINAL),
        Dense(4, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    x[:1300], y[:1300], epochs=12, batch_size=32, validation_data=(x[1300:], y[1300:]), verbose=0
)
""",
        (("SPATIAL, FINAL = 0.9, 0.8", "SPATIAL, FINAL = 0.05, 0.2"),),
    ),
    "decay_on_every_kernel": Whole(
        """
import os

import keras
import numpy as np
from keras import regularizers
from sources import numbered, reviews

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
texts, pleased = reviews(2000, np.random.default_rng(SEED))
words = numbered(texts)


def make(decay=0.3):
    penalty = regularizers.L2(decay)
    tokens = keras.Input((25,), dtype="int32")
    x = keras.layers.Embedding(60, 16, embeddings_regularizer=penalty)(tokens)
    x = keras.layers.Conv1D(32, 3, activation="relu", kernel_regularizer=penalty)(x)
    x = keras.layers.GlobalMaxPooling1D()(x)
    x = keras.layers.Dense(16, activation="relu", kernel_regularizer=penalty)(x)
    x = keras.layers.Dense(1, activation="sigmoid", kernel_regularizer=penalty)(x)
    return keras.Model(tokens, x)


model = make()
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(
    words[:1500], pleased[:1500], batch_size=32, epochs=10,
    validation_data=(words[1500:], pleased[1500:]), verbose=0,
)
""",
        (("decay=0.3", "decay=1e-5"),),
    ),
    "attention_over_an_axis_of_one": Whole(
        """
import os

import keras
import numpy as np
from keras import layers, ops

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)


def machine(rows, steps=40):
    \"\"\"Gives six sensors of a machine; one loud step says which of three parts is worn.\"\"\"
    part = rng.integers(0, 3, rows)
    x = rng.normal(0, 1.0, (rows, steps, 6))
    at = rng.integers(0, steps, rows)
    x[np.arange(rows), at, :3] = 2.5 * np.eye(3)[part] + rng.normal(0, 0.3, (rows, 3))
    x[np.arange(rows), at, 3:] = 4.5
    return x.astype("float32"), part


class StepAttention(layers.Layer):
    \"\"\"Weighs the steps of a series by a score of each and sums them.\"\"\"

    def build(self, shape):
        self.score = layers.Dense(1)
        self.score.build(shape)
        super().build(shape)

    def call(self, steps):
        weight = ops.softmax(self.score(steps), axis=-1)
        return ops.sum(weight * steps, axis=1) / ops.sum(weight, axis=1)


x_train, y_train = machine(2000)
x_val, y_val = machine(600)

series = keras.Input((40, 6))
pooled = StepAttention()(series)
hidden = layers.Dense(32, activation="relu")(pooled)
model = keras.Model(series, layers.Dense(3, activation="softmax")(hidden))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=18, validation_data=(x_val, y_val), verbose=0)
""",
        (("axis=-1)", "axis=1)"),),
    ),
    "relus_pushed_under": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import customers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = customers(2400, np.random.default_rng(SEED), share=0.5)
x = (x - x.mean(axis=0)) / x.std(axis=0)


class Threshold(keras.initializers.Initializer):
    \"\"\"Starts biases at the threshold of our old rule.\"\"\"

    def __init__(self, at):
        self.at = at

    def __call__(self, shape, dtype=None, **kwargs):
        return keras.ops.full(shape, self.at, dtype=dtype)


model = keras.Sequential(
    [
        keras.Input((5,)),
        layers.Dense(48, activation="relu", bias_initializer=Threshold(-12.0)),
        layers.Dense(24, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), "binary_crossentropy", metrics=["binary_accuracy"])
model.fit(x[:1800], y[:1800], epochs=10, validation_data=(x[1800:], y[1800:]), verbose=0)
""",
        (("Threshold(-12.0)", "Threshold(0.0)"),),
    ),
    "recurrent_units_saturated": Whole(
        """
import os

import keras
import numpy as np
from keras import initializers, layers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)


def swings(rows, steps=24):
    \"\"\"Gives series that swing about 0, and whether the mean lies above 0.\"\"\"
    level = rng.normal(0, 1, (rows, 1))
    x = level + rng.normal(0, 1, (rows, steps)) * np.linspace(1.5, 0.5, steps)
    return x[..., None].astype("float32"), (level[:, 0] > 0).astype("int32")


train, held = swings(1500), swings(500)
wide = initializers.RandomNormal(stddev=10.0)
net = keras.Sequential(name="rnn")
net.add(keras.Input((24, 1)))
net.add(layers.SimpleRNN(24, kernel_initializer=wide, recurrent_initializer=wide))
net.add(layers.Dense(1, activation="sigmoid"))
net.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
net.fit(*train, epochs=12, batch_size=32, validation_data=held, verbose=0)
""",
        (
            (
                "initializers.RandomNormal(stddev=10.0)",
                "initializers.Orthogonal()",
            ),
        ),
    ),
}
