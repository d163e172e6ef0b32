"""Which of 30 classes do three pictures show? Training is far above validation.

Case 0: a convolutional network over each picture, an LSTM over the three, dropout in many places
and a penalty. Digits in three by default, `--planted` for fields of fibres. The other
options only make it smaller.

`--fixed` takes the causes away: pictures are pooled and not flattened before the LSTM, no slide
(or digit) stands in both splits, and the weights of the best epoch are kept.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras.layers import (
    LSTM,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
)
from planted import write_known
from planted.sequences import planted_sequences
from real.digits import digit_sequences

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--planted", action="store_true", help="drawn fibres, not real digits")
parser.add_argument("--fixed", action="store_true", help="without what is wrong")
parser.add_argument("--rows", type=int, default=6780, help="training sequences")
parser.add_argument("--size", type=int, default=100, help="height and width, 22 or more")
parser.add_argument("--epochs", type=int, default=40)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--known", type=Path, help="write here, as NPZ, what is known of each row")
options = parser.parse_args()

tf.keras.utils.set_random_seed(options.seed)
validation_rows = options.rows * 1484 // 6780
make = planted_sequences if options.planted else digit_sequences
data = make(options.rows + validation_rows, options.size, options.seed)
order = np.random.permutation(len(data.x))
if options.fixed:
    order = np.argsort(data.groups, kind="stable")
train, val = data.at(order[: options.rows]), data.at(order[options.rows :])
if options.known:
    write_known(options.known, (train.groups, val.groups), (train.parts, val.parts))
mean, std = train.x.mean(), train.x.std()
x_train, x_val = (train.x - mean) / std, (val.x - mean) / std

input_shape_0 = keras.Input(shape=(3, options.size, options.size, 1), name="img3")
model = keras.layers.TimeDistributed(Conv2D(8, 3, activation="relu"))(input_shape_0)
model = keras.layers.TimeDistributed(Dropout(0.3))(model)
model = keras.layers.TimeDistributed(MaxPooling2D(2))(model)
model = keras.layers.TimeDistributed(Conv2D(16, 3, activation="relu"))(model)
model = keras.layers.TimeDistributed(MaxPooling2D(2))(model)
model = keras.layers.TimeDistributed(Conv2D(32, 3, activation="relu"))(model)
model = keras.layers.TimeDistributed(MaxPooling2D(2))(model)
model = keras.layers.TimeDistributed(Dropout(0.3))(model)
flat = GlobalAveragePooling2D() if options.fixed else Flatten()
model = keras.layers.TimeDistributed(flat)(model)
model = keras.layers.TimeDistributed(Dropout(0.4))(model)
model = LSTM(16, kernel_regularizer=keras.regularizers.l2(0.007))(model)
model = Dense(60, activation="relu")(model)
model = Dropout(0.15)(model)
out = Dense(30, activation="softmax")(model)
model = keras.Model(inputs=input_shape_0, outputs=out, name="mergedModel")


def get_lr_metric(optimizer):
    def lr(y_true, y_pred):
        return optimizer.learning_rate

    return lr


def schedule(epoch, lr):
    return lr if epoch < options.epochs * 2 // 3 else lr * 0.9


opt = keras.optimizers.RMSprop()
lr_metric = get_lr_metric(opt)
model.compile(
    loss="sparse_categorical_crossentropy", optimizer=opt, metrics=["accuracy", lr_metric]
)
model.summary()

callbacks = [keras.callbacks.LearningRateScheduler(schedule)]
if options.fixed:
    best = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    callbacks = [best]
model.fit(
    x_train, train.y, epochs=options.epochs, validation_data=(x_val, val.y), callbacks=callbacks
)
