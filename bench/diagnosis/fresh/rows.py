"""DAT201 and DAT206: too few rows of a class, or of all."""

from __future__ import annotations

from diagnosis.script import Whole

SCRIPTS = {
    "fraud_never_found": Whole(
        """
import os

import keras
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

SEED = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(SEED)

payments, fraud = make_classification(
    n_samples=4000, n_features=12, n_informative=5, n_redundant=2, weights=[0.97],
    class_sep=0.55, flip_y=0.0, n_clusters_per_class=1, random_state=11,
)
x_train, x_val, y_train, y_val = train_test_split(
    payments.astype("float32"), fraud, test_size=0.3, random_state=SEED, stratify=fraud
)


class FraudNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential(
            [
                keras.layers.Dense(16, activation="relu"),
                keras.layers.Dropout(0.3),
                keras.layers.Dense(8, activation="relu"),
            ]
        )
        self.head = keras.layers.Dense(1, activation="sigmoid")

    def call(self, x, training=False):
        return self.head(self.body(x, training=training))


model = FraudNet()
adam = keras.optimizers.Adam(1e-3)
model.compile(optimizer=adam, loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=12, batch_size=64, validation_data=(x_val, y_val), verbose=0)
""",
        (("epochs=12, ", "epochs=12, class_weight={0: 1.0, 1: 32.0}, "),),
    ),
    "thirty_letters": Whole(
        """
import os

import keras
import numpy as np
from keras import layers
from sources import letters

seed = int(os.environ.get("SEED", "0"))
keras.utils.set_random_seed(seed)
rng = np.random.default_rng(seed)

x_train, y_train = letters(30, rng)
x_test, y_test = letters(600, rng)


def block(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    x = layers.Activation("relu")(x)
    return layers.MaxPooling2D()(x)


image = keras.Input((18, 18))
x = layers.Rescaling(1 / 255)(image)
x = layers.Reshape((18, 18, 1))(x)
x = block(x, 16)
x = block(x, 32)
x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
x = layers.GlobalMaxPooling2D()(x)
x = layers.Dropout(0.2)(x)
model = keras.Model(image, layers.Dense(6, activation="softmax")(x))
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=10, epochs=35, validation_data=(x_test, y_test), verbose=0)
""",
        (
            ("letters(30, rng)", "letters(1500, rng)"),
            ("batch_size=10, epochs=35", "batch_size=32, epochs=8"),
        ),
    ),
}
