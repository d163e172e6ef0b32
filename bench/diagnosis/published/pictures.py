"""Published faults of models of pictures."""

from __future__ import annotations

from diagnosis.script import Script

CLASSIFICATION = "from sklearn.datasets import make_classification\n"
DIGITS = "from sklearn.datasets import load_digits\n"
BCE = 'model.compile("adam", "binary_crossentropy", metrics=["accuracy"])'

SCRIPTS = {
    43055289: Script(
        imports=CLASSIFICATION,
        data="""
x, y = make_classification(60, 48 * 48 * 3, random_state=seed)
x = x.reshape(-1, 48, 48, 3)
""",
        model="""
model = keras.Sequential([keras.Input((48, 48, 3))])
model.add(layers.Conv2D(5, 4, strides=2, padding="same"))
model.add(layers.LeakyReLU(negative_slope=0.2))
model.add(layers.Conv2D(10, 4, strides=2, padding="same"))
model.add(layers.BatchNormalization())
model.add(layers.LeakyReLU(negative_slope=0.2))
model.add(layers.Flatten())
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile=BCE,
        fit="""
model.fit(x, y, batch_size=8, epochs=5, shuffle=True, verbose=0)
model.evaluate(x, y, verbose=0)
""",
    ),
    44755431: Script(
        imports=DIGITS,
        data="""
x, y = load_digits(return_X_y=True)
x = np.kron(x.reshape(-1, 8, 8) / 16, np.ones((3, 3)))[..., None]
y = makers.one_hot(y, 10)
x_val, y_val = x[1400:], y[1400:]
""",
        model="""
model = keras.Sequential([keras.Input((24, 24, 1))])
for filters in (16, 32, 64):
    model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(filters, 3, activation="relu"))
    model.add(layers.MaxPooling2D(2))
model.add(layers.Flatten())
model.add(layers.Dense(50, activation="relu"))
model.add(layers.Dropout(0.5))
model.add(layers.Dense(10))
model.add(layers.Dropout(0.5))
model.add(layers.Activation("softmax"))
""",
        compile='model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])',
        fit="""
model.fit(
    x[:1400], y[:1400], epochs=12, batch_size=20, validation_data=(x_val, y_val), verbose=0
)
""",
    ),
    48385830: Script(
        imports=DIGITS,
        data="""
x, y = load_digits(return_X_y=True)
x, y = x / 16, makers.one_hot(y, 10)
""",
        model="""
start = {
    "kernel_initializer": keras.initializers.RandomNormal(stddev=1),
    "bias_initializer": keras.initializers.RandomNormal(stddev=1),
}
model = keras.Sequential([keras.Input((64,)), layers.Dense(30, **start), layers.Dense(10, **start)])
""",
        compile='model.compile(keras.optimizers.SGD(3.0), "mse", metrics=["accuracy"])',
        fit="model.fit(x[:1500], y[:1500], batch_size=10, epochs=10, verbose=0)",
    ),
    51901386: Script(
        imports=CLASSIFICATION,
        data="""
x, y = make_classification(
    100, 32 * 40 * 3, n_classes=9, n_informative=5, random_state=seed
)
x, y = x.reshape(-1, 32, 40, 3), makers.one_hot(y, 9)
""",
        model="""
model = keras.Sequential([keras.Input((32, 40, 3))])
for filters in (16, 16, 32):
    model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D(2, strides=2))
model.add(layers.Flatten())
model.add(layers.Dropout(0.5))
model.add(layers.Dense(256, activation="relu"))
model.add(layers.Dropout(0.5))
model.add(layers.Dense(9, activation="relu"))
""",
        compile="""
model.compile(keras.optimizers.Adam(0.0001), "categorical_crossentropy", metrics=["acc"])
""",
        fit="model.fit(x, y, epochs=5, batch_size=24, verbose=0)",
    ),
    54282951: Script(
        imports=CLASSIFICATION,
        data="""
x, y = make_classification(100, 32 * 32 * 3, random_state=seed)
x = x.reshape(-1, 32, 32, 3)
""",
        model="""
model = keras.Sequential([keras.Input((32, 32, 3))])
model.add(layers.Conv2D(32, 1, 1))
model.add(layers.Flatten())
model.add(layers.Dense(64))
model.add(layers.Dropout(0.5))
model.add(layers.Dense(1))
""",
        compile='model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x[:90], y[:90], epochs=20, validation_data=(x[90:], y[90:]), verbose=0)",
    ),
    62068109: Script(
        data="x, y = makers.shapes(1000, rng, size=32)",
        model="""
model = keras.Sequential([keras.Input((32, 32, 1))])
for layer in range(3):
    model.add(layers.Conv2D(16, 3))
    model.add(layers.Activation("relu"))
    model.add(layers.MaxPooling2D(2))
model.add(layers.Flatten())
model.add(layers.Dense(64))
model.add(layers.Activation("relu"))
model.add(layers.Dropout(0.5))
model.add(layers.Dense(1))
model.add(layers.Activation("sigmoid"))
""",
        compile=BCE,
        fit="model.fit(x, y, epochs=10, validation_split=0.2, verbose=0)",
    ),
    62957334: Script(
        imports=CLASSIFICATION,
        data="""
x, y = make_classification(100, 20 * 20 * 3 * 6, random_state=seed)
x = x.reshape(-1, 20, 20, 3, 6)
""",
        model="""
model = keras.Sequential([keras.Input((20, 20, 3, 6))])
model.add(layers.Conv3D(16, 3, activation="linear", padding="same"))
model.add(layers.MaxPooling3D(2, padding="same"))
model.add(layers.Conv3D(16, 3, activation="linear", padding="same"))
model.add(layers.MaxPooling3D(2, padding="same"))
model.add(layers.Conv3D(16, 3, activation="linear", padding="same"))
model.add(layers.Flatten())
model.add(layers.Dense(10, activation="linear"))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile='model.compile("nadam", "mape")',
        fit="model.fit(x, y, epochs=10, batch_size=20, verbose=0)",
    ),
    64387251: Script(
        imports=DIGITS,
        data="""
x, y = load_digits(n_class=2, return_X_y=True)
x = x / 16
""",
        model="""
model = keras.Sequential([keras.Input((64,))])
model.add(layers.Dense(4000, activation="relu", trainable=False))
model.add(layers.Dense(1, activation="linear"))
""",
        compile=BCE,
        fit="model.fit(x[:300], y[:300], batch_size=300, epochs=80, verbose=0)",
    ),
    65777704: Script(
        imports=DIGITS,
        data="""
x, y = load_digits(return_X_y=True)
x, y = keras.utils.normalize(x.reshape(-1, 8, 8)), makers.one_hot(y, 10)
""",
        model="""
model = keras.Sequential([keras.Input((8, 8)), layers.Flatten()])
for units in (8, 16, 32, 64, 128):
    model.add(layers.Dense(units, activation="sigmoid"))
model.add(layers.Dense(10, activation="softmax"))
""",
        compile='model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x, y, epochs=40, batch_size=100, verbose=0)",
    ),
    68101077: Script(
        imports=DIGITS,
        data="""
x, y = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8) / 16
""",
        model="""
model = keras.Sequential([keras.Input((8, 8)), layers.Flatten()])
model.add(layers.Dense(128, activation="relu"))
model.add(layers.Dense(10))
""",
        compile='model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x, y, epochs=10, verbose=0)",
    ),
    70589997: Script(
        imports=CLASSIFICATION,
        data="""
x, y = make_classification(
    100, 46 * 46 * 3, n_classes=101, n_informative=51, n_clusters_per_class=1, random_state=seed
)
x = x.reshape(-1, 46, 46, 3)
""",
        model="""
model = keras.Sequential([keras.Input((46, 46, 3))])
for filters, size in ((16, 5), (16, 5), (32, 3), (32, 1)):
    model.add(layers.Conv2D(filters, size, activation="relu"))
    model.add(layers.MaxPooling2D(2))
model.add(layers.Flatten())
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile='model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x, y[:, None], epochs=15, verbose=0)",
    ),
}
