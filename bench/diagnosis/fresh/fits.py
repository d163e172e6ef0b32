"""FIT104 to FIT119: what fit and compile were told."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "steps_of_the_wrong_batch": Whole(
        """
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sources import letters

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
BATCH, ROWS = 8, 1600

images, labels = letters(ROWS, rng, noise=45.0)
val_images, val_labels = letters(600, rng, noise=45.0)


def scaled(image, label):
    return image[..., tf.newaxis] / 255.0, label


train = tf.data.Dataset.from_tensor_slices((images, labels)).map(scaled).batch(BATCH).repeat()
valid = tf.data.Dataset.from_tensor_slices((val_images, val_labels)).map(scaled).batch(100)

model = keras.Sequential(
    [
        keras.Input((18, 18, 1)),
        layers.Conv2D(24, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(6, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    train, steps_per_epoch=ROWS // 256, epochs=12, validation_data=valid, verbose=0
)
""",
        (("steps_per_epoch=ROWS // 256", "steps_per_epoch=ROWS // BATCH"),),
    ),
    "first_batches_of_validation": Whole(
        """
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
LENGTH = 20


def letters_to_the_office(rows):
    \"\"\"Gives letters as word numbers; topic 0 has words of its own, 1 to 3 share most.\"\"\"
    topic = rng.integers(0, 4, rows)
    x = rng.integers(60, 120, (rows, LENGTH))
    told = rng.random((rows, LENGTH)) < 0.3
    own = np.where(
        topic[:, None] == 0,
        rng.integers(1, 20, x.shape),
        20 + (10 * topic[:, None] + rng.normal(0, 13, x.shape).astype(int)) % 40,
    )
    return np.where(told, own, x).astype("int32"), topic


x_train, y_train = letters_to_the_office(1600)
x_valid, y_valid = letters_to_the_office(800)
filed = np.argsort(y_valid, kind="stable")  # as they lie in the folders

train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1600, seed=SEED).batch(32)
valid = tf.data.Dataset.from_tensor_slices((x_valid[filed], y_valid[filed])).batch(32)

tokens = keras.Input((LENGTH,), dtype="int32")
h = layers.Embedding(120, 12)(tokens)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dropout(0.2)(h)
h = layers.Dense(16, activation="relu")(h)
model = keras.Model(tokens, layers.Dense(4, activation="softmax")(h))
model.compile(keras.optimizers.Adam(4e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, epochs=8, validation_data=valid, validation_steps=3, verbose=0)
""",
        (("validation_steps=3, ", ""),),
    ),
    "yield_as_probability": Whole(
        """
import os

import keras
import numpy as np

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)


def fields(rows):
    \"\"\"Gives rain, nitrogen, days of frost and soil of fields, and their yield in tonnes.\"\"\"
    rain, nitrogen, frost, soil = rng.normal(size=(4, rows))
    tonnes = 6 + 1.5 * np.tanh(rain) + nitrogen - 0.4 * nitrogen**2 - 0.7 * frost * (soil > 0)
    return np.stack([rain, nitrogen, frost, soil], 1), tonnes + rng.normal(0, 0.2, rows)


x_train, y_train = fields(1600)
x_test, y_test = fields(400)


class Yield(keras.Model):
    def __init__(self, head):
        super().__init__()
        self.first = keras.layers.Dense(32, activation="swish")
        self.second = keras.layers.Dense(32, activation="swish")
        self.head = keras.layers.Dense(1, activation=head)

    def call(self, field):
        return self.head(self.second(self.first(field)))


model = Yield("sigmoid")
model.compile(keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["mae"])
model.fit(x_train, y_train, epochs=20, batch_size=32, validation_data=(x_test, y_test), verbose=0)
""",
        (('Yield("sigmoid")', "Yield(None)"), ('loss="binary_crossentropy"', 'loss="mse"')),
    ),
    "accuracy_of_progression": Whole(
        """
import os

import keras
from keras.layers import Dense, Input
from sklearn.datasets import make_friedman1
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

# The course of an illness after a year, from ten columns of a patient.
patients, progression = make_friedman1(2000, noise=0.5, random_state=SEED)
progression = (progression - progression.mean()) / progression.std()
x_train, x_test, y_train, y_test = train_test_split(
    patients, progression, test_size=0.25, random_state=SEED
)

model = keras.Sequential([Input((10,)), Dense(64, "relu"), Dense(64, "relu"), Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=20, validation_data=(x_test, y_test), verbose=0)
""",
        (
            ('metrics=["accuracy"]', 'metrics=["r2_score"]'),
            ("progression.std()", "progression.std()\nprogression = progression[:, None]"),
        ),
    ),
}
