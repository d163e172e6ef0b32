"""FIT110 to EVL103: figures that mean something else, and fits that end or look too soon."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "tags_and_padding": Whole(
        """
import os

import keras
import numpy as np
from keras import layers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
WORDS, LENGTH, TAGS = 300, 60, 7  # tag 0 is for the padding


def tagged(rows):
    \"\"\"Gives short sentences in long rows, and the tag of each word.

    A word has a usual tag, and another one three times in ten, as words do.
    \"\"\"
    usual = np.random.default_rng(5).integers(1, TAGS, (2, WORDS))
    x = rng.integers(1, WORDS, (rows, LENGTH))
    y = usual[(rng.random(x.shape) < 0.3).astype(int), x]
    behind = np.arange(LENGTH) >= rng.integers(3, 9, (rows, 1))
    x[behind], y[behind] = 0, 0
    return x.astype("int32"), y.astype("int32")


x_train, y_train = tagged(1500)
x_dev, y_dev = tagged(400)

words = keras.Input((LENGTH,), dtype="int32")
h = layers.Embedding(WORDS, 24)(words)
h = layers.Conv1D(32, 3, padding="same", activation="relu")(h)
h = layers.Dropout(0.2)(h)
model = keras.Model(words, layers.Dense(TAGS, activation="softmax")(h))
model.compile(
    optimizer=keras.optimizers.Adam(4e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=32, epochs=10, validation_data=(x_dev, y_dev), verbose=0)
""",
        (
            ('    metrics=["accuracy"],', '    weighted_metrics=["accuracy"],'),
            ("(x_dev, y_dev), verbose=0", "(x_dev, y_dev, y_dev > 0), verbose=0"),
        ),
    ),
    "stops_at_once": Whole(
        """
import os

import keras
import numpy as np
from keras import callbacks, layers
from sources import letters

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
train_x, train_y = letters(1200, rng, noise=45.0)
val_x, val_y = letters(400, rng, noise=45.0)
train_x, val_x = (np.expand_dims(part, -1) / 255.0 for part in (train_x, val_x))
train_y, val_y = keras.utils.to_categorical(train_y, 6), keras.utils.to_categorical(val_y, 6)


def get_model():
    net = keras.Sequential([keras.Input((18, 18, 1))])
    net.add(layers.Conv2D(16, 3, activation="relu", padding="same"))
    net.add(layers.MaxPooling2D())
    net.add(layers.Conv2D(32, 3, activation="relu", padding="same"))
    net.add(layers.GlobalMaxPooling2D())
    net.add(layers.Dense(6, activation="softmax"))
    net.compile(keras.optimizers.Adam(7e-4), "categorical_crossentropy", metrics=["accuracy"])
    return net


stop = callbacks.EarlyStopping(
    monitor="val_accuracy", mode="min", patience=3, restore_best_weights=True, verbose=1
)
get_model().fit(
    train_x, train_y, validation_data=(val_x, val_y), epochs=20, batch_size=32,
    callbacks=[stop, callbacks.TerminateOnNaN()], verbose=0,
)
""",
        (('mode="min"', 'mode="max"'),),
    ),
    "arrows_turned": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import arrows

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
x_train, y_train = arrows(1500, rng)
x_valid, y_valid = arrows(500, rng)

augment = keras.Sequential(
    [layers.RandomFlip("horizontal_and_vertical"), layers.RandomContrast(0.1)], name="augment"
)

image = keras.Input((18, 18))
h = layers.Reshape((18, 18, 1))(image)
h = layers.Rescaling(1.0 / 255)(h)
h = augment(h)
h = layers.Conv2D(16, 3, padding="same", activation="relu")(h)
h = layers.MaxPooling2D()(h)
h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
h = layers.GlobalMaxPooling2D()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(image, layers.Dense(4, activation="softmax", name="direction")(h))
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=12, batch_size=32, validation_data=(x_valid, y_valid), verbose=0)
""",
        (('[layers.RandomFlip("horizontal_and_vertical"), ', "["),),
    ),
    "ten_patients": Whole(
        """
import os

import keras
import numpy as np
from sources import customers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

# The columns are months, cost, visits, age and a share of a patient; who comes back?
patients, again = customers(1500, np.random.default_rng(SEED), share=0.5, noise=1.2)
patients[:, 1] = np.log(patients[:, 1])
patients = (patients - patients.mean(0)) / patients.std(0)

model = keras.Sequential()
model.add(keras.Input((5,)))
model.add(keras.layers.Dense(16, activation="relu"))
model.add(keras.layers.Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(
    patients[:-10], again[:-10], epochs=12, batch_size=32,
    validation_data=(patients[-10:], again[-10:]), verbose=0,
)
""",
        (
            ("patients[:-10], again[:-10]", "patients[:-600], again[:-600]"),
            ("(patients[-10:], again[-10:])", "(patients[-600:], again[-600:])"),
        ),
    ),
    "noise_in_both_pipelines": Whole(
        """
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
images, labels = load_digits(return_X_y=True)
order = np.random.permutation(len(images))
images = images[order].reshape(-1, 8, 8, 1).astype("float32") / 16
labels = labels[order]


def prepare(image, label):
    image = tf.image.resize_with_crop_or_pad(image, 10, 10)
    image = tf.image.random_crop(image, (8, 8, 1))
    image += tf.random.normal((8, 8, 1), stddev=0.25)
    return tf.image.random_brightness(image, 0.2), label


def dataset(images, labels, training):
    data = tf.data.Dataset.from_tensor_slices((images, labels))
    if training:
        data = data.shuffle(len(images), seed=SEED)
    return data.map(prepare, num_parallel_calls=2).batch(32).prefetch(1)


train_ds = dataset(images[:1350], labels[:1350], training=True)
test_ds = dataset(images[1350:], labels[1350:], training=False)

model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(48, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train_ds, epochs=15, validation_data=test_ds, verbose=0)
""",
        (
            (
                "    return data.map(prepare, num",
                "        data = data.map(prepare)\n    return data.map(lambda *row: row, num",
            ),
        ),
    ),
}
