"""EVL: how the result is measured."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit
from diagnosis.planted.splits import TWO_CLOUDS

SCRIPTS = {
    "ten_validation_rows_images": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.shapes(1200, rng, noise=0.5)
x_val, y_val = makers.shapes(10, rng, noise=0.5)
""",
    ),
    "ten_validation_rows_table": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(1500, rng, classes=2, apart=1.8)
x_val, y_val = makers.clouds(10, rng, classes=2, apart=1.8)
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY.replace("0.003", "0.002"),
    ),
    "pure_noise": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = rng.normal(size=(1200, 10)), rng.integers(0, 3, 1200)
x_val, y_val = rng.normal(size=(600, 10)), rng.integers(0, 3, 600)
""",
        fit=fit(15),
    ),
    "augmented_validation": replace(
        bases.IMAGES,
        imports="import tensorflow as tf\n",
        data="""
x_train, y_train = makers.shapes(1200, rng)
x_val, y_val = makers.shapes(500, rng)
change = layers.RandomTranslation(0.5, 0.5, fill_mode="constant", seed=seed)


def pipeline(x, y):
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=seed).batch(32)
    return data.map(lambda x, y: (change(x, training=True), y)).prefetch(2)


train, validation = pipeline(x_train, y_train), pipeline(x_val, y_val)
""",
        fit="""
model.fit(train, epochs=12, validation_data=validation, verbose=0)
""",
    ),
    "weighted_training_loss": replace(
        bases.CLOUDS,
        data=bases.CLOUDS.data + "\nweights = np.full(len(y_train), 8.0)\n",
        fit=fit(8, "sample_weight=weights, "),
    ),
    "trained_into_certainty": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(400, rng, classes=2, apart=2.2)
x_val, y_val = makers.clouds(600, rng, classes=2, apart=2.2)
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
""",
        compile=bases.BINARY,
        fit=fit(50),
    ),
    "best_of_hundred_epochs": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(300, rng, classes=2, apart=0.5)
x_val, y_val = makers.clouds(40, rng, classes=2, apart=0.5)
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY,
        fit="""
best = keras.callbacks.EarlyStopping("val_accuracy", patience=100, restore_best_weights=True)
model.fit(
    x_train, y_train, batch_size=32, epochs=100, validation_data=(x_val, y_val), callbacks=[best],
    verbose=0,
)
""",
    ),
    "best_seed_of_four": replace(
        bases.TABLE,
        model="",
        compile="""
def network():
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(3, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return model
""",
        fit="""
scores = []
for turn in range(4):
    keras.utils.set_random_seed(10 * seed + turn)
    model = network()
    history = model.fit(
        x_train, y_train, batch_size=32, epochs=8, validation_data=(x_val, y_val), verbose=0
    )
    scores.append(history.history["val_accuracy"][-1])
print(f"best seed: {max(scores):.3f}", scores)
""",
    ),
    "rare_shape_never_found": replace(
        bases.IMAGES,
        data="""
def rare(rows):
    y = rng.choice(4, rows, p=[0.33, 0.32, 0.33, 0.02])
    x = makers.draw(y, rng)
    few = y == 3
    x[few] = makers.draw(np.full(few.sum(), 2), rng)
    x[few] = 0.92 * x[few]
    return x, y


x_train, y_train = rare(1200)
x_val, y_val = rare(800)
""",
    ),
}
