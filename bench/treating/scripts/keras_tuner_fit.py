"""KerasTuner's Hyperband over the family of the patient, until END, in seconds since 1970.

    keras_tuner_fit.py FAMILY ROWS.npz POOL.npy OUT.npy END SEED

The last fifth of the rows judges, as in the patient; the best is then trained on all rows for the
epochs that were best.
"""

import contextlib
import sys
import time

import keras
import keras_tuner
import numpy as np
from keras import layers

family, rows, pool, out, end_at, seed = sys.argv[1:]
seconds = float(end_at) - time.time()  # of what imports have left
end = time.monotonic() + seconds
SHARE, EPOCHS = 0.85, 60  # the rest is for the last training
search_end = time.monotonic() + SHARE * seconds
held = np.load(rows)
x, y = held["x"], held["y"]
cut = int(0.8 * len(x))
is_value = family == "values"
keras.utils.set_random_seed(int(seed))


def body(hp, h):
    """Gives the layers before the head: as many and as wide as the family allows."""
    rate = hp.Float("dropout", 0, 0.6, step=0.1)
    if family in ("table", "values"):
        if hp.Boolean("normalised"):
            scale = layers.Normalization()
            scale.adapt(x[:cut])
            h = scale(h)
        for _ in range(hp.Int("layers", 1, 4)):
            h = layers.Dense(hp.Choice("units", [16, 32, 64, 128, 256]), activation="relu")(h)
            h = layers.Dropout(rate)(h)
        return h
    if family == "sequences":
        looked = layers.Conv2D(hp.Choice("filters", [8, 16, 32]), 3, strides=2, activation="relu")
        h = layers.TimeDistributed(looked)(h)
        h = layers.TimeDistributed(layers.Flatten())(h)
        h = layers.LSTM(hp.Choice("units", [32, 64, 128]))(h)
        return layers.Dropout(rate)(h)
    flat = family == "pictures"
    conv, pool_by = (layers.Conv2D, layers.MaxPooling2D) if flat else (
        layers.Conv1D, layers.MaxPooling1D)  # fmt: skip
    filters = hp.Choice("filters", [8, 16, 32, 64])
    for depth in range(hp.Int("blocks", 1, 3)):
        h = conv(filters * 2**depth, 3 if flat else 5, padding="same", use_bias=False)(h)
        if hp.Boolean("batch_normalised"):
            h = layers.BatchNormalization()(h)
        h = pool_by()(layers.ReLU()(h))
    averaged = layers.GlobalAveragePooling2D if flat else layers.GlobalAveragePooling1D
    h = averaged()(h) if hp.Boolean("averaged") else layers.Flatten()(h)
    h = layers.Dense(hp.Choice("units", [32, 64, 128]), activation="relu")(h)
    return layers.Dropout(rate)(h)


def build(hp):
    """Gives a compiled model."""
    given = keras.Input(x.shape[1:])
    last = layers.Dense(1) if is_value else layers.Dense(int(y.max()) + 1, activation="softmax")
    model = keras.Model(given, last(body(hp, given)))
    rate = hp.Float("rate", 1e-4, 3e-2, sampling="log")
    loss = "mse" if is_value else "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["mae" if is_value else "accuracy"])
    return model


class Until(keras.callbacks.Callback):
    """Ends a training once the time is up."""

    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002
        """Looks at the clock."""
        if time.monotonic() > search_end:
            self.model.stop_training = True


class InTime(keras_tuner.Hyperband):
    """Begins no trial once the time is up."""

    def run_trial(self, trial, *args, **kwargs):
        """Makes a trial, or ends the search."""
        if time.monotonic() > search_end:
            raise keras_tuner.errors.FatalError("the time is up")
        return super().run_trial(trial, *args, **kwargs)


aim = "val_loss" if is_value else "val_accuracy"
tuner = InTime(
    build, objective=aim, max_epochs=EPOCHS, hyperband_iterations=1000, seed=int(seed),
    directory="tuned", project_name="tuned", overwrite=True,
)  # fmt: skip
with contextlib.suppress(keras_tuner.errors.FatalError):
    tuner.search(
        x[:cut], y[:cut], validation_data=(x[cut:], y[cut:]), callbacks=[Until()], verbose=0
    )
(best,) = tuner.oracle.get_best_trials(1)
epochs = (best.best_step or 0) + 1
print(f"{len(tuner.oracle.trials)} trials; {best.hyperparameters.values}; {epochs} epochs")
search_end = end
model = build(best.hyperparameters)
model.fit(x, y, epochs=epochs, callbacks=[Until()], verbose=0)
np.save(out, model.predict(np.load(pool), batch_size=256, verbose=0))
