"""Is it movement 0 or one of seven others? Training and validation are close, and stuck.

Case 1: two bidirectional LSTMs, penalties on all there is, and attention by a learned query.
On planted series; the options make it as large as the author's (`--rows 4917 --steps 100`).
"""

import argparse

import numpy as np
import tensorflow as tf
from _series import planted_series
from tensorflow.keras.layers import (
    LSTM,
    Activation,
    Bidirectional,
    Dense,
    Dot,
    Dropout,
    Input,
    Masking,
)
from tensorflow.keras.models import Model
from tensorflow.keras.regularizers import l2
from tensorflow.keras.utils import to_categorical

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--rows", type=int, default=880, help="training series")
parser.add_argument("--steps", type=int, default=25, help="steps of the longest series")
parser.add_argument("--epochs", type=int, default=11)
parser.add_argument("--seed", type=int, default=0)
options = parser.parse_args()

tf.keras.utils.set_random_seed(options.seed)
features = round(1.36 * options.steps)
X, movements = planted_series(options.rows * 3 // 2, options.steps, features, options.seed)
y = to_categorical(movements > 0, 2)
X_train, X_val = X[: options.rows], X[options.rows :]
y_train, y_val = y[: options.rows], y[options.rows :]

Dense_unit = 32
LSTM_unit = 32
dense_reg = 0.003
# 0.0029 over 100 steps: shorter series are to cost a row as much.
activity_reg = 0.0029 * 100 / options.steps
dropout = 0.3
attention_param = LSTM_unit * 2
attention_init_value = 1.0 / attention_param

u_train = np.full((X_train.shape[0], attention_param), attention_init_value, dtype=np.float32)
u_val = np.full((X_val.shape[0], attention_param), attention_init_value, dtype=np.float32)


def lstm():
    return Bidirectional(
        LSTM(
            LSTM_unit,
            activity_regularizer=l2(activity_reg),
            kernel_regularizer=l2(0.002),
            recurrent_regularizer=l2(0.002),
            return_sequences=True,
            dropout=dropout,
        )
    )


# Bi-directional Long Short-Term Memory for learning the temporal aggregation
input_feature = Input(shape=(X_train.shape[1], X_train.shape[2]))
x = Masking(mask_value=0)(input_feature)
x = Dense(Dense_unit, kernel_regularizer=l2(dense_reg), activation="relu")(x)
x = Dropout(dropout)(x)
x = Dense(Dense_unit, kernel_regularizer=l2(dense_reg), activation="relu")(x)
x = Dropout(dropout)(x)
x = Dense(Dense_unit, kernel_regularizer=l2(dense_reg), activation="relu")(x)
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
z = Dot(axes=1)([alpha, x])
output = Dense(2, activation="softmax")(z)

model = Model(inputs=[input_attention, input_feature], outputs=output)
model.compile(
    loss="categorical_crossentropy",
    metrics=["accuracy"],
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.001),
)
model.fit(
    [u_train, X_train],
    y_train,
    shuffle=False,
    batch_size=16,
    epochs=options.epochs,
    class_weight={0: 1.75607143, 1: 0.69903327},
    validation_data=([u_val, X_val], y_val),
)
