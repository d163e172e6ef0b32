"""A dense network on the columns of a table as they are, for classes."""

import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(int(os.environ.get("SEED", "0")))
rows = np.load(os.environ["ROWS"])
x, y = rows["x"], rows["y"]
cut = int(0.8 * len(x))
classes = int(y.max()) + 1

model = keras.Sequential(
    [
        keras.Input(x.shape[1:]),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(classes, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:cut], y[:cut], batch_size=16, epochs=40, validation_data=(x[cut:], y[cut:]), verbose=0)
model.save("patient.keras")
