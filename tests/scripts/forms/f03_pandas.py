import pandas as pd
from _kit import BATCH, EPOCHS, HELD_OUT, TRAIN, compiled, layers, pictures, regularizers, weights

x, y = pictures(TRAIN + HELD_OUT, 0)
table = pd.DataFrame(x.reshape(len(x), -1)[:, ::6].astype("float64"))
label = pd.Series(y)
inputs = layers.Input((table.shape[1],))
h = layers.GaussianNoise(0.1)(inputs)
h = layers.Dense(16, kernel_regularizer=regularizers.L2(0.01))(h)
h = layers.Dropout(0.3)(layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h)))
h = layers.Dense(8, activation="tanh", activity_regularizer="l2")(h)
model = compiled(inputs, layers.Dense(2, activation="softmax")(h))
model.fit(
    table[:TRAIN],
    label[:TRAIN],
    BATCH,
    EPOCHS,
    2,
    sample_weight=pd.Series(weights(TRAIN, 1)),
    validation_data=(table[TRAIN:], label[TRAIN:], pd.Series(weights(HELD_OUT, 2))),
)
