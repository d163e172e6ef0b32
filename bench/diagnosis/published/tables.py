"""Published faults of classifiers of tables."""

from __future__ import annotations

from diagnosis.script import Script

CLASSIFICATION = "from sklearn.datasets import make_classification\n"
BCE = 'model.compile("adam", "binary_crossentropy", metrics=["accuracy"])'
IRIS = """\
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
"""


def rows(count: int, columns: int, more: str = "") -> str:
    """Gives the making of a classification table."""
    return f"x, y = make_classification({count}, {columns}, {more}random_state=seed)"


SCRIPTS = {
    31880720: Script(
        data="""
x = np.concatenate([np.ones((2000, 128)), np.zeros((2000, 128))]).astype("float32")
y = x[:, 0] > 0
x_val, y_val = x[1900:2100], y[1900:2100]
""",
        model="""
model = keras.Sequential()
for units in (128, 50):
    model.add(layers.Dense(units))
    model.add(layers.Activation("relu"))
    model.add(layers.Dropout(0.2))
model.add(layers.Dense(1))
model.add(layers.Activation("softmax"))
""",
        compile='model.compile("rmsprop", "binary_crossentropy")',
        fit="model.fit(x, y, batch_size=24, epochs=5, validation_data=(x_val, y_val), verbose=0)",
    ),
    34311586: Script(
        data="""
x = np.array([[1, 1], [0, 0], [1, 0], [0, 1], [1, 1], [0, 0]], "float32")
y = (x[:, :1] != x[:, 1:]).astype("float32")
""",
        model="""
model = keras.Sequential([keras.Input((2,))])
model.add(layers.Dense(2, kernel_initializer="random_uniform", activation="sigmoid"))
model.add(layers.Dense(3, kernel_initializer="random_uniform", activation="sigmoid"))
model.add(layers.Dense(1, kernel_initializer="random_uniform", activation="softmax"))
""",
        compile="""
model.compile(keras.optimizers.SGD(0.001, momentum=0.9, nesterov=True), "mean_squared_error")
""",
        fit="model.fit(x, y, epochs=20, verbose=0)",
    ),
    34673164: Script(
        imports=CLASSIFICATION,
        data=rows(1000, 14) + "\ny = makers.one_hot(y, 2)",
        model="""
model = keras.Sequential([keras.Input((14,))])
for layer in range(2):
    model.add(layers.Dense(64, kernel_initializer="random_uniform"))
    model.add(layers.Activation("tanh"))
    model.add(layers.Dropout(0.5))
model.add(layers.Dense(2, kernel_initializer="random_uniform"))
model.add(layers.Activation("softmax"))
""",
        compile="""
model.compile(keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True), "mean_squared_error")
""",
        fit="model.fit(x, y, epochs=20, batch_size=16, verbose=0)",
    ),
    41596619: Script(
        data="""
y = np.array([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
x = np.stack([rng.uniform(0, 1, 11).round(1), rng.integers(0, 2, 11), 2 * y + 1], 1)
""",
        model="""
model = keras.Sequential([keras.Input((3,))])
model.add(layers.Dense(3, kernel_initializer="random_uniform", activation="relu"))
model.add(layers.Dense(1, kernel_initializer="random_uniform", activation="sigmoid"))
""",
        compile=BCE.replace('"adam"', "keras.optimizers.SGD(0.001)"),
        fit="model.fit(x, y[:, None], epochs=80, verbose=0)",
    ),
    44164749: Script(
        imports=CLASSIFICATION,
        data=rows(100, 10) + "\ny = makers.one_hot(y, 2)",
        model="""
model = keras.Sequential([keras.Input((10,))])
model.add(layers.Dense(5000, activation="relu"))
model.add(layers.Dropout(0.1))
model.add(layers.Dense(600, activation="relu"))
model.add(layers.Dropout(0.1))
model.add(layers.Dense(2, activation="softmax"))
""",
        compile="""
rate = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
model.compile(rate, "categorical_crossentropy", metrics=["accuracy"])
""",
        fit="model.fit(x[:90], y[:90], epochs=5, batch_size=2000, verbose=0)",
    ),
    44758894: Script(
        imports=CLASSIFICATION,
        data=rows(1000, 7),
        model="""
model = keras.Sequential([keras.Input((7,)), layers.Dense(16)])
model.add(layers.Activation("relu"))
model.add(layers.Activation("relu"))
model.add(layers.Dense(1))
model.add(layers.Activation("relu"))
""",
        compile='model.compile("sgd", "mse", metrics=["accuracy"])',
        fit="model.fit(x, y, epochs=5, verbose=0)",
    ),
    51185079: Script(
        imports=CLASSIFICATION,
        data=rows(1000, 34),
        model="""
model = keras.Sequential([keras.Input((34,))])
for units in (512, 200, 200, 200, 128, 1):
    model.add(layers.Dense(units, activation="relu"))
""",
        compile='model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x, y, epochs=2, batch_size=200, verbose=0)",
    ),
    56317174: Script(
        imports="from sklearn.preprocessing import MinMaxScaler\n",
        data="""
x, y = makers.clouds(6000, rng, features=4, classes=2, apart=2.0, shares=[0.78, 0.22])
x = MinMaxScaler((-1, 1)).fit_transform(x)
y = MinMaxScaler((-1, 1)).fit_transform(y[:, None])[:, 0]
x_train, y_train, x_val, y_val = x[:4800], y[:4800], x[4800:], y[4800:]
""",
        model="""
model = keras.Sequential([keras.Input((4,))])
for layer in range(3):
    model.add(layers.BatchNormalization())
    model.add(layers.Dense(4, activation="relu"))
    model.add(layers.Dropout(0.5))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile='model.compile("rmsprop", "mse", metrics=["mse", "mae"])',
        fit="""
model.fit(
    x_train, y_train, batch_size=1024, epochs=40, validation_data=(x_val, y_val), verbose=0
)
""",
    ),
    57326611: Script(
        imports=CLASSIFICATION,
        data=rows(4000, 5, "n_redundant=0, "),
        model="""
model = keras.Sequential([keras.Input((5,))])
model.add(layers.Dense(50, activation="relu"))
model.add(layers.Dense(2, activation="softmax"))
""",
        compile=BCE,
        fit="model.fit(x, y, epochs=20, verbose=0)",
    ),
    57397440: Script(
        imports="from sklearn.datasets import load_breast_cancer\n",
        data="x, y = load_breast_cancer(return_X_y=True)",
        model="""
model = keras.Sequential([keras.Input((30,))])
model.add(layers.Dense(30, activation="relu"))
model.add(layers.BatchNormalization(axis=1))
model.add(layers.Dense(60, activation="relu"))
model.add(layers.BatchNormalization(axis=1))
model.add(layers.Dense(1, activation="softmax"))
""",
        compile=BCE,
        fit="model.fit(x, y, epochs=6, verbose=0)",
    ),
    57407973: Script(
        imports=CLASSIFICATION,
        data=rows(1000, 28) + "\nx_val, y_val = x[800:], y[800:]",
        model="""
model = keras.Sequential([keras.Input((28,))])
model.add(layers.Dense(28, kernel_initializer="random_normal", activation="sigmoid"))
for units, rate in ((200, 0.5), (300, 0.5), (300, 0.5), (150, 0.4)):
    model.add(layers.Dense(units, kernel_initializer="random_normal", activation="sigmoid"))
    model.add(layers.Dropout(rate))
model.add(layers.Dense(1, kernel_initializer="random_normal"))
""",
        compile=BCE,
        fit="""
model.fit(
    x[:800], y[:800], epochs=20, batch_size=32, validation_data=(x_val, y_val), verbose=0
)
""",
    ),
    58572274: Script(
        data="""
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
y = (x[:, :1] == x[:, 1:]).astype("float32")
""",
        model="""
model = keras.Sequential([keras.Input((2,))])
for units in (2, 2, 1):
    model.add(layers.Dense(units, activation="relu"))
""",
        compile=BCE,
        fit="model.fit(x, y, epochs=10, verbose=0)",
    ),
    61234347: Script(
        imports=IRIS,
        data="""
x, y = load_iris(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(
    x, makers.one_hot(y, 3), test_size=0.3, random_state=seed
)
""",
        model="""
model = keras.Sequential([keras.Input((4,))])
for units in (1000, 500, 250, 125, 64, 32, 9):
    model.add(layers.Dense(units, activation="tanh"))
model.add(layers.Dense(3, activation="softmax"))
""",
        compile='model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x_train, y_train, verbose=0)\nmodel.evaluate(x_test, y_test, verbose=0)",
    ),
    64395424: Script(
        data="""
x = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], "float32")
y = x[:, :1] * x[:, 1:]
""",
        model="""
model = keras.Sequential([keras.Input((2,))])
model.add(layers.Dense(2, activation="relu"))
model.add(layers.Dense(128, activation="relu"))
model.add(layers.Dense(1))
""",
        compile="""
model.compile("adam", keras.losses.BinaryCrossentropy(), metrics=[keras.metrics.Accuracy()])
""",
        fit="model.fit(x, y, epochs=120, verbose=0)",
    ),
    66602662: Script(
        imports=CLASSIFICATION,
        data=rows(1000, 5, "n_classes=5, n_informative=4, n_redundant=0, "),
        model="""
model = keras.Sequential([keras.Input((5,))])
model.add(layers.Dense(32, activation="relu"))
for units in (16, 8):
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dropout(0.2))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile='model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))',
        fit="model.fit(x, y[:, None], epochs=20, batch_size=24, verbose=0)",
    ),
    69787272: Script(
        imports=CLASSIFICATION,
        data=rows(1000, 31),
        model="""
model = keras.Sequential([keras.Input((31,))])
for units in (31, 1, 1):
    model.add(layers.Dense(units, activation="relu"))
""",
        compile='model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])',
        fit="model.fit(x, y, epochs=10, batch_size=500, verbose=0)",
    ),
    70650848: Script(
        imports=IRIS,
        data="""
x, y = load_iris(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=seed)
""",
        model="""
model = keras.Sequential([keras.Input((4,))])
for layer in range(2):
    model.add(layers.Dense(4, activation="relu"))
    model.add(layers.BatchNormalization())
    model.add(layers.Dropout(0.3))
model.add(layers.Dense(1, activation="sigmoid"))
""",
        compile="""
model.compile("sgd", "categorical_crossentropy", metrics=["categorical_accuracy"])
""",
        fit="""
stop = keras.callbacks.EarlyStopping(min_delta=1e-3, patience=10, restore_best_weights=True)
model.fit(
    x_train, y_train[:, None], validation_data=(x_test, y_test[:, None]), batch_size=16,
    epochs=200, callbacks=[stop], verbose=0,
)
""",
    ),
}
