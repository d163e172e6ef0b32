"""Case 3 where the answers that were given are right: it overfits, and the best epoch is lost.

The small network as posted without dropout and batch normalisation, on few pictures.
"""

import sys
from pathlib import Path
from tempfile import mkdtemp

import keras
import numpy as np
from keras import layers
from planted.pictures import planted_folders

seed = int(sys.argv[1])
keras.utils.set_random_seed(seed)
folder = Path(mkdtemp(dir="."))
planted_folders(folder, 90, 300, 24, seed)


def read(split):
    """Pictures of a poor camera: the noise is stronger than what they show."""
    data = keras.utils.image_dataset_from_directory(
        folder / split, label_mode="categorical", image_size=(24, 24), batch_size=300
    )
    x, y = (array.numpy() for array in next(iter(data)))
    return (x + np.random.normal(0, 150, x.shape)) / 255.0, y


train, val = read("train"), read("validation")
model = keras.Sequential([
    keras.Input((24, 24, 3)),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(2),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(256, activation="relu"),
    layers.Dense(6, activation="softmax"),
])  # fmt: skip
model.compile(keras.optimizers.Adam(0.004), "categorical_crossentropy", metrics=["accuracy"])
model.fit(*train, batch_size=16, epochs=40, validation_data=val, verbose=0)
