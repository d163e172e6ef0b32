"""A convolutional network on windows of a series."""

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
        layers.Conv1D(32, 5, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(64, 5, activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(32, activation="relu"),
        layers.Dense(classes, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:cut], y[:cut], batch_size=32, epochs=20, validation_data=(x[cut:], y[cut:]), verbose=0)
model.save("patient.keras")
