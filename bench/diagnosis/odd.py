"""Scripts that carry something odd which does no harm: no error and no warning is right."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit

SCRIPTS = {
    "raw_pixels_adam_batchnorm": replace(
        bases.IMAGES,
        data=bases.IMAGES.data
        + """
x_train, x_val = x_train * 255, x_val * 255
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.BatchNormalization(momentum=0.9),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
    ),
    "constant_head_bias": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(2500, rng, classes=2, apart=4, shares=[0.8, 0.2])
x_val, y_val = makers.clouds(1200, rng, classes=2, apart=4, shares=[0.8, 0.2])
""",
        model="""
start = keras.initializers.Constant(float(np.log(0.2 / 0.8)))
model = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid", bias_initializer=start),
    ]
)
""",
        compile=bases.BINARY.replace("0.003", "0.002"),
        fit=fit(8),
    ),
    "high_rate_that_works": replace(
        bases.TABLE,
        compile=bases.BINARY.replace("Adam(0.003)", "SGD(0.5)"),
        fit=fit(20),
    ),
    "random_order_unshuffled": replace(bases.IMAGES, fit=fit(12, "shuffle=False, ")),
    "unused_input_shape": replace(
        bases.IMAGES,
        model=bases.IMAGES.model.replace(
            'layers.Conv2D(32, 3, padding="same", activation="relu")',
            'layers.Conv2D(32, 3, padding="same", activation="relu", input_shape=(16, 16, 1))',
        ),
    ),
    "strong_l2_that_fits": replace(
        bases.IMAGES,
        model="""
decay = keras.regularizers.L2(0.01)
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(32, activation="relu", kernel_regularizer=decay),
        layers.Dense(4, activation="softmax", kernel_regularizer=decay),
    ]
)
""",
    ),
    "softmax_said_to_be_logits": replace(
        bases.CLOUDS,
        compile="""
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(0.002), loss, metrics=["accuracy"])
""",
    ),
    "training_true_in_a_graph": replace(
        bases.IMAGES,
        model="""
picture = keras.Input((16, 16, 1))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(picture)
h = layers.MaxPooling2D()(h)
h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
h = layers.GlobalMaxPooling2D()(h)
h = layers.Dropout(0.2)(h, training=True)
model = keras.Model(picture, layers.Dense(4, activation="softmax")(h))
""",
    ),
    "two_rows_shared": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.shapes(1200, rng)
x_val, y_val = makers.shapes(400, rng)
x_val[:2], y_val[:2] = x_train[:2], y_train[:2]
""",
    ),
    "wide_layer_many_rows": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.lines(4000, rng)
x_val, y_val = makers.lines(800, rng)
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
        compile=bases.SPARSE.replace("0.003", "0.001"),
        fit=fit(5),
    ),
    "steps_that_come_round": replace(
        bases.IMAGES,
        imports="import tensorflow as tf\n",
        data="""
x_train, y_train = makers.shapes(1280, rng)
x_val, y_val = makers.shapes(500, rng)
train = tf.data.Dataset.from_tensor_slices((x_train, y_train))
train = train.shuffle(1280, seed=seed).repeat().batch(32)
""",
        fit="""
model.fit(train, steps_per_epoch=20, epochs=24, validation_data=(x_val, y_val), verbose=0)
""",
    ),
}
