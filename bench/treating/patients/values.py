"""A dense network on the columns of a table as they are, for a value."""

import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(int(os.environ.get("SEED", "0")))
rows = np.load(os.environ["ROWS"])
x, y = rows["x"], rows["y"]
cut = int(0.8 * len(x))

model = keras.Sequential(
    [
        keras.Input(x.shape[1:]),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile("adam", "mse", metrics=["mae"])
model.fit(x[:cut], y[:cut], batch_size=16, epochs=60, validation_data=(x[cut:], y[cut:]), verbose=0)
model.save("patient.keras")
