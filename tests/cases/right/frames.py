"""Case 4 where the answer that was given is right: too much capacity, too little data.

The network as posted, but the moving statistics of batch normalisation keep up. Each walk is of
other scenes, a frame of each, so frames are independent, and there are few.
"""

import sys

import keras
import numpy as np
from keras import layers
from planted.frames import planted_frames

seed = int(sys.argv[1])
keras.utils.set_random_seed(seed)


def frames(walks):
    made = [planted_frames(5, 44, 1000 * seed + walk) for walk in walks]
    return np.concatenate([m.x for m in made]) / 255.0, np.concatenate([m.y for m in made])


x, y = frames(range(5))
x_val, y_val = frames(range(100, 120))
model = keras.Sequential()
for filters, size in ((16, 11), (32, 5), (32, 3)):
    model.add(layers.Conv2D(filters, size, activation="relu"))
    model.add(layers.MaxPooling2D(3, strides=2, padding="same"))
    model.add(layers.BatchNormalization(momentum=0.9))
model.add(layers.Flatten())
for units in (512, 256):
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.BatchNormalization(momentum=0.9))
model.add(layers.Dense(3, activation="softmax"))
model.compile(keras.optimizers.SGD(0.004), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=8, epochs=50, validation_data=(x_val, y_val), verbose=0)
