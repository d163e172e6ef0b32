"""A small convolutional network on arrays."""

import keras
import numpy as np
from timed import report

rng = np.random.default_rng(0)
x = rng.normal(size=(6000, 32, 32, 3)).astype("float32")
y = rng.integers(0, 10, 6000)

model = keras.Sequential(
    [
        keras.Input((32, 32, 3)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
with report(model, x[0].nbytes):
    model.fit(x, y, batch_size=32, epochs=8, validation_split=0.2, verbose=0)
