"""Fits in a row; with `watched` as argument, each ledger is drawn up between them."""

import contextlib
import hashlib
import random
import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.experimental.enable_op_determinism()
keras.utils.set_random_seed(11)

watched = sys.argv[1] if len(sys.argv) > 1 else ""


class Block(keras.layers.Layer):
    """A layer of the script's own; a model of these is measured on a clone."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.drop, self.norm = layers.Dropout(0.3), layers.BatchNormalization()

    def call(self, x, training=None):
        return self.norm(self.drop(x, training=training), training=training)


def functional():
    x = layers.Input((8, 8, 1))
    h = layers.RandomTranslation(0.1, 0.1)(x)
    h = layers.Flatten()(Block()(layers.Conv2D(4, 3, kernel_regularizer="l2")(h)))
    return keras.Model(x, layers.Dense(2, activation="softmax", activity_regularizer="l2")(h))


class SubClassed(keras.Model):
    """No graph: the model itself is borrowed for measuring, and put back."""

    def __init__(self):
        super().__init__()
        self.flat, self.block = layers.Flatten(), Block()
        self.out = layers.Dense(2, activation="softmax")

    def call(self, x, training=None):
        return self.out(self.block(self.flat(x), training=training))


def digest(built):
    parts = [*built.variables, *built.optimizer.variables]
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in parts)).hexdigest()


def watching():
    if watched != "context":
        return contextlib.nullcontext()
    import valgap

    return valgap.watch()


def callbacks():
    if watched != "callback":
        return []
    import valgap

    return [valgap.Watch()]


x = np.random.normal(size=(160, 8, 8, 1)).astype("float32")
y = (x.mean((1, 2, 3)) > 0).astype("int32")
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(160, seed=9).batch(16)
data = data.map(lambda a, b: (a + tf.random.normal(tf.shape(a), stddev=0.1), b))

for build in (functional, SubClassed):
    model = build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    for train, held_out in (((x, y), (x[:40], y[:40])), ((data,), data.take(2))):
        with watching() as run:
            mine = callbacks()
            model.fit(*train, epochs=2, validation_data=held_out, verbose=0, callbacks=mine)
        for callback in mine:
            run = callback.run
        if run is not None:
            assert len(run.fits) == 1, run.fits
            assert run.ledgers[0].accounts, run.ledgers[0].unmeasured
        print(digest(model), model.layers[-1].name, random.random(), np.random.random())
        print(float(tf.random.uniform(())), keras.layers.Dense(1).name)
