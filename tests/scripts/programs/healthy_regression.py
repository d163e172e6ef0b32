"""A small network on a smooth function of a table, with noise: nothing is wrong with it."""

import sys

import keras
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler

seed = int(sys.argv[1])
keras.utils.set_random_seed(seed)
x, y = make_friedman1(3000, n_features=8, noise=1.0, random_state=seed)
x = StandardScaler().fit_transform(x)
y = (y - y.mean()) / y.std()

model = keras.Sequential(
    [
        keras.Input((8,)),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(8, activation="tanh"),
        keras.layers.Dense(1),
    ]
)
model.compile("adam", "mse", metrics=["mae"])
model.fit(x, y, epochs=20, validation_split=0.3, verbose=2)
