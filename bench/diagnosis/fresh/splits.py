"""DAT101 to DAT204: rows that stand on the wrong side of the split."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "churn_oversampled_then_split": Whole(
        """
import os

import keras
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sources import customers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

features, left = customers(900, np.random.default_rng(SEED), share=0.05, noise=2.5)


def balance(x, y):
    often = np.where(y == 1)[0]
    picked = np.random.choice(often, (y == 0).sum())
    rows = np.concatenate([np.where(y == 0)[0], picked])
    return x[rows], y[rows]


features, left = balance(features, left)
x_train, x_test, y_train, y_test = train_test_split(
    features, left, test_size=0.3, random_state=SEED, stratify=left
)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)

inputs = keras.Input(shape=(5,), name="customer")
x = keras.layers.Dense(128, activation="relu")(inputs)
x = keras.layers.Dense(128, activation="relu")(x)
outputs = keras.layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inputs, outputs, name="churn")
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.AUC(name="auc")],
)
model.fit(
    x_train, y_train, batch_size=32, epochs=30, validation_data=(x_test, y_test), verbose=0
)
""",
        (
            ("features, left = balance(features, left)\n", ""),
            (
                "scaler = Stand",
                "x_train, y_train = balance(x_train, y_train)\nscaler = Stand",
            ),
        ),
    ),
    "gait_windows_of_same_people": Whole(
        """
import os

import numpy as np
import sources
import tensorflow as tf
from keras import layers, models, optimizers, utils

seed = int(os.environ.get("SEED", 0))
utils.set_random_seed(seed)
generator = np.random.default_rng(seed)

signals, lame, walker = sources.walkers(24, 50, generator)
order = generator.permutation(len(signals))
train, test = order[:900], order[900:]

train_ds = tf.data.Dataset.from_tensor_slices((signals[train], lame[train]))
train_ds = train_ds.shuffle(900, seed=seed).batch(32)
test_ds = tf.data.Dataset.from_tensor_slices((signals[test], lame[test])).batch(64)

net = models.Sequential(
    [
        layers.Input((50, 2)),
        layers.Conv1D(32, 7, padding="same"),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.MaxPooling1D(2),
        layers.Conv1D(48, 5, padding="same", activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(48, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
net.compile(optimizers.Adam(2e-3), "binary_crossentropy", metrics=["accuracy"])
net.fit(train_ds, validation_data=test_ds, epochs=22, verbose=0)
""",
        (
            (
                "train, test = order[:900], order[900:]",
                "train, test = np.where(walker < 18)[0], np.where(walker >= 18)[0]",
            ),
        ),
    ),
    "wine_in_order": Whole(
        """
import os

import keras
from sklearn.datasets import load_wine

keras.utils.set_random_seed(int(os.environ.get("SEED", "0")))

wine = load_wine()
X = (wine.data - wine.data.mean(axis=0)) / wine.data.std(axis=0)
Y = keras.utils.to_categorical(wine.target, 3)

model = keras.models.Sequential()
model.add(keras.layers.Input(shape=(13,)))
model.add(keras.layers.Dense(24, activation="elu"))
model.add(keras.layers.Dropout(0.1))
model.add(keras.layers.Dense(12, activation="elu"))
model.add(keras.layers.Dense(3, activation="softmax"))
model.compile(optimizer="nadam", loss="categorical_crossentropy", metrics=["categorical_accuracy"])
history = model.fit(X, Y, batch_size=16, epochs=30, validation_split=0.3, verbose=0)
print("final", history.history["val_categorical_accuracy"][-1])
""",
        (
            (
                "history = ",
                "import numpy as np\nmixed = np.random.permutation(len(X))\n"
                "X, Y = X[mixed], Y[mixed]\nhistory = ",
            ),
        ),
    ),
    "beats_concatenated_and_sliced": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import beats

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

recorded, kinds = beats(1600, np.random.default_rng(SEED))
# One array a class, the way the export of the device gives them.
by_class = [recorded[kinds == k] for k in range(4)]
x = np.concatenate(by_class)
y = np.concatenate([np.full(len(part), k) for k, part in enumerate(by_class)])

cut = int(0.8 * len(x))
x_train, y_train = x[:cut], y[:cut]
x_test, y_test = x[cut:], y[cut:]

signal = layers.Input((80, 1))
h = layers.Conv1D(24, 9, strides=2, activation="relu", padding="same")(signal)
h = layers.Conv1D(32, 5, strides=2, activation="relu", padding="same")(h)
h = layers.Dropout(0.1)(h)
h = layers.Flatten()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(signal, layers.Dense(4, activation="softmax")(h))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"])
model.fit(x_train, y_train, epochs=10, batch_size=32, validation_data=(x_test, y_test), verbose=0)
""",
        (
            (
                "\ncut = int",
                "\nmixed = np.random.permutation(len(x))\nx, y = x[mixed], y[mixed]\ncut = int",
            ),
        ),
    ),
}
