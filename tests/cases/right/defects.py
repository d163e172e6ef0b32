"""Case 2 where its author is right that it overfits: all pictures are seen, enough are scored."""

import sys
from pathlib import Path
from tempfile import mkdtemp

import keras
from keras import layers
from planted.defects import planted_defects

seed = int(sys.argv[1])
keras.utils.set_random_seed(seed)
folder = Path(mkdtemp(dir="."))
planted_defects(folder, {"train": 60, "validation": 150}, 32, seed)


def read(split):
    data = keras.utils.image_dataset_from_directory(
        folder / split, label_mode="binary", image_size=(32, 32), batch_size=300
    )
    x, y = next(iter(data))
    return x.numpy() / 255.0, y.numpy()


x, y = read("train")
x_val, y_val = read("validation")
model = keras.Sequential([
    keras.Input((32, 32, 3)),
    layers.Conv2D(32, 5, padding="same", activation="relu"),
    layers.MaxPooling2D(2),
    layers.Conv2D(64, 5, padding="same", activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(128, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])  # fmt: skip
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=10, epochs=30, validation_data=(x_val, y_val), verbose=0)
