"""A small convolutional network on pictures, as tutorials have it."""

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
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(classes, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:cut], y[:cut], batch_size=32, epochs=15, validation_data=(x[cut:], y[cut:]), verbose=0)
model.save("patient.keras")
