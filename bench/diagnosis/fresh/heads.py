"""MOD101 to MOD104: heads that do not fit, and towers that are one layer."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "tumour_softmax_unit": Whole(
        """
import os

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

tumours = load_breast_cancer()
benign = tumours.target
measured = scale(tumours.data)
a, b, benign_a, benign_b = train_test_split(measured, benign, test_size=150, random_state=SEED)

inp = keras.Input((30,))
mean_part = keras.layers.Dense(12, activation="relu")(inp[:, :10])
worst_part = keras.layers.Dense(12, activation="relu")(inp[:, 20:])
both = keras.layers.concatenate([mean_part, worst_part])
both = keras.layers.Dropout(0.1)(both)
out = keras.layers.Dense(1, activation="softmax", name="benign")(both)
model = keras.Model(inp, out)
model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(a, benign_a, epochs=25, batch_size=16, validation_data=(b, benign_b), verbose=0)
""",
        (('activation="softmax"', 'activation="sigmoid"'),),
    ),
    "reviews_softmax_layer": Whole(
        """
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sources import reviews

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
texts, stars = reviews(1800, np.random.default_rng(SEED), longest=18)

vectorize = layers.TextVectorization(max_tokens=200, output_sequence_length=18)
vectorize.adapt(tf.constant(texts[:1400]))
tokens = vectorize(tf.constant(texts))
train = tf.data.Dataset.from_tensor_slices((tokens[:1400], stars[:1400]))
train = train.shuffle(1400, seed=SEED).batch(32)
valid = tf.data.Dataset.from_tensor_slices((tokens[1400:], stars[1400:])).batch(100)


class Sentiment(keras.Model):
    def __init__(self, words, **kwargs):
        super().__init__(**kwargs)
        self.embed = layers.Embedding(words, 16, mask_zero=True)
        self.rnn = layers.GRU(16)
        self.score = layers.Dense(1)
        self.probability = layers.Softmax()

    def call(self, tokens):
        hidden = self.rnn(self.embed(tokens))
        return self.probability(self.score(hidden))


model = Sentiment(vectorize.vocabulary_size())
model.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy", metrics=["accuracy"])
model.fit(train, epochs=6, validation_data=valid, verbose=0)
""",
        (("layers.Softmax()", 'layers.Activation("sigmoid")'),),
    ),
    "digits_scores_plain_loss": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)
order = np.random.default_rng(SEED).permutation(1797)
digits = load_digits()
x, y = digits.images[order, ..., None].astype("float32") / 16.0, digits.target[order]


class ConvBlock(layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.conv = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.norm = layers.BatchNormalization(momentum=0.9)

    def call(self, x, training=None):
        return keras.activations.relu(self.norm(self.conv(x), training=training))


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [ConvBlock(16), ConvBlock(32)]
        self.pool = layers.GlobalAveragePooling2D()
        self.scores = layers.Dense(10)

    def call(self, x, training=None):
        for block in self.blocks:
            x = block(x, training=training)
        return self.scores(self.pool(x))


model = Net()
model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.Adam(learning_rate=0.003),
    metrics=["accuracy"],
)
model.fit(x[:1300], y[:1300], epochs=15, validation_data=(x[1300:], y[1300:]), verbose=0)
""",
        (
            (
                'loss="sparse_categorical_crossentropy"',
                "loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
            ),
        ),
    ),
    "churn_raw_score": Whole(
        """
import os

import keras
import numpy as np
import tensorflow as tf
from sources import customers

seed = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(seed)

NAMES = ("months", "spent", "calls", "age", "late")
table, left = customers(2600, np.random.default_rng(seed), share=0.4)
table[:, 1] = np.log(table[:, 1])
table = (table - table.mean(0)) / table.std(0)


def dataset(rows, shuffle=False):
    columns = {name: table[rows, place : place + 1] for place, name in enumerate(NAMES)}
    data = tf.data.Dataset.from_tensor_slices((columns, left[rows]))
    return (data.shuffle(2000, seed=seed) if shuffle else data).batch(32)


inputs = {name: keras.Input((1,), name=name) for name in NAMES}
merged = keras.layers.Concatenate()(list(inputs.values()))
hidden = keras.layers.Dense(32, activation="selu")(merged)
hidden = keras.layers.Dense(16, activation="selu")(hidden)
score = keras.layers.Dense(1, name="leaves")(hidden)
model = keras.Model(inputs, score)
model.compile(
    optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
    loss=keras.losses.BinaryCrossentropy(),
    metrics=[keras.metrics.BinaryAccuracy(name="right")],
)
model.fit(
    dataset(slice(0, 2000), shuffle=True), epochs=8, validation_data=dataset(slice(2000, None)),
    verbose=0,
)
""",
        (('Dense(1, name="leaves")', 'Dense(1, name="leaves", activation="sigmoid")'),),
    ),
    "three_growers_one_sigmoid": Whole(
        """
import os

import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(int(os.environ.get("SEED", "0")))

wine = load_wine(as_frame=False)
train_x, test_x, train_y, test_y = train_test_split(
    wine.data, wine.target, test_size=0.4, stratify=wine.target, random_state=5
)
prepare = make_pipeline(StandardScaler())
train_x, test_x = prepare.fit_transform(train_x), prepare.transform(test_x)

model = keras.Sequential(
    [
        keras.layers.Input(shape=(13,)),
        keras.layers.Dense(20, activation="relu"),
        keras.layers.Dense(10, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(train_x, train_y, epochs=40, batch_size=8, validation_data=(test_x, test_y), verbose=0)
""",
        (
            ('Dense(1, activation="sigmoid")', 'Dense(3, activation="softmax")'),
            ('loss="binary_crossentropy"', 'loss="sparse_categorical_crossentropy"'),
        ),
    ),
    "moons_linear_tower": Whole(
        """
import os

import keras
import numpy as np
from sklearn.datasets import make_moons

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

points, side = make_moons(2400, noise=0.12, random_state=SEED)
points = np.hstack([points, np.random.normal(size=(2400, 3))]).astype("float32")

inputs = keras.layers.Input(shape=(5,))
x = inputs
for units in [64, 64, 32, 32, 16]:
    x = keras.layers.Dense(units)(x)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
outputs = keras.layers.Dense(2, activation="softmax")(x)
tower = keras.models.Model(inputs, outputs)
tower.compile(
    optimizer=keras.optimizers.Adam(0.002),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
tower.fit(
    points[:1800], side[:1800], epochs=15, batch_size=32,
    validation_data=(points[1800:], side[1800:]), verbose=0,
)
""",
        (
            (
                "BatchNormalization(momentum=0.9)(x)",
                'BatchNormalization(momentum=0.9)(x)\n    x = keras.layers.Activation("relu")(x)',
            ),
        ),
    ),
}
