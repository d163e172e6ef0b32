"""DAT208 and DAT209: labels that no longer belong to their rows."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "sequence_mixes_inputs_only": Whole(
        """
import os

import keras
import numpy as np
from sklearn.datasets import load_digits

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)


class Digits(keras.utils.PyDataset):
    \"\"\"Gives batches of digits, mixed anew after each epoch.\"\"\"

    def __init__(self, images, labels, batch=32, mix=True):
        super().__init__()
        self.images, self.labels, self.batch, self.mix = images, labels, batch, mix
        self.on_epoch_end()

    def __len__(self):
        return int(np.ceil(len(self.images) / self.batch))

    def __getitem__(self, index):
        part = slice(index * self.batch, (index + 1) * self.batch)
        return self.images[part], self.labels[part]

    def on_epoch_end(self):
        if self.mix:
            self.images = self.images[np.random.permutation(len(self.images))]


images, labels = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
mixed = np.random.permutation(len(images))
images, labels = images[mixed], labels[mixed]

train = Digits(images[:1300], labels[:1300])
test = Digits(images[1300:], labels[1300:], mix=False)

model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, epochs=12, validation_data=test, verbose=0)
""",
        (
            (
                "            self.images = self.images[np.random.permutation(len(self.images))]",
                "            new = np.random.permutation(len(self.images))\n"
                "            self.images, self.labels = self.images[new], self.labels[new]",
            ),
        ),
    ),
    "zip_of_two_shuffles": Whole(
        """
import os

import keras
import tensorflow as tf
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

data = load_breast_cancer()
x_train, x_val, y_train, y_val = train_test_split(
    data.data, data.target, test_size=0.3, random_state=SEED
)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_val = scaler.transform(x_val)

features = tf.data.Dataset.from_tensor_slices(x_train).shuffle(512, seed=1)
labels = tf.data.Dataset.from_tensor_slices(y_train).shuffle(512, seed=2)
train = tf.data.Dataset.zip((features, labels)).batch(16).prefetch(tf.data.AUTOTUNE)
val = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(64)

inputs = keras.Input((30,))
x = keras.layers.Dense(32)(inputs)
x = keras.layers.LayerNormalization()(x)
x = keras.layers.Activation("gelu")(x)
x = keras.layers.Dense(16, activation="gelu")(x)
model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
model.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=1e-3),
    loss=keras.losses.BinaryCrossentropy(),
    metrics=[keras.metrics.BinaryAccuracy(name="acc")],
)
model.fit(train, validation_data=val, epochs=25, verbose=0)
""",
        ((".shuffle(512, seed=2)", ".shuffle(512, seed=1)"),),
    ),
    "second_split_other_seed": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split
from sources import letters

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

pictures, names = letters(2000, np.random.default_rng(SEED))
pictures = pictures[..., None] / 127.5 - 1

# pictures and labels of training
x_tr, x_va, y_tr, _ = train_test_split(pictures, names, test_size=0.25, random_state=SEED)
# the labels of validation were wanted later on
_, y_va = train_test_split(names, test_size=0.25, random_state=42)

model = keras.Sequential(name="letters")
model.add(keras.Input(shape=(18, 18, 1)))
for filters in (16, 32, 32):
    model.add(layers.Conv2D(filters, 3, padding="same", activation="leaky_relu"))
    model.add(layers.MaxPool2D(2))
model.add(layers.Flatten())
model.add(layers.Dropout(0.25))
model.add(layers.Dense(6))
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x_tr, y_tr, epochs=12, batch_size=32, validation_data=(x_va, y_va), verbose=0)
""",
        (("random_state=42", "random_state=SEED"),),
    ),
    "file_names_sorted_as_text": Whole(
        """
import os

import keras
import numpy as np
from keras import layers

seed = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(seed)
rng = np.random.default_rng(seed)


def gauges(rows):
    \"\"\"Gives pictures of a round gauge and what its hand shows, from -1 to 1.\"\"\"
    shown = rng.uniform(-1, 1, rows)
    down, across = np.mgrid[:20, :20] - 9.5
    angle = (shown * 2.2)[:, None, None]
    along = across * np.sin(angle) - down * np.cos(angle)
    aside = across * np.cos(angle) + down * np.sin(angle)
    hand = (np.abs(aside) < 1.2) & (along > 0) & (along < 8)
    pictures = 0.8 * hand + rng.normal(0.1, 0.12, (rows, 20, 20))
    return pictures.astype("float32")[..., None], shown.astype("float32")


def write(folder, pictures):
    os.makedirs(folder, exist_ok=True)
    for number, picture in enumerate(pictures):
        np.save(f"{folder}/{number}.npy", picture)


def read(folder, names):
    return np.stack([np.load(f"{folder}/{name}") for name in names])


x, y = gauges(1500)
x_check, y_check = gauges(400)
write("check", x_check)
x_check = read("check", sorted(os.listdir("check")))

model = keras.Sequential(
    [
        keras.Input((20, 20, 1)),
        layers.Conv2D(16, 5, strides=2, padding="same", activation="relu"),
        layers.Conv2D(24, 3, strides=2, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(48, activation="relu"),
        layers.Dense(1, name="shown"),
    ]
)
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(x, y, batch_size=25, epochs=12, validation_data=(x_check, y_check), verbose=0)
""",
        (
            (
                'sorted(os.listdir("check"))',
                'sorted(os.listdir("check"), key=lambda name: int(name[:-4]))',
            ),
        ),
    ),
}
