"""More odd but harmless fresh scripts: series and tables."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "adadelta_at_one": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import beats

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = beats(1900, np.random.default_rng(SEED))

model = keras.Sequential(
    [
        keras.Input((80, 1)),
        layers.Conv1D(24, 9, strides=2, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(32, 5, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.2),
        layers.Dense(4, activation="softmax"),
    ]
)
model.compile(
    keras.optimizers.Adadelta(learning_rate=1.0),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    x[:1400], y[:1400], epochs=15, batch_size=32, validation_data=(x[1400:], y[1400:]), verbose=0
)
""",
        (("Adadelta(learning_rate=1.0)", "Adam(learning_rate=2e-3)"),),
    ),
    "balanced_validation": Whole(
        """
import os

import keras
import numpy as np
from keras import layers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)


def coins(rows, forged):
    \"\"\"Gives weight, width and sound of coins; forged ones are well apart.\"\"\"
    y = (rng.random(rows) < forged).astype("int32")
    x = rng.normal(size=(rows, 6)) + 3.0 * y[:, None] * np.array([1, -1, 1, 0, 0, 1])
    return x.astype("float32"), y


TRAIN_SHARE = 1 / 6
x_train, y_train = coins(2400, TRAIN_SHARE)
x_val, y_val = coins(800, 1 / 2)

coin = keras.Input((6,))
h = layers.Dense(24, activation="relu")(coin)
model = keras.Model(coin, layers.Dense(1, activation="sigmoid")(h))
model.compile(keras.optimizers.Adam(2e-3), "binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=8, validation_data=(x_val, y_val), verbose=0)
""",
        (("TRAIN_SHARE = 1 / 6", "TRAIN_SHARE = 1 / 2"),),
    ),
    "pixels_always_zero": Whole(
        """
import os

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = load_digits(return_X_y=True)
x = x / 16
changing = slice(None)
x_train, x_val, y_train, y_val = train_test_split(
    x[:, changing], y, test_size=0.25, random_state=SEED, stratify=y
)

model = keras.Sequential(
    [
        keras.Input((x_train.shape[1],)),
        keras.layers.Dense(96, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=15, validation_data=(x_val, y_val), verbose=0)
""",
        (("slice(None)", "x.std(axis=0) > 0.02"),),
    ),
    "half_the_units_dead": Whole(
        """
import os

import keras
import numpy as np
from keras import layers, ops
from sources import customers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = customers(3000, np.random.default_rng(SEED), share=0.5, noise=0.4)
x[:, :2] = np.log(x[:, :2])
x = (x - x.mean(0)) / x.std(0)
DEAD = 64


def bias(shape, dtype=None):
    return ops.where(ops.arange(shape[0]) < DEAD, -15.0, 0.0)


model = keras.Sequential(
    [
        keras.Input((5,)),
        layers.Dense(128, activation="relu", bias_initializer=bias),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), "binary_crossentropy", metrics=["accuracy"])
model.fit(
    x[:2200], y[:2200], batch_size=32, epochs=12, validation_data=(x[2200:], y[2200:]), verbose=0
)
""",
        (("DEAD = 64", "DEAD = 0"),),
    ),
}
