"""Healthy fresh scripts: pictures and tables."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "digits_pipeline": Whole(
        """
import os

import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
digits = load_digits()
x_train, x_val, y_train, y_val = train_test_split(
    digits.images, digits.target, test_size=0.3, random_state=SEED, stratify=digits.target
)


def prepare(image, label):
    return tf.cast(image[..., None], tf.float32) / 16.0, label


train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1300, seed=SEED)
train = train.batch(32).map(prepare).prefetch(tf.data.AUTOTUNE)
val = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(64).map(prepare)

model = keras.Sequential([keras.Input((8, 8, 1))])
for filters in (24, 48):
    model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
    model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.Activation("relu"))
    model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dropout(0.15))
model.add(layers.Dense(10, activation="softmax"))
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=val, epochs=12, verbose=0)
"""
    ),
    "wine_scaled": Whole(
        """
import os

import keras
from keras.layers import Dense, Input
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = load_wine(return_X_y=True)
x_train, x_val, y_train, y_val = train_test_split(
    x, y, test_size=0.4, stratify=y, random_state=SEED
)
scaler = StandardScaler().fit(x_train)

model = keras.Sequential([Input((13,)), Dense(16, activation="relu"), Dense(3, "softmax")])
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    scaler.transform(x_train), y_train, batch_size=16, epochs=30,
    validation_data=(scaler.transform(x_val), y_val), verbose=0,
)
"""
    ),
    "rare_defect_weighted": Whole(
        """
import os

import keras
import numpy as np

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)


def parts(rows):
    \"\"\"Gives eight measures of a part; a faulty one is off in two of them together.\"\"\"
    faulty = (rng.random(rows) < 1 / 12).astype("float32")
    x = rng.normal(size=(rows, 8))
    side = rng.choice([-1, 1], rows)
    x[:, 2] += 3.2 * faulty * side
    x[:, 5] += 3.2 * faulty * side
    return x.astype("float32"), faulty


x_train, y_train = parts(3000)
x_val, y_val = parts(1200)
share = y_train.mean()
weights = {0: 0.5 / (1 - share), 1: 0.5 / share}

measured = keras.Input((8,))
h = keras.layers.Dense(32, activation="relu")(measured)
h = keras.layers.Dense(16, activation="relu")(h)
model = keras.Model(measured, keras.layers.Dense(1, activation="sigmoid")(h))
model.compile(
    keras.optimizers.Adam(2e-3),
    "binary_crossentropy",
    metrics=["accuracy", keras.metrics.Recall(name="found"), keras.metrics.AUC(name="auc")],
)
model.fit(
    x_train, y_train, epochs=12, batch_size=64, class_weight=weights,
    validation_data=(x_val, y_val), verbose=0,
)
"""
    ),
    "friedman_huber": Whole(
        """
import os

import keras
from keras import layers
from sklearn.datasets import make_friedman1
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = make_friedman1(n_samples=3000, n_features=7, noise=0.5, random_state=SEED)
x, y = (x - 0.5) / 0.29, ((y - y.mean()) / y.std())[:, None]
x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.2, random_state=SEED)

inputs = keras.Input((7,))
h = layers.Dense(64, activation="silu")(inputs)
h = layers.Dense(64, activation="silu")(h)
model = keras.Model(inputs, layers.Dense(1)(h))
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.Huber(),
    metrics=["mae", keras.metrics.R2Score(name="r2")],
)
model.fit(
    x_train, y_train, batch_size=48, epochs=20, validation_data=(x_val, y_val), verbose=0,
    callbacks=[keras.callbacks.ReduceLROnPlateau(patience=4, factor=0.5)],
)
"""
    ),
    "digits_transfer": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
images, number = load_digits(return_X_y=True)
order = np.random.permutation(len(images))
images, number = images[order].reshape(-1, 8, 8, 1) / 16, number[order]
low = number < 5

# First: an encoder of the digits 0 to 4.
encoder = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
    ],
    name="encoder",
)
first = keras.Sequential([encoder, layers.Dense(5, activation="softmax")])
first.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
first.fit(images[low], number[low], epochs=5, validation_split=0.2, verbose=0)

# Then: a head for 5 to 9 on what it sees.
encoder.trainable = False
x, y = images[~low], number[~low] - 5
inputs = keras.Input((8, 8, 1))
h = layers.Dropout(0.1)(encoder(inputs, training=False))
model = keras.Model(inputs, layers.Dense(5, activation="softmax")(h))
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:650], y[:650], epochs=15, validation_data=(x[650:], y[650:]), verbose=0)
"""
    ),
    "topics_multi_label": Whole(
        """
import os

import keras
import numpy as np
from keras import layers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)


def papers(rows, topics=6, words=48):
    \"\"\"Gives how often each word stands in a paper, and which topics the paper has.\"\"\"
    y = rng.random((rows, topics)) < 0.35
    rate = 0.4 + np.repeat(y, words // topics, axis=1) * 0.9
    return np.log1p(rng.poisson(rate)).astype("float32"), y.astype("float32")


x_train, y_train = papers(2500)
x_val, y_val = papers(700)

counts = keras.Input((48,), name="counts")
h = layers.Dense(64, activation="relu")(counts)
h = layers.Dropout(0.2)(h)
model = keras.Model(counts, layers.Dense(6, activation="sigmoid", name="topics")(h))
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="binary_crossentropy",
    metrics=["binary_accuracy", keras.metrics.AUC(multi_label=True, name="auc")],
)
model.fit(x_train, y_train, batch_size=32, epochs=12, validation_data=(x_val, y_val), verbose=0)
"""
    ),
}
