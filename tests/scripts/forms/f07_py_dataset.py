import numpy as np
from _kit import BATCH, CLASS_WEIGHT, EPOCHS, HELD_OUT, TRAIN, picture_model, pictures, tf


class Batches(tf.keras.utils.Sequence):
    def __init__(self, x, y, size):
        super().__init__()
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return int(np.ceil(len(self.x) / self.size))

    def __getitem__(self, i):
        rows = slice(i * self.size, (i + 1) * self.size)
        return self.x[rows], self.y[rows]


picture_model().fit(
    Batches(*pictures(TRAIN, 0), BATCH),
    epochs=EPOCHS,
    verbose=2,
    class_weight=CLASS_WEIGHT,
    validation_data=Batches(*pictures(HELD_OUT, 1), 25),
)
