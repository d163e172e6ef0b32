"""A large network on sixty noisy rows, far too long: it learns them by heart."""

import sys

import keras
import numpy as np

seed = int(sys.argv[1])
keras.utils.set_random_seed(seed)
rng = np.random.default_rng(seed)
x = rng.normal(size=(360, 20)).astype("float32")
y = (x[:, 0] + rng.normal(0, 1.0, 360) > 0).astype("float32")

model = keras.Sequential(
    [
        keras.Input((20,)),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x[:60], y[:60], epochs=60, validation_data=(x[60:], y[60:]), verbose=2)
