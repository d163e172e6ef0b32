"""MOD106 to MOD111, MOD127, MOD128: normalisation, dropout and penalties."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit

BATCHNORM = """
model = keras.Sequential([keras.Input((16, 16, 1))])
for filters in (16, 32):
    model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.ReLU())
    model.add(layers.MaxPooling2D())
model.add(layers.GlobalMaxPooling2D())
model.add(layers.Dense(4, activation="softmax"))
"""

SCRIPTS = {
    "batchnorm_few_steps": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.shapes(450, rng)
x_val, y_val = makers.shapes(500, rng)
x_train, x_val = 2 * x_train - 1, 2 * x_val - 1
""",
        model=BATCHNORM,
        compile=bases.SPARSE.replace("0.003", "0.02"),
        fit=fit(7).replace("batch_size=32", "batch_size=128"),
    ),
    "batchnorm_slow_momentum": replace(
        bases.FRAMES,
        model="""
model = keras.Sequential(
    [
        keras.Input((4, 12, 12, 1)),
        layers.TimeDistributed(layers.Conv2D(12, 5, padding="same")),
        layers.TimeDistributed(layers.BatchNormalization(momentum=0.9999)),
        layers.TimeDistributed(layers.ReLU()),
        layers.TimeDistributed(layers.GlobalMaxPooling2D()),
        layers.LSTM(24),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
    ),
    "batches_of_two": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.shapes(200, rng, noise=0.3)
x_val, y_val = makers.shapes(500, rng, noise=0.3)
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.BatchNormalization(momentum=0.9),
        layers.Dense(32, activation="relu"),
        layers.BatchNormalization(momentum=0.9),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
        compile=bases.SPARSE.replace("0.003", "0.01"),
        fit=fit(10).replace("batch_size=32", "batch_size=2"),
    ),
    "dropout_before_batchnorm": replace(
        bases.IMAGES,
        model="""
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(8, 3, padding="same"),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Dropout(0.7),
        layers.MaxPooling2D(2),
        layers.Dropout(0.5),
        layers.Conv2D(16, 3, padding="same"),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Dropout(0.7),
        layers.MaxPooling2D(2),
        layers.Dropout(0.5),
        layers.Flatten(),
        layers.Dense(16),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Dropout(0.5),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
        fit=fit(20),
    ),
    "dropout_nine_tenths": replace(
        bases.TABLE,
        model="""
model = keras.Sequential([keras.Input((6,))])
for units in (32, 32, 16):
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dropout(0.9))
model.add(layers.Dense(1, activation="sigmoid"))
""",
    ),
    "dropout_everywhere": replace(
        bases.IMAGES,
        model="""
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Dropout(0.8),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.8),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dropout(0.8),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
    ),
    "heavy_l2_table": replace(
        bases.TABLE,
        model="""
penalty = keras.regularizers.L2(0.5)
model = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(32, activation="relu", kernel_regularizer=penalty),
        layers.Dense(32, activation="relu", kernel_regularizer=penalty),
        layers.Dense(1, activation="sigmoid", kernel_regularizer=penalty),
    ]
)
""",
    ),
    "heavy_l1_images": replace(
        bases.IMAGES,
        model="""
penalty = keras.regularizers.L1(0.05)
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu", kernel_regularizer=penalty),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu", kernel_regularizer=penalty),
        layers.GlobalMaxPooling2D(),
        layers.Dense(4, activation="softmax", kernel_regularizer=penalty),
    ]
)
""",
    ),
    "activity_penalty_per_step": replace(
        bases.SERIES,
        data=bases.SERIES.data.replace("rng)", "rng, steps=60)"),
        model="""
model = keras.Sequential(
    [
        keras.Input((60, 3)),
        layers.LSTM(32, return_sequences=True, activity_regularizer=keras.regularizers.L2(0.2)),
        layers.GlobalAveragePooling1D(),
        layers.Dense(3, activation="softmax"),
    ]
)
""",
    ),
    "dropout_always_on": replace(
        bases.IMAGES,
        model="""

class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(16, 3, padding="same", activation="relu")
        self.pool = layers.MaxPooling2D()
        self.second = layers.Conv2D(32, 3, padding="same", activation="relu")
        self.whole = layers.GlobalMaxPooling2D()
        self.drop = layers.Dropout(0.8)
        self.head = layers.Dense(4, activation="softmax")

    def call(self, pictures):
        found = self.whole(self.second(self.pool(self.first(pictures))))
        return self.head(self.drop(found, training=True))


model = Network()
""",
    ),
    "noise_by_frame": replace(
        bases.FRAMES,
        model=bases.FRAMES.model.replace(
            "        layers.TimeDistributed(layers.Conv2D(",
            "        layers.TimeDistributed(layers.Dropout(0.5)),\n"
            "        layers.TimeDistributed(layers.Conv2D(",
        ),
    ),
}
