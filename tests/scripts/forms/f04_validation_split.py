from _kit import BATCH, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, weights

x, y = pictures(TRAIN + HELD_OUT, 0)
picture_model().fit(
    x, y, BATCH, EPOCHS, 2, validation_split=0.29, sample_weight=weights(TRAIN + HELD_OUT, 1)
)
