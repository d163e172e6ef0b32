from _kit import BATCH, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures


def batches(rows, seed, size):
    x, y = pictures(rows, seed)
    while True:
        for i in range(0, rows, size):
            yield x[i : i + size], y[i : i + size]


picture_model().fit(
    batches(TRAIN, 0, BATCH),
    epochs=EPOCHS,
    verbose=2,
    steps_per_epoch=7,
    validation_data=batches(HELD_OUT, 1, 18),
    validation_steps=5,
)
