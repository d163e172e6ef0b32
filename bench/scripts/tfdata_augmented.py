"""A small convolutional network on a `tf.data` pipeline that augments."""

import keras
import numpy as np
import tensorflow as tf
from timed import report

rng = np.random.default_rng(0)
x = rng.normal(size=(5000, 32, 32, 3)).astype("float32")
y = rng.integers(0, 10, 5000)


def augment(picture, label):
    """Gives a picture flipped and brightened at random."""
    return tf.image.random_brightness(tf.image.random_flip_left_right(picture), 0.1), label


train = tf.data.Dataset.from_tensor_slices((x[:4000], y[:4000])).shuffle(4000)
train = train.map(augment, num_parallel_calls=2).batch(32).prefetch(2)
validation = tf.data.Dataset.from_tensor_slices((x[4000:], y[4000:])).batch(32)

model = keras.Sequential(
    [
        keras.Input((32, 32, 3)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
with report(model, x[0].nbytes):
    model.fit(train, epochs=10, validation_data=validation, verbose=0)
