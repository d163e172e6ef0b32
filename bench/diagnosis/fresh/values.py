"""DAT305 to DAT307: gaps, pixels divided twice, prices in full."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "sensor_gaps": Whole(
        """
import os

import keras
import numpy as np
from keras.layers import GRU, Dense, Input
from sources import beats

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)

series, target = beats(1600, rng)
# the lead came off now and then
for row in rng.choice(1200, 8, replace=False):
    start = rng.integers(0, 60)
    series[row, start : start + 12] = np.nan

x_train, x_valid = series[:1200], series[1200:]
y_train, y_valid = (keras.utils.to_categorical(part, 4) for part in (target[:1200], target[1200:]))

i = Input((80, 1))
h = keras.layers.Conv1D(24, 8, strides=4, activation="relu")(i)
h = GRU(24)(h)
o = Dense(4, activation="softmax")(h)
m = keras.Model(i, o)
m.compile(keras.optimizers.Adam(5e-3), "categorical_crossentropy", metrics=["accuracy"])
m.fit(x_train, y_train, epochs=10, batch_size=32, validation_data=(x_valid, y_valid), verbose=0)
""",
        (("\nx_train, x_valid = ", "\nseries = np.nan_to_num(series)\nx_train, x_valid = "),),
    ),
    "divided_here_and_in_the_model": Whole(
        """
import os

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)


def load():
    \"\"\"Gives digits, split and scaled.\"\"\"
    data = load_digits()
    pixels = np.round(data.images * 255 / 16)
    pixels = pixels[..., np.newaxis] / 255.0
    return train_test_split(pixels, data.target, test_size=0.3, random_state=SEED)


class Classifier(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.scale = keras.layers.Rescaling(1.0 / 255)
        self.conv = keras.layers.Conv2D(24, 3, activation="relu")
        self.pool = keras.layers.AveragePooling2D(2)
        self.flat = keras.layers.Flatten()
        self.hidden = keras.layers.Dense(48, activation="relu")
        self.out = keras.layers.Dense(classes, activation="softmax")

    def call(self, images):
        x = self.pool(self.conv(self.scale(images)))
        return self.out(self.hidden(self.flat(x)))


x_train, x_test, y_train, y_test = load()
model = Classifier(10)
model.compile(
    optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=32, epochs=15, validation_data=(x_test, y_test), verbose=0)
""",
        (("pixels[..., np.newaxis] / 255.0", "pixels[..., np.newaxis]"),),
    ),
    "house_prices_in_full": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sklearn.preprocessing import StandardScaler
from sources import houses

seed = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(seed)
rng = np.random.default_rng(seed)

columns, prices = houses(1800, rng)
columns = StandardScaler().fit(columns[:1400]).transform(columns)
train, valid = slice(0, 1400), slice(1400, None)

model = keras.Sequential(
    [
        keras.Input((4,)),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.05),
        layers.Dense(64, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile(loss="mean_absolute_error", optimizer="adam", metrics=["mape"])
model.fit(
    columns[train], prices[train], epochs=30, batch_size=32,
    validation_data=(columns[valid], prices[valid]), verbose=0,
)
""",
        (
            ("\ntrain, valid =", "\nprices = (prices - 300_000) / 100_000\ntrain, valid ="),
            ('metrics=["mape"]', 'metrics=["mae"]'),
        ),
    ),
}
