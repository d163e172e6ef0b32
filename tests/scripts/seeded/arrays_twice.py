"""Two fits of two models, one thread, every seed set; prints the weights' digests."""

import hashlib
import random

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.experimental.enable_op_determinism()
keras.utils.set_random_seed(3)


def model():
    built = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.RandomFlip(),
            layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.4),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    built.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return built


def digest(built):
    data = b"".join(np.ascontiguousarray(w).tobytes() for w in built.get_weights())
    slots = b"".join(np.asarray(v).tobytes() for v in built.optimizer.variables)
    return hashlib.sha256(data + slots).hexdigest()


x = np.random.normal(size=(160, 8, 8, 1)).astype("float32")
y = (x.mean((1, 2, 3)) > 0).astype("int32")
callbacks = [
    keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
    keras.callbacks.ReduceLROnPlateau(patience=1),
]
first = model()
history = first.fit(
    x,
    y,
    epochs=5,
    validation_split=0.25,
    class_weight={0: 0.5, 1: 2.0},
    verbose=0,
    callbacks=callbacks,
)
print(digest(first), first.name, [f"{v:.17g}" for v in history.history["val_loss"]])

data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(160, seed=9).batch(16)
noisy = data.map(lambda a, b: (a + tf.random.normal(tf.shape(a), stddev=0.1), b))
second = model()
second.fit(noisy, epochs=3, validation_data=data.take(3), verbose=0)
print(digest(second), second.name)


class Shuffled(keras.utils.Sequence):
    def __len__(self):
        return 10

    def __getitem__(self, i):
        rows = np.random.permutation(160)[: random.randrange(12, 17)]
        return x[rows], y[rows]


third = model()
third.fit(Shuffled(), epochs=2, validation_data=(x[:40], y[:40]), verbose=0)
third.fit(x, y, epochs=2, batch_size=20, verbose=0)
print(digest(third), third.name, random.random(), np.random.random(), float(tf.random.uniform(())))
