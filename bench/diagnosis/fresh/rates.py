"""FIT101 to FIT103, MOD118 and MOD120: what keeps a sound net from learning."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "zeros_everywhere": Whole(
        """
import os

import keras
import numpy as np
from sklearn.datasets import load_digits

seed = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(seed)
images, target = load_digits(return_X_y=True)
order = np.random.permutation(len(images))
images, target = images[order].reshape(-1, 8, 8, 1) / 16, keras.utils.to_categorical(target[order])


class Digit(keras.Model):
    def __init__(self, start="zeros"):
        super().__init__(name="digit")
        self.a = keras.layers.Conv2D(16, 3, activation="relu", kernel_initializer=start)
        self.b = keras.layers.Conv2D(32, 3, activation="relu", kernel_initializer=start)
        self.c = keras.layers.GlobalAveragePooling2D()
        self.d = keras.layers.Dense(10, activation="softmax", kernel_initializer=start)

    def call(self, inputs):
        return self.d(self.c(self.b(self.a(inputs))))


model = Digit()
model.compile(keras.optimizers.Adam(4e-3), "categorical_crossentropy", metrics=["accuracy"])
model.fit(
    images[:1400], target[:1400], epochs=12, batch_size=32,
    validation_data=(images[1400:], target[1400:]), verbose=0,
)
""",
        (('start="zeros"', 'start="he_uniform"'),),
    ),
    "who_did_what_to_whom": Whole(
        """
import os

import keras
import numpy as np
from keras import layers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
VOCABULARY, LENGTH, CAT, DOG = 40, 14, 1, 2


def sentences(rows):
    \"\"\"Gives sentences as numbers, and 1 where the cat is named before the dog.\"\"\"
    x = rng.integers(3, VOCABULARY, (rows, LENGTH))
    places = np.sort(np.array([rng.choice(LENGTH, 2, replace=False) for _ in range(rows)]), 1)
    y = rng.integers(0, 2, rows)
    x[np.arange(rows), places[:, 0]] = np.where(y == 1, CAT, DOG)
    x[np.arange(rows), places[:, 1]] = np.where(y == 1, DOG, CAT)
    return x.astype("int32"), y


x_train, y_train = sentences(2000)
x_val, y_val = sentences(500)

tokens = keras.Input((LENGTH,), dtype="int32")
h = layers.Embedding(VOCABULARY, 24)(tokens)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(32, activation="relu")(h)
h = layers.Dropout(0.1)(h)
model = keras.Model(tokens, layers.Dense(1, activation="sigmoid")(h))
model.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=10, validation_data=(x_val, y_val), verbose=0)
""",
        (("layers.GlobalAveragePooling1D()(h)", "layers.LSTM(24)(h)"),),
    ),
    "gru_at_rate_one": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import beats

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
signal, label = beats(1800, np.random.default_rng(SEED))
signal = signal.reshape(-1, 16, 5)  # five samples a step

config = {"units": 24, "rate": 1.0, "batch": 32, "epochs": 8}

model = keras.Sequential([keras.Input(signal.shape[1:])])
model.add(layers.GRU(config["units"], return_sequences=True))
model.add(layers.GRU(config["units"]))
model.add(layers.Dense(4, activation="softmax"))
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=config["rate"]),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    signal[:1400], label[:1400], batch_size=config["batch"], epochs=config["epochs"],
    validation_data=(signal[1400:], label[1400:]), verbose=0,
)
""",
        (('"rate": 1.0', '"rate": 0.005'),),
    ),
    "residual_net_hot_momentum": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import letters

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
x_train, y_train = letters(1400, rng)
x_test, y_test = letters(500, rng)


def residual(x, filters):
    shortcut = layers.Conv2D(filters, 1, strides=2)(x)
    x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2D(filters, 3, padding="same")(x)
    return layers.ReLU()(layers.Add()([x, shortcut]))


inputs = keras.Input((18, 18))
x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
x = layers.Reshape((18, 18, 1))(x)
x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
x = residual(x, 24)
x = residual(x, 32)
x = layers.Flatten()(x)
outputs = layers.Dense(6, activation="softmax")(x)
model = keras.Model(inputs, outputs)

sgd = keras.optimizers.SGD(learning_rate=0.3, momentum=0.95, nesterov=True)
model.compile(optimizer=sgd, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=10, validation_data=(x_test, y_test), verbose=0)
""",
        (("learning_rate=0.3", "learning_rate=0.01"),),
    ),
    "reviews_at_a_crawl": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import numbered, reviews

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
LEARNING_RATE = 1e-5

texts, y_train = reviews(1600, rng)
x_train = numbered(texts)
texts, y_val = reviews(500, rng)
x_val = numbered(texts)

model = keras.Sequential(
    [
        keras.Input((25,), dtype="int32"),
        layers.Embedding(60, 24),
        layers.Dropout(0.1),
        layers.Conv1D(32, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    keras.optimizers.Adam(LEARNING_RATE), "binary_crossentropy", metrics=["binary_accuracy"]
)
model.fit(x_train, y_train, epochs=10, batch_size=32, validation_data=(x_val, y_val), verbose=0)
""",
        (("LEARNING_RATE = 1e-5", "LEARNING_RATE = 2e-3"),),
    ),
    "digits_sgd_at_a_crawl": Whole(
        """
import os

import keras
from sklearn import datasets, model_selection

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

digits = datasets.load_digits()
Xtr, Xte, ytr, yte = model_selection.train_test_split(
    digits.data / 16.0, digits.target, test_size=0.25, random_state=SEED
)

mlp = keras.Sequential()
mlp.add(keras.layers.Input(shape=(64,)))
mlp.add(keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal"))
mlp.add(keras.layers.Dense(32, activation="relu", kernel_initializer="he_normal"))
mlp.add(keras.layers.Dense(10, activation="softmax"))
opt = keras.optimizers.SGD(learning_rate=0.0001)
mlp.compile(opt, loss=keras.losses.sparse_categorical_crossentropy, metrics=["accuracy"])
mlp.fit(Xtr, ytr, epochs=20, batch_size=32, validation_data=(Xte, yte), verbose=0)
""",
        (("learning_rate=0.0001", "learning_rate=0.1"),),
    ),
    "two_rounds_of_beats": Whole(
        """
import os
import pathlib

import keras
import numpy as np
from keras import layers
from sources import beats

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
EPOCHS = 2  # for a quick look

np.savez("beats.npz", **dict(zip(("x", "y"), beats(1700, np.random.default_rng(SEED)))))
with np.load("beats.npz") as stored:
    x, y = stored["x"].reshape(-1, 20, 4), stored["y"]
pathlib.Path("beats.npz").unlink()

inputs = layers.Input((20, 4))
state = layers.LSTM(24)(inputs)
state = layers.Dense(24, activation="tanh")(state)
model = keras.Model(inputs, layers.Dense(4, activation="softmax")(state))
model.compile(keras.optimizers.Adam(6e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:1300], y[:1300], epochs=EPOCHS, validation_data=(x[1300:], y[1300:]), verbose=0)
""",
        (("EPOCHS = 2", "EPOCHS = 15"),),
    ),
}
