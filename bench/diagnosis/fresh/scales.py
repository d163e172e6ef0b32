"""DAT301 and DAT302: values in units that the model or its rate does not suit."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "wine_as_measured": Whole(
        """
import os

import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

x, y = load_wine(return_X_y=True)
x_train, x_val, y_train, y_val = train_test_split(
    x, y, test_size=0.35, random_state=SEED, stratify=y
)

inputs = keras.Input(shape=(13,), name="measured")
h = layers.Dense(32, activation="tanh")(inputs)
h = layers.Dense(16, activation="tanh")(h)
outputs = layers.Dense(3, activation="softmax")(h)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, validation_data=(x_val, y_val), batch_size=16, epochs=40, verbose=0)
""",
        (
            (
                "\ninputs = ",
                "\nscaler = StandardScaler().fit(x_train)\n"
                "x_train, x_val = scaler.transform(x_train), scaler.transform(x_val)\ninputs = ",
            ),
        ),
    ),
    "lengths_in_millimetres": Whole(
        """
import os

import keras
import numpy as np

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)


def beams(rows):
    \"\"\"Gives length in mm, width in m, load in N and a share, and how far a beam sags.\"\"\"
    length = rng.uniform(500, 5000, rows)
    width = rng.uniform(0.005, 0.02, rows)
    load = rng.uniform(2e3, 1e5, rows)
    share = rng.uniform(0, 1, rows)
    sag = (length / 3000) ** 2 * load / 4e4 * (1 + np.sin(3 * share)) - 40 * (width - 0.012)
    table = np.stack([length, width, load, share], axis=1).astype("float32")
    return table, (sag - 1.5 + rng.normal(0, 0.05, rows)).astype("float32")


x_train, y_train = beams(2000)
x_test, y_test = beams(500)


def build(units=(64, 32)):
    net = keras.Sequential([keras.layers.InputLayer(shape=(4,))])
    for size in units:
        net.add(keras.layers.Dense(size, activation="relu", kernel_initializer="he_normal"))
    net.add(keras.layers.Dense(1))
    net.compile(
        optimizer=keras.optimizers.SGD(0.02, momentum=0.9, clipnorm=1.0),
        loss="mean_squared_error",
        metrics=[keras.metrics.R2Score(name="r2")],
    )
    return net


reg = build()
reg.fit(
    x_train, y_train[:, None], batch_size=32, epochs=25,
    validation_data=(x_test, y_test[:, None]), verbose=0,
)
""",
        (
            (
                "\n\ndef build(",
                "middle, spread = x_train.mean(0), x_train.std(0)\n"
                "x_train, x_test = (x_train - middle) / spread, (x_test - middle) / spread\n"
                "\n\ndef build(",
            ),
        ),
    ),
    "scaler_forgotten_on_validation": Whole(
        """
import os

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=SEED)

sc = StandardScaler()
X_train_scaled = sc.fit_transform(X_train)
X_test_scaled = sc.transform(X_test)

classifier = keras.Sequential()
classifier.add(keras.layers.Input(shape=(30,)))
classifier.add(keras.layers.Dense(16, activation="relu", kernel_initializer="glorot_uniform"))
classifier.add(keras.layers.Dense(8, activation="relu", kernel_initializer="glorot_uniform"))
classifier.add(keras.layers.Dense(1, activation="sigmoid"))
classifier.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
classifier.fit(
    X_train_scaled, y_train, batch_size=10, epochs=20, validation_data=(X_test, y_test), verbose=0
)
""",
        (("validation_data=(X_test,", "validation_data=(X_test_scaled,"),),
    ),
    "map_on_training_only": Whole(
        """
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sources import arrows

AUTOTUNE = tf.data.AUTOTUNE
seed = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(seed)
rng = np.random.default_rng(seed)

train_images, train_labels = arrows(1500, rng)
val_images, val_labels = arrows(500, rng)


def normalise(image, label):
    return (tf.expand_dims(image, -1) - 55.0) / 60.0, label


def plain(image, label):
    return tf.expand_dims(image, -1), label


train_ds = tf.data.Dataset.from_tensor_slices((train_images, train_labels))
train_ds = train_ds.map(normalise, AUTOTUNE).cache().shuffle(1500, seed=seed).batch(32)
val_ds = tf.data.Dataset.from_tensor_slices((val_images, val_labels))
val_ds = val_ds.map(plain, AUTOTUNE).batch(32).prefetch(AUTOTUNE)

inputs = keras.Input((18, 18, 1))
x = inputs
for width in (16, 32):
    x = layers.Conv2D(width, 3, padding="same", activation="tanh")(x)
    x = layers.MaxPooling2D()(x)
x = layers.GlobalMaxPooling2D()(x)
x = layers.Dense(32, activation="tanh")(x)
outputs = layers.Dense(4, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train_ds, epochs=10, validation_data=val_ds, verbose=0)
""",
        (("val_ds.map(plain,", "val_ds.map(normalise,"),),
    ),
}
