"""Published faults of models of numbers."""

from __future__ import annotations

from diagnosis.script import Script

REGRESSION = "from sklearn.datasets import make_regression\n"
SCALER = "from sklearn.preprocessing import MinMaxScaler\n"

SCRIPTS = {
    33969059: Script(
        data="""
x = 10_000 * rng.random((6000, 3))
y = x @ [2.0, 1.0, 0.5] + 2.2
""",
        model="""
model = keras.Sequential([keras.Input((3,))])
for units in (3, 2):
    model.add(layers.Dense(units, kernel_initializer="random_uniform"))
    model.add(layers.Activation("tanh"))
    model.add(layers.Dropout(0.5))
model.add(layers.Dense(1, kernel_initializer="random_uniform"))
model.add(layers.Activation("softmax"))
""",
        compile="""
rate = keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)
model.compile(rate, "mean_squared_error", metrics=["accuracy"])
""",
        fit="model.fit(x, y, epochs=8, verbose=0)",
    ),
    45442843: Script(
        imports=REGRESSION,
        data="""
x, y = make_regression(100, 1, random_state=seed)
y = y[:, None]
""",
        model="""
model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
model.add(layers.Activation("sigmoid"))
model.add(layers.Dense(2, kernel_initializer="random_normal", activation="softmax"))
""",
        compile='model.compile("rmsprop", "mean_absolute_error")',
        fit="""
model.fit(
    x[:90], y[:90], validation_data=(x[90:], y[90:]), epochs=10, batch_size=200, verbose=0
)
""",
    ),
    46869312: Script(
        imports=REGRESSION,
        data="""
x, y = make_regression(6000, 64, random_state=seed)
y = 2 * (y - y.min()) / (y.max() - y.min()) - 1
x_val, y_val = x[4800:], y[4800:]
""",
        model="""
model = keras.Sequential([keras.Input((64,))])
for units, reach in ((64, 0.16), (32, 0.19)):
    start = keras.initializers.RandomUniform(-reach, reach)
    model.add(layers.Dense(units, activation="relu", kernel_initializer=start))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile="""
model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy", metrics=["accuracy"])
""",
        fit="""
model.fit(
    x[:4800], y[:4800], validation_data=(x_val, y_val), epochs=6, batch_size=200, verbose=0
)
""",
    ),
    48221692: Script(
        data="""
x = np.linspace(-10, 10, 201)[:, None]
y = x[:, 0] ** 2 + 3
order = rng.permutation(201)[:150]
x, y = x[order], y[order]
""",
        model="""
model = keras.Sequential([keras.Input((1,))])
model.add(layers.Dense(5, activation="sigmoid"))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile='model.compile("sgd", "mean_squared_error", metrics=["accuracy"])',
        fit="model.fit(x, y, epochs=150, batch_size=150, verbose=0)",
    ),
    48251943: Script(
        data="""
x = rng.uniform(-0.4, 2.1, (17, 2))
y = 0.8 * x[:, 0] - 0.9 * x[:, 1] + rng.normal(0, 0.1, 17)
""",
        model="""
model = keras.Sequential([keras.Input((2,))])
model.add(layers.Dense(4, activation="relu"))
model.add(layers.Dense(1, activation="relu"))
""",
        compile='model.compile("sgd", "mean_squared_error", metrics=["mse"])',
        fit="model.fit(x, y, epochs=150, batch_size=10, verbose=0)",
    ),
    48486598: Script(
        data="""
x = np.arange(0.0, 10.0, 0.05)[:, None]
y = 0.05 * np.polyval([0.0047, -0.138, 1.49, -7.27, 15.7, 0], x[:, 0])
""",
        model="""
model = keras.Sequential([keras.Input((1,))])
model.add(layers.Dense(1))
model.add(layers.Dense(5))
model.add(layers.Dense(1, activation="linear"))
""",
        compile='model.compile("adam", "mean_absolute_error", metrics=["accuracy"])',
        fit="model.fit(x, y, epochs=80, batch_size=10, verbose=0)",
    ),
    48976413: Script(
        imports=SCALER,
        data="""
rows = 960
income = rng.gamma(4, 2000, rows)
x = np.stack(
    [
        rng.integers(20, 65, rows),
        rng.integers(0, 2, rows),
        rng.integers(5, 60, rows),
        rng.gamma(1, 8000, rows),
        income,
    ],
    1,
)
y = (1.4 * income + 90 * x[:, 0] + 0.2 * x[:, 3] + rng.normal(0, 900, rows))[:, None]
x = MinMaxScaler().fit_transform(x)
""",
        model="""
model = keras.Sequential([keras.Input((5,))])
model.add(layers.Dense(12, kernel_initializer="random_normal", activation="relu"))
model.add(layers.Dense(8, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile='model.compile("adam", "mse", metrics=["mse", "mae", "mape", "accuracy"])',
        fit="model.fit(x, y, epochs=60, batch_size=50, validation_split=0.2, verbose=0)",
    ),
    49583466: Script(
        imports=SCALER,
        data="""
x = np.sort(rng.uniform(-10, 10, 5000))[:, None]
y = MinMaxScaler().fit_transform(np.sin(x))
x = MinMaxScaler().fit_transform(x)
""",
        model="""
model = keras.Sequential([keras.Input((1,))])
for layer in range(3):
    model.add(layers.Dense(20, activation="sigmoid", kernel_initializer="random_uniform"))
model.add(layers.Dense(1))
""",
        compile='model.compile("sgd", "mean_squared_error")',
        fit="model.fit(x, y, epochs=2, batch_size=32, verbose=0)",
    ),
    52566823: Script(
        imports=REGRESSION,
        data="x, y = make_regression(700, 5, random_state=seed)",
        model="""
model = keras.Sequential()
for units in (5, 4, 1):
    model.add(layers.Dense(units, activation="sigmoid"))
""",
        compile='model.compile(keras.optimizers.SGD(0.1), "mse")',
        fit="model.fit(x, y, batch_size=32, epochs=40, shuffle=False, verbose=0)",
    ),
    54738769: Script(
        imports=REGRESSION,
        data="x, y = make_regression(100, 18, random_state=seed)",
        model="""
model = keras.Sequential([keras.Input((18,)), layers.Dense(18, activation="tanh")])
for units in (36, 72, 72, 32, 16):
    model.add(layers.Dense(units, activation="relu"))
model.add(layers.Dense(1, activation="softmax"))
""",
        compile='model.compile("adam", "mean_squared_error")',
        fit="model.fit(x, y, epochs=60, batch_size=35, verbose=0)",
    ),
    56774954: Script(
        imports=REGRESSION,
        data="x, y = make_regression(1000, n_features=10, n_targets=3, random_state=seed)",
        model="""
inputs = keras.Input((10,))
hidden = layers.Dense(100, activation="sigmoid")(inputs)
hidden = layers.Dense(80, activation="sigmoid")(hidden)
model = keras.Model(inputs, layers.Dense(3, activation="softmax")(hidden))
""",
        compile='model.compile(keras.optimizers.Adam(0.001), "poisson", metrics=["accuracy"])',
        fit="model.fit(x, y, batch_size=32, epochs=30, verbose=0)",
    ),
    59078187: Script(
        data="""
x = np.linspace(0, 10, 1000)[:, None]
y = x**2
""",
        model="""
model = keras.Sequential([keras.Input((1,))])
model.add(layers.Dense(128, activation="relu"))
model.add(layers.Dropout(0.2))
model.add(layers.Dense(10, activation="softmax"))
""",
        compile='model.compile("adam", "mse", metrics=["mae"])',
        fit="model.fit(x, y, epochs=5, verbose=0)",
    ),
    60766775: Script(
        imports=REGRESSION,
        data="x, y = make_regression(1000, 8, n_targets=4, random_state=seed)",
        model="""
model = keras.Sequential([keras.Input((8,))])
for units in (32, 20, 15):
    model.add(layers.Dense(units, activation="sigmoid"))
    model.add(layers.Dropout(0.1))
model.add(layers.Dense(4, activation="softmax"))
""",
        compile="""
rate = keras.optimizers.SGD(0.01, momentum=0.87, nesterov=True)
model.compile(rate, "mean_squared_error")
""",
        fit="model.fit(x, y, validation_split=0.1, epochs=4, batch_size=1, verbose=0)",
    ),
    62313327: Script(
        data="""
x = rng.uniform(-1, 1, (10_000, 30))
y = x[:, 1]
""",
        model="""
model = keras.Sequential([keras.Input((30,))])
model.add(layers.Dense(1, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile="model.compile(keras.optimizers.Adam(0.01), keras.losses.MeanSquaredError())",
        fit="model.fit(x, y, epochs=10, batch_size=32, verbose=0)",
    ),
    66840108: Script(
        data="""
x = rng.integers(20, 500, 50)[:, None] * [1, 2]
y = x.sum(1)
""",
        model="""
model = keras.Sequential([keras.Input((2,))])
model.add(layers.Dense(196, activation="relu"))
model.add(layers.Dense(128, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile='model.compile("adam", "binary_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x, y, epochs=80, batch_size=10, verbose=0)",
    ),
    68458462: Script(
        data="""
x = rng.integers(1, 10, (5, 5))
y = np.stack([np.full(5, 3), np.full(5, 3), rng.permutation([1, 3, 4, 1, 4]), np.zeros(5)], 1)
""",
        model="""
model = keras.Sequential([keras.Input((5,))])
model.add(layers.Dense(2, activation="relu"))
model.add(layers.Dense(2, activation="relu"))
model.add(layers.Dense(4, activation="sigmoid"))
""",
        compile='model.compile("adam", "mean_squared_error", metrics=["accuracy"])',
        fit="model.fit(x, y, batch_size=16, epochs=80, verbose=0)",
    ),
}
