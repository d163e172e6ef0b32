"""A network with batch norm, trained until its statistics have settled: nothing is wrong."""

import sys

import keras
import numpy as np
import tensorflow as tf

seed = int(sys.argv[1])
keras.utils.set_random_seed(seed)
rng = np.random.default_rng(seed)


def gratings(rows):
    """Gives noisy gratings of four directions, 12 x 12 x 1, and their directions."""
    down, across = np.mgrid[0:12, 0:12]
    direction = rng.integers(0, 4, rows)
    angle = direction[:, None, None] * np.pi / 4
    wave = np.cos(angle) * across + np.sin(angle) * down + rng.uniform(0, 6, (rows, 1, 1))
    pictures = np.sin(wave) + rng.normal(0, 1.2, (rows, 12, 12))
    return pictures[..., None].astype("float32"), direction


train = tf.data.Dataset.from_tensor_slices(gratings(2400))
train = train.shuffle(2400, seed=seed).batch(32).prefetch(2)
validation = tf.data.Dataset.from_tensor_slices(gratings(800)).batch(32)

model = keras.Sequential(
    [
        keras.Input((12, 12, 1)),
        keras.layers.Conv2D(8, 3, use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.Activation("relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(4, activation="softmax"),
    ]
)
steps = 12 * len(train)
rate = keras.optimizers.schedules.CosineDecay(0.02, steps)
model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, epochs=12, validation_data=validation, verbose=2)
