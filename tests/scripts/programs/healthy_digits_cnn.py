"""A small, well-regularised network on scikit-learn's digits: nothing is wrong with it."""

import sys

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

seed = int(sys.argv[1])
keras.utils.set_random_seed(seed)
digits = load_digits()
x = (digits.images[..., None] / 16).astype("float32")
x, xv, y, yv = train_test_split(
    x, digits.target, test_size=597, random_state=seed, stratify=digits.target
)

model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(24, 3, activation="relu", padding="same"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(48, 3, activation="relu", padding="same"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(
            10, activation="softmax", kernel_regularizer=keras.regularizers.L2(1e-4)
        ),
    ]
)
model.compile(keras.optimizers.Adam(0.004), "sparse_categorical_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
order = np.random.default_rng(seed).permutation(len(x))
model.fit(x[order], y[order], epochs=20, validation_data=(xv, yv), callbacks=[stop], verbose=2)
