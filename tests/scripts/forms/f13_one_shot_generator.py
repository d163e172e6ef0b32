import numpy as np
from _kit import BATCH, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, weights


def batches(rows, seed, size):
    x, y = pictures(rows, seed)
    w = weights(rows, seed + 1)
    order = np.random.default_rng(seed)
    while True:
        picked = order.integers(0, rows, size)
        yield x[picked], y[picked], w[picked]


picture_model().fit(
    batches(TRAIN, 0, BATCH),
    epochs=EPOCHS,
    verbose=2,
    steps_per_epoch=7,
    validation_data=batches(HELD_OUT, 1, 18),
    validation_steps=5,
)
