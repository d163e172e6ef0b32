"""FIT: how the model is compiled and fitted."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit
from diagnosis.planted.splits import TWO_CLOUDS

SCRIPTS = {
    "rate_too_high_images": replace(bases.IMAGES, compile=bases.SPARSE.replace("0.003", "0.3")),
    "rate_too_high_regression": replace(
        bases.REGRESSION, compile='model.compile(keras.optimizers.SGD(1.0), "mse", metrics=["mae"])'
    ),
    "rate_too_high_series": replace(
        bases.SERIES, compile=bases.SPARSE.replace("Adam(0.003)", "RMSprop(0.5)")
    ),
    "rate_too_low_images": replace(bases.IMAGES, compile=bases.SPARSE.replace("0.003", "0.00002")),
    "rate_too_low_regression": replace(
        bases.REGRESSION,
        compile='model.compile(keras.optimizers.SGD(1e-5), "mse", metrics=["mae"])',
    ),
    "two_epochs_series": replace(
        bases.SERIES, compile=bases.SPARSE.replace("0.003", "0.001"), fit=fit(2)
    ),
    "one_epoch_images": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.shapes(1200, rng, noise=0.4)
x_val, y_val = makers.shapes(500, rng, noise=0.4)
""",
        compile=bases.SPARSE.replace("0.003", "0.001"),
        fit=fit(1),
    ),
    "few_steps_an_epoch": replace(
        bases.IMAGES,
        imports="import tensorflow as tf\n",
        data="""
x_train, y_train = makers.shapes(6000, rng)
x_val, y_val = makers.shapes(500, rng)
train = tf.data.Dataset.from_tensor_slices((x_train, y_train))
train = train.shuffle(6000, seed=seed).batch(32).repeat()
""",
        compile=bases.SPARSE.replace("0.003", "0.001"),
        fit="""
model.fit(train, steps_per_epoch=3, epochs=6, validation_data=(x_val, y_val), verbose=0)
""",
    ),
    "two_validation_steps": replace(
        bases.IMAGES,
        imports="import tensorflow as tf\n",
        data="""
x_train, y_train = makers.shapes(1200, rng, noise=0.5)
x_val, y_val = makers.shapes(600, rng, noise=0.5)
order = np.argsort(y_val)
validation = tf.data.Dataset.from_tensor_slices((x_val[order], y_val[order])).batch(32).repeat()
""",
        fit="""
model.fit(
    x_train, y_train, batch_size=32, epochs=12, validation_data=validation, validation_steps=2,
    verbose=0,
)
""",
    ),
    "sorted_never_shuffled": replace(
        bases.REGRESSION,
        data=bases.REGRESSION.data
        + """
order = np.argsort(y_train)
x_train, y_train = x_train[order], y_train[order]
""",
        compile='model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])',
        fit=fit(6, "shuffle=False, "),
    ),
    "shuffle_true_on_dataset": replace(
        bases.IMAGES,
        imports="import tensorflow as tf\n",
        data=bases.IMAGES.data
        + """
order = np.argsort(y_train, kind="stable")
train = tf.data.Dataset.from_tensor_slices((x_train[order], y_train[order])).batch(32)
""",
        fit="""
model.fit(train, epochs=8, shuffle=True, validation_data=(x_val, y_val), verbose=0)
""",
    ),
    "single_rows_high_rate": replace(
        bases.CLOUDS,
        data=bases.CLOUDS.data.replace("1500", "500"),
        compile=bases.SPARSE.replace("Adam(0.003)", "SGD(0.3)"),
        fit=fit(4).replace("batch_size=32", "batch_size=1"),
    ),
    "price_as_probability": replace(
        bases.REGRESSION,
        data=bases.REGRESSION.data + "\ny_train, y_val = 30 + 8 * y_train, 30 + 8 * y_val\n",
        model=bases.REGRESSION.model.replace(
            "layers.Dense(1)", 'layers.Dense(1, activation="sigmoid")'
        ),
        compile=bases.BINARY,
        fit=fit(12),
    ),
    "class_numbers_as_targets": replace(
        bases.IMAGES,
        model=bases.IMAGES.model.replace('4, activation="softmax"', "1"),
        compile='model.compile(keras.optimizers.Adam(0.003), "mse", metrics=["accuracy"])',
    ),
    "softmax_for_tags": replace(
        bases.TAGS,
        model=bases.TAGS.model.replace("sigmoid", "softmax"),
        compile=bases.TAGS.compile.replace("binary_", "categorical_"),
    ),
    "absolute_error_on_softmax": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(1500, rng, classes=20, apart=6)
x_val, y_val = makers.clouds(600, rng, classes=20, apart=6)
y_train, y_val = makers.one_hot(y_train, 20), makers.one_hot(y_val, 20)
""",
        model=bases.CLOUDS.model.replace("Dense(3", "Dense(20"),
        compile='model.compile(keras.optimizers.Adam(0.003), "mae", metrics=["accuracy"])',
        fit=fit(12),
    ),
    "elementwise_accuracy": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(1500, rng, classes=10, apart=1.5)
x_val, y_val = makers.clouds(600, rng, classes=10, apart=1.5)
y_train, y_val = makers.one_hot(y_train, 10), makers.one_hot(y_val, 10)
""",
        model=bases.CLOUDS.model.replace("Dense(3", "Dense(10"),
        compile="""
model.compile(
    keras.optimizers.Adam(0.003),
    "categorical_crossentropy",
    metrics=[keras.metrics.BinaryAccuracy()],
)
""",
    ),
    "accuracy_of_regression": replace(
        bases.REGRESSION, compile=bases.REGRESSION.compile.replace("mae", "accuracy")
    ),
    "argmax_accuracy_on_tags": replace(
        bases.TAGS,
        compile=bases.TAGS.compile.replace("keras.metrics.BinaryAccuracy()", '"accuracy"'),
    ),
    "inverted_class_weights": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(2000, rng, classes=2, apart=2.0, shares=[0.75, 0.25])
x_val, y_val = makers.clouds(1000, rng, classes=2, apart=2.0, shares=[0.75, 0.25])
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY.replace("0.003", "0.002"),
        fit=fit(8, "class_weight={0: 4.5, 1: 0.5}, "),
    ),
    "log_of_zero": replace(
        bases.CLOUDS,
        data=bases.CLOUDS.data
        + "\ny_train, y_val = makers.one_hot(y_train, 3), makers.one_hot(y_val, 3)\n",
        model=bases.CLOUDS.model.replace('3, activation="softmax"', '3, activation="relu"'),
        compile="""
def likelihood(y, p):
    p = p / keras.ops.sum(p, axis=-1, keepdims=True)
    return -keras.ops.sum(y * keras.ops.log(p), axis=-1)


model.compile(keras.optimizers.Adam(0.003), likelihood, metrics=["accuracy"])
""",
    ),
    "last_epoch_after_restart": replace(
        bases.IMAGES,
        data=bases.IMAGES.data.replace("rng)", "rng, noise=0.4)"),
        fit="""
turns = keras.callbacks.LearningRateScheduler(
    lambda epoch: 0.0015 * (1 + np.cos(np.pi * (epoch % 12) / 12)) if epoch < 12 else 0.1
)
model.fit(
    x_train, y_train, batch_size=32, epochs=13, validation_data=(x_val, y_val), callbacks=[turns],
    verbose=0,
)
""",
    ),
    "random_base_frozen": replace(
        bases.IMAGES,
        model=bases.IMAGES.model.replace("Conv2D(16", "Conv2D(4").replace("Conv2D(32", "Conv2D(4")
        + """
for layer in model.layers[:-1]:
    layer.trainable = False
""",
    ),
    "adadelta_by_default": replace(
        bases.IMAGES, compile=bases.SPARSE.replace("keras.optimizers.Adam(0.003)", '"adadelta"')
    ),
    "early_stopping_wrong_mode": replace(
        bases.IMAGES,
        compile=bases.SPARSE.replace("0.003", "0.0005"),
        fit="""
stop = keras.callbacks.EarlyStopping("val_accuracy", patience=2, mode="min")
model.fit(
    x_train, y_train, batch_size=32, epochs=40, validation_data=(x_val, y_val), callbacks=[stop],
    verbose=0,
)
""",
    ),
    "impatient_stopping": replace(
        bases.TABLE,
        data="""
x_train, y_train = makers.rings(1500, rng)
x_val, y_val = makers.rings(30, rng)
""",
        compile=bases.BINARY.replace("0.003", "0.0003"),
        fit="""
stop = keras.callbacks.EarlyStopping("val_accuracy", patience=1)
model.fit(
    x_train, y_train, batch_size=32, epochs=60, validation_data=(x_val, y_val), callbacks=[stop],
    verbose=0,
)
""",
    ),
    "decay_starves": replace(
        bases.SERIES,
        compile="""
rate = keras.optimizers.schedules.ExponentialDecay(0.003, decay_steps=8, decay_rate=0.5)
model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
""",
    ),
    "rotation_destroys": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.lines(1200, rng)
x_val, y_val = makers.lines(500, rng)
""",
        model=bases.IMAGES.model.replace(
            "keras.Input((16, 16, 1)),",
            "keras.Input((16, 16, 1)),\n        layers.RandomRotation(0.5, seed=seed),",
        ),
    ),
}
