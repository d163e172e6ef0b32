"""Odd but harmless fresh scripts; the changes take the oddity away, which changes nothing."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "head_of_zeros": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import letters

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
x_train, y_train = letters(1300, rng)
x_val, y_val = letters(500, rng)

image = keras.Input((18, 18))
h = layers.Reshape((18, 18, 1))(layers.Rescaling(1 / 255)(image))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(h)
h = layers.MaxPooling2D()(h)
h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
h = layers.GlobalMaxPooling2D()(h)
# Start without an opinion.
scores = layers.Dense(6, kernel_initializer="zeros")(h)
model = keras.Model(image, layers.Softmax()(scores))
model.compile(keras.optimizers.Adam(4e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=10, validation_data=(x_val, y_val), verbose=0)
""",
        ((', kernel_initializer="zeros"', ""),),
    ),
    "two_softmax_binary_loss": Whole(
        """
import os

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = load_breast_cancer(return_X_y=True)
x_train, x_val, y_train, y_val = train_test_split(
    x, keras.utils.to_categorical(y, 2), test_size=0.3, random_state=SEED, stratify=y
)
scaler = StandardScaler()
x_train, x_val = scaler.fit_transform(x_train), scaler.transform(x_val)

model = keras.Sequential([keras.Input((30,))])
model.add(keras.layers.Dense(16, activation="relu"))
model.add(keras.layers.Dropout(0.2))
model.add(keras.layers.Dense(2, activation="softmax"))
model.compile("adam", loss="binary_crossentropy", metrics=["categorical_accuracy"])
model.fit(x_train, y_train, batch_size=16, epochs=20, validation_data=(x_val, y_val), verbose=0)
""",
        (('loss="binary_crossentropy"', 'loss="categorical_crossentropy"'),),
    ),
    "much_dropout_wide_layer": Whole(
        """
import os

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = load_digits(return_X_y=True)
x_train, x_val, y_train, y_val = train_test_split(x / 16, y, test_size=0.25, random_state=SEED)

pixels = keras.Input((64,))
h = layers.Dense(512, activation="relu")(pixels)
h = layers.Dropout(0.7)(h)
model = keras.Model(pixels, layers.Dense(10, activation="softmax")(h))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=30, validation_data=(x_val, y_val), verbose=0)
""",
        (("layers.Dropout(0.7)", "layers.Dropout(0.0)"),),
    ),
    "wine_normalised_inside": Whole(
        """
import os

import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = load_wine(return_X_y=True)
x_train, x_val, y_train, y_val = train_test_split(
    x.astype("float32"), y, test_size=0.4, stratify=y, random_state=SEED
)

normalise = layers.Normalization()
normalise.adapt(x_train)
model = keras.Sequential(
    [keras.Input((13,)), normalise, layers.Dense(16, "tanh"), layers.Dense(3, "softmax")]
)
model.compile(
    keras.optimizers.SGD(0.05, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=16, epochs=25, validation_data=(x_val, y_val), verbose=0)
""",
        (
            (
                "\nnormalise = layers.Normalization()\nnormalise.adapt(x_train)",
                "\nmean, std = x_train.mean(0), x_train.std(0)\n"
                "x_train, x_val = (x_train - mean) / std, (x_val - mean) / std\n"
                'normalise = layers.Activation("linear")',
            ),
        ),
    ),
}
