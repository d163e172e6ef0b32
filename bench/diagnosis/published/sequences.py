"""Published faults of models of series and text."""

from __future__ import annotations

from diagnosis.script import Script

CLASSIFICATION = "from sklearn.datasets import make_classification\n"
BCE = 'model.compile("adam", "binary_crossentropy", metrics=["accuracy"])'

SCRIPTS = {
    45378493: Script(
        imports=CLASSIFICATION,
        data="""
x, y = make_classification(600, 40, random_state=seed)
x = x.reshape(-1, 10, 4)
""",
        model="""
model = keras.Sequential([keras.Input((10, 4))])
for filters in (16, 8):
    model.add(layers.Conv1D(filters, 4, padding="same"))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Dropout(0.2))
model.add(layers.Flatten())
model.add(layers.Dense(64))
model.add(layers.BatchNormalization())
model.add(layers.LeakyReLU())
model.add(layers.Dense(1))
model.add(layers.Activation("softmax"))
""",
        compile=BCE,
        fit="""
slower = keras.callbacks.ReduceLROnPlateau("val_accuracy", factor=0.9, patience=30, min_lr=1e-6)
model.fit(
    x[:60], y[:60], epochs=50, batch_size=128, validation_data=(x[60:], y[60:]),
    callbacks=[slower], verbose=0,
)
""",
    ),
    46247619: Script(
        imports="from sklearn.datasets import make_regression\n",
        data="""
x, y = make_regression(1000, 50, random_state=seed)
x = x.reshape(-1, 50, 1)
""",
        model="""
model = keras.Sequential([keras.Input((50, 1))])
for filters in (30, 40, 120):
    model.add(layers.Conv1D(filters, 3, activation="relu"))
model.add(layers.Flatten())
for units in (256, 64, 32, 1):
    model.add(layers.Dense(units, activation="relu"))
""",
        compile='model.compile("adam", "mse")',
        fit="""
model.fit(
    x[:5], y[:5], batch_size=4096, epochs=80, validation_data=(x[900:905], y[900:905]), verbose=0
)
""",
    ),
    50338865: Script(
        data="""
x = np.array([[[0, 0]], [[0, 1]], [[1, 0]], [[1, 1]]], "float32")
y = makers.one_hot(np.array([0, 1, 1, 0]), 2)
""",
        model="""
model = keras.Sequential([keras.Input((1, 2))])
model.add(layers.LSTM(10, return_sequences=True))
model.add(layers.LSTM(10))
model.add(layers.Dense(2))
""",
        compile='model.compile("adam", "mae")',
        fit="model.fit(x, y, epochs=50, verbose=0)",
    ),
    51749207: Script(
        imports=CLASSIFICATION,
        data="""
x, y = make_classification(550, 200, random_state=seed)
x = x[..., None]
""",
        model="""
model = keras.Sequential([keras.Input((200, 1))])
model.add(layers.Conv1D(20, 4, activation="relu", padding="same"))
model.add(layers.MaxPooling1D(2))
model.add(layers.Dropout(0.3))
model.add(layers.Flatten())
model.add(layers.Dense(50, activation="relu", input_dim=600))
model.add(layers.Dense(1, activation="softmax"))
""",
        compile='model.compile("nadam", "binary_crossentropy", metrics=["accuracy"])',
        fit="""
model.fit(x[90:], y[90:], epochs=10, batch_size=8, validation_data=(x[:90], y[:90]), verbose=0)
""",
    ),
    52983831: Script(
        data="""
x = rng.permutation([0, 0, 0, 0, 1, 1, 1, 1]).reshape(1, 8, 1).astype("float32")
y = np.cumsum(x, axis=1) % 2
""",
        model="""
model = keras.Sequential([keras.Input((8, 1))])
model.add(layers.GRU(10, return_sequences=True))
model.add(layers.GRU(10, return_sequences=True))
model.add(layers.Dense(1, activation="softmax"))
""",
        compile=BCE,
        fit="model.fit(x, y, epochs=100, verbose=0)",
    ),
    53700537: Script(
        imports=CLASSIFICATION,
        data="""
x, y = make_classification(1000, 400, n_classes=3, n_informative=3, random_state=seed)
x, y = x[..., None], makers.one_hot(y, 3)
""",
        model="""
model = keras.Sequential([keras.Input((400, 1))])
model.add(layers.Conv1D(20, 20, activation="relu"))
model.add(layers.MaxPooling1D(3))
model.add(layers.Conv1D(20, 10, activation="relu"))
model.add(layers.MaxPooling1D(3))
model.add(layers.Conv1D(20, 10, activation="relu"))
model.add(layers.GlobalAveragePooling1D())
model.add(layers.Dense(3, activation="relu", use_bias=False))
""",
        compile='model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x, y, verbose=0)",
    ),
    54811239: Script(
        data="""
x = rng.integers([5, 0, 17, 7], [10, 1, 32, 13], (2, 3, 4)).astype("float32")
y = x[..., 3:]
""",
        model="""
model = keras.Sequential([keras.Input((3, 4))])
model.add(layers.LSTM(10, return_sequences=True))
model.add(layers.Dense(50, activation="tanh"))
model.add(layers.Dense(1, activation="tanh"))
""",
        compile='model.compile("adam", "mse", metrics=["mse"])',
        fit="model.fit(x, y, epochs=5, verbose=0)",
    ),
    60801900: Script(
        imports="from sklearn.preprocessing import MinMaxScaler\n",
        data="""
x = MinMaxScaler((-1.92, 1.92)).fit_transform(rng.normal(size=(100, 120))).reshape(-1, 40, 3)
""",
        model="""
model = keras.Sequential([keras.Input((40, 3))])
for units in (128, 64, 32, 64, 128, 3):
    model.add(layers.Dense(units, activation="relu"))
""",
        compile='model.compile("adam", "mse", metrics=["accuracy"])',
        fit="model.fit(x, x, epochs=15, batch_size=2, validation_split=0.2, verbose=0)",
    ),
    61997645: Script(
        data="""
x = rng.integers(1, 10, (300, 5, 1)).astype("float32")
y = x[:, 0, 0] % 2
""",
        model="""
model = keras.Sequential([keras.Input((5, 1))])
model.add(layers.GRU(24, activation="relu", return_sequences=True))
model.add(layers.Dropout(0.5))
model.add(layers.GRU(12, activation="relu"))
model.add(layers.Dropout(0.5))
model.add(layers.Dense(1, activation="softmax"))
""",
        compile='model.compile("adam", "mse", metrics=["accuracy"])',
        fit="model.fit(x[:210], y[:210], epochs=20, validation_split=0.2, verbose=0)",
    ),
    65669308: Script(
        data="""
y = np.arange(9) % 3
x = np.zeros((9, 10), "int32")
x[:, 0], x[:, 1], x[:, 2] = 5 + np.arange(9) // 3, 2, 10 + y
""",
        model="""
model = keras.Sequential([keras.Input((10,))])
model.add(layers.Embedding(100, 24))
model.add(layers.GlobalAveragePooling1D())
model.add(layers.Dense(24, activation="relu"))
model.add(layers.Dense(1, activation="softmax"))
""",
        compile=BCE,
        fit="model.fit(x[:7], y[:7], epochs=70, validation_data=(x[7:], y[7:]), verbose=0)",
    ),
}
