"""Small pictures, and a model with every kind of row in its ledger at once."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, regularizers

tf.keras.utils.set_random_seed(7)

TRAIN, HELD_OUT, EPOCHS, BATCH = 210, 90, 3, 32
CLASS_WEIGHT = {0: 0.7, 1: 1.6}


def pictures(rows, seed):
    """A brighter left or right half, in noise; labels 0 and 1, one in three is 1."""
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 1 / 3).astype("int32")
    x = rng.normal(0.5, 0.25, (rows, 12, 12, 1)).astype("float32")
    x[y == 1, :, :6] += 0.25
    x[y == 0, :, 6:] += 0.25
    return x, y


def weights(rows, seed):
    return np.random.default_rng(seed).uniform(0.4, 2.2, rows).astype("float32")


def trunk(x):
    x = layers.RandomTranslation(0.1, 0.1)(x)
    x = layers.Conv2D(6, 3, kernel_regularizer=regularizers.L2(0.01))(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Dropout(0.3)(layers.ReLU()(x))
    return layers.Flatten()(x)


def head(x):
    x = layers.Dense(8, activation="tanh", activity_regularizer=regularizers.L2(0.02))(x)
    return layers.Dense(2, activation="softmax")(layers.Dropout(0.2)(x))


def compiled(inputs, outputs):
    model = tf.keras.Model(inputs, outputs)
    model.compile(
        "adam",
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=["sparse_categorical_crossentropy"],
    )
    return model


def picture_model():
    x = layers.Input((12, 12, 1))
    return compiled(x, head(trunk(x)))
