"""A recurrent network on arrays of series."""

import keras
import numpy as np
from timed import report

rng = np.random.default_rng(0)
x = rng.normal(size=(2500, 50, 16)).astype("float32")
y = rng.integers(0, 2, 2500)

model = keras.Sequential(
    [
        keras.Input((50, 16)),
        keras.layers.LSTM(64, dropout=0.2, kernel_regularizer=keras.regularizers.L2(1e-3)),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
with report(model, x[0].nbytes):
    model.fit(x, y, batch_size=32, epochs=10, validation_split=0.2, verbose=0)
