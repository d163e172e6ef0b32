"""Is it movement 0 or one of the others? Training and validation are close, and stuck.

Case 1: two bidirectional LSTMs, penalties on all there is, and attention by a learned query.
Exercises from a watch by default, `--planted` for series made by code. The other options make it
smaller, or as large as the author's (`--planted --rows 4917 --steps 100`). `--partial` plants
what the author had: a weaker penalty and a harder signal, so that it learns a little and stops.

`--fixed` takes the causes away: no penalties, rows in random order, and the mean over the steps
that are not masked in place of an attention that is one anyway.
"""

import argparse
from pathlib import Path

import numpy as np
import tensorflow as tf
from planted import write_known
from planted.series import planted_series
from real.exercises import exercise_windows
from tensorflow.keras.layers import (
    LSTM,
    Activation,
    Bidirectional,
    Dense,
    Dot,
    Dropout,
    GlobalAveragePooling1D,
    Input,
    Masking,
)
from tensorflow.keras.models import Model
from tensorflow.keras.regularizers import l2
from tensorflow.keras.utils import to_categorical

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--planted", action="store_true", help="series made by code, no real ones")
parser.add_argument("--fixed", action="store_true", help="without what is wrong")
parser.add_argument("--partial", action="store_true", help="weaker penalty, harder signal")
parser.add_argument("--rows", type=int, default=880, help="training series")
parser.add_argument("--steps", type=int, default=25, help="steps of the longest series")
parser.add_argument("--epochs", type=int, default=11)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--known", type=Path, help="write here, as NPZ, what is known of each row")
options = parser.parse_args()

tf.keras.utils.set_random_seed(options.seed)
if options.planted:
    features, strength = round(1.36 * options.steps), 0.45 if options.partial else 0.7
    rows = options.rows * 3 // 2
    series = planted_series(rows, options.steps, features, options.seed, strength=strength)
else:
    series = exercise_windows(options.steps, options.seed)
X, y = series.x, to_categorical(series.y, 2)
end = options.rows * 3 // 2
X_train, X_val = X[: options.rows], X[options.rows : end]
y_train, y_val = y[: options.rows], y[options.rows : end]
if options.known:
    train, val = (
        series.at(np.arange(*ends))
        for ends in ((0, len(X_train)), (len(X_train), len(X_train) + len(X_val)))
    )
    write_known(options.known, (train.groups, val.groups), (train.parts, val.parts))

Dense_unit = 32
LSTM_unit = 32
dense_reg = 0.003
# 0.0029 over 100 steps: shorter series are to cost a row as much.
activity_reg = 0.0029 * 100 / options.steps * (0.05 if options.partial else 1)
weight_reg = 0.002
dropout = 0.3
attention_param = LSTM_unit * 2
attention_init_value = 1.0 / attention_param

u_train = np.full((X_train.shape[0], attention_param), attention_init_value, dtype=np.float32)
u_val = np.full((X_val.shape[0], attention_param), attention_init_value, dtype=np.float32)


def penalty(factor):
    return None if options.fixed else l2(factor)


def lstm():
    return Bidirectional(
        LSTM(
            LSTM_unit,
            activity_regularizer=penalty(activity_reg),
            kernel_regularizer=penalty(weight_reg),
            recurrent_regularizer=penalty(weight_reg),
            return_sequences=True,
            dropout=dropout,
        )
    )


# Bi-directional Long Short-Term Memory for learning the temporal aggregation
input_feature = Input(shape=(X_train.shape[1], X_train.shape[2]))
x = Masking(mask_value=0)(input_feature)
x = Dense(Dense_unit, kernel_regularizer=penalty(dense_reg), activation="relu")(x)
x = Dropout(dropout)(x)
x = Dense(Dense_unit, kernel_regularizer=penalty(dense_reg), activation="relu")(x)
x = Dropout(dropout)(x)
x = Dense(Dense_unit, kernel_regularizer=penalty(dense_reg), activation="relu")(x)
x = Dropout(dropout)(x)
x = lstm()(x)
x = lstm()(x)

# Logistic regression for learning the attention parameters with a standalone feature as input
input_attention = Input(shape=(attention_param,))
u = Dense(attention_param, activation="softmax")(input_attention)

# To compute the final weights for the frames which sum to unity
alpha = Dot(axes=-1)([u, x])
alpha = Activation("softmax")(alpha)

# Weighted pooling to get the utterance-level representation
z = GlobalAveragePooling1D()(x) if options.fixed else Dot(axes=1)([alpha, x])
output = Dense(2, activation="softmax")(z)

inputs = input_feature if options.fixed else [input_attention, input_feature]
model = Model(inputs=inputs, outputs=output)
model.compile(
    loss="categorical_crossentropy",
    metrics=["accuracy"],
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.001),
)
model.fit(
    X_train if options.fixed else [u_train, X_train],
    y_train,
    shuffle=options.fixed,
    batch_size=16,
    epochs=options.epochs,
    class_weight={0: 1.75607143, 1: 0.69903327},
    validation_data=(X_val if options.fixed else [u_val, X_val], y_val),
)
