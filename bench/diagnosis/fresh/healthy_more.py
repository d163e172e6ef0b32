"""Healthy fresh scripts: series, text, several heads, no labels."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "beats_gru": Whole(
        """
import math
import os

import keras
import numpy as np
from keras import layers
from sources import beats

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)


class Beats(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size, shuffle, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size, self.shuffle = x, y, batch_size, shuffle
        self.rows = np.arange(len(x))
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, i):
        rows = self.rows[i * self.batch_size : (i + 1) * self.batch_size]
        return self.x[rows], self.y[rows]

    def on_epoch_end(self):
        if self.shuffle:
            np.random.shuffle(self.rows)


x, y = beats(2000, np.random.default_rng(SEED), noise=0.1)
x = x.reshape(-1, 16, 5)
model = keras.Sequential(
    [
        keras.Input((16, 5)),
        layers.Bidirectional(layers.GRU(20)),
        layers.Dense(24, activation="relu"),
        layers.Dense(4, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    Beats(x[:1500], y[:1500], 32, True), epochs=14,
    validation_data=Beats(x[1500:], y[1500:], 100, False), verbose=0,
)
"""
    ),
    "reviews_convolution": Whole(
        """
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sources import reviews

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)
train_texts, train_y = reviews(1800, rng)
val_texts, val_y = reviews(600, rng)

encoder = layers.TextVectorization(max_tokens=500, output_sequence_length=26)
encoder.adapt(tf.constant(train_texts))
train_x, val_x = encoder(tf.constant(train_texts)), encoder(tf.constant(val_texts))

model = keras.Sequential(
    [
        keras.Input((26,), dtype="int64"),
        layers.Embedding(encoder.vocabulary_size(), 16),
        layers.SpatialDropout1D(0.2),
        layers.Conv1D(24, 2, activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(4e-3), "binary_crossentropy", metrics=["accuracy"])
model.fit(train_x, train_y, batch_size=32, epochs=6, validation_data=(val_x, val_y), verbose=0)
"""
    ),
    "letter_and_ink": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import letters

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)


def read(rows):
    x, y = letters(rows, rng, noise=25.0)
    ink = np.clip(x - 90, 0, None).sum(axis=(1, 2))
    return x[..., None] / 255, {"letter": y, "ink": ((ink - 1500) / 450).astype("float32")}


x_train, y_train = read(1500)
x_val, y_val = read(500)

picture = keras.Input((18, 18, 1), name="picture")
h = layers.Conv2D(16, 3, padding="same", activation="relu")(picture)
sums = layers.GlobalAveragePooling2D()(h)
h = layers.MaxPooling2D()(h)
h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
h = layers.GlobalMaxPooling2D()(h)
letter = layers.Dense(6, activation="softmax", name="letter")(h)
ink = layers.Dense(1, name="ink")(layers.Dense(16, activation="relu")(sums))
model = keras.Model({"picture": picture}, {"letter": letter, "ink": ink})
model.compile(
    optimizer=keras.optimizers.Adam(4e-3),
    loss={"letter": "sparse_categorical_crossentropy", "ink": "mse"},
    loss_weights={"letter": 1.0, "ink": 0.5},
    metrics={"letter": "accuracy", "ink": "mae"},
)
model.fit(
    {"picture": x_train}, y_train, epochs=22, batch_size=32,
    validation_data=({"picture": x_val}, y_val), verbose=0,
)
"""
    ),
    "beats_attention": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import beats

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = beats(2400, np.random.default_rng(SEED), noise=0.1)


class Encoder(layers.Layer):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = layers.MultiHeadAttention(heads, width // heads)
        self.norms = [layers.LayerNormalization() for _ in range(2)]
        self.feed = keras.Sequential([layers.Dense(2 * width, "relu"), layers.Dense(width)])

    def call(self, x):
        x = self.norms[0](x + self.attention(x, x))
        return self.norms[1](x + self.feed(x))


signal = keras.Input((80, 1))
h = layers.Conv1D(24, 8, strides=4, padding="same", activation="relu")(signal)
h = h + layers.Embedding(20, 24)(np.arange(20)[None])
h = Encoder(24, 2)(h)
h = layers.GlobalMaxPooling1D()(h)
model = keras.Model(signal, layers.Dense(4, activation="softmax")(h))
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    x[:1800], y[:1800], epochs=12, batch_size=32, validation_data=(x[1800:], y[1800:]), verbose=0
)
"""
    ),
    "digits_autoencoder": Whole(
        """
import os

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
train, held = train_test_split(
    load_digits().data.astype("float32") / 16, test_size=0.25, random_state=SEED
)

pixels = keras.Input((64,))
code = layers.Dense(48, activation="relu")(pixels)
code = layers.Dense(20, name="code")(code)
back = layers.Dense(48, activation="relu")(code)
back = layers.Dense(64, activation="sigmoid")(back)
autoencoder = keras.Model(pixels, back, name="autoencoder")
autoencoder.compile(keras.optimizers.Adam(3e-3), loss="mse")
autoencoder.fit(train, train, epochs=40, batch_size=32, validation_data=(held, held), verbose=0)
"""
    ),
    "residual_mlp_cosine": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import customers

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
x, y = customers(3200, np.random.default_rng(SEED), share=0.4, noise=0.3)
x[:, :2] = np.log(x[:, :2])
x = (x - x[:2500].mean(0)) / x[:2500].std(0)
EPOCHS, BATCH = 18, 50


class Residual(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.inner = keras.Sequential([layers.Dense(width, "relu"), layers.Dense(width)])
        self.norm = layers.LayerNormalization()

    def call(self, x):
        return self.norm(x + self.inner(x))


class Table(keras.Model):
    def __init__(self, width=24, depth=2):
        super().__init__()
        self.enter = layers.Dense(width)
        self.blocks = [Residual(width) for _ in range(depth)]
        self.leave = layers.Dense(1)

    def call(self, x):
        x = self.enter(x)
        for block in self.blocks:
            x = block(x)
        return self.leave(x)


rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * 2500 // BATCH)
model = Table()
model.compile(
    keras.optimizers.AdamW(rate, weight_decay=1e-3),
    keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
)
held = (x[2500:], y[2500:])
model.fit(x[:2500], y[:2500], BATCH, EPOCHS, validation_data=held, verbose=0)
"""
    ),
}
