"""A small network with a little dropout on a table of tumours: nothing is wrong with it."""

import sys

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

seed = int(sys.argv[1])
keras.utils.set_random_seed(seed)
x, y = load_breast_cancer(return_X_y=True)
x, xv, y, yv = train_test_split(x, y, test_size=0.35, random_state=seed, stratify=y)
scaler = StandardScaler().fit(x)

model = keras.Sequential(
    [
        keras.Input((30,)),
        keras.layers.Dense(8, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
        keras.layers.Dropout(0.1),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(
    scaler.transform(x),
    y,
    batch_size=32,
    epochs=25,
    validation_data=(scaler.transform(xv), yv),
    callbacks=[stop],
    verbose=2,
)
