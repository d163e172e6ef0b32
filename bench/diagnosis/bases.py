"""Sound scripts, one for each kind of data: a planted case changes one part of one of them."""

from __future__ import annotations

from diagnosis.script import Script

SPARSE = """
model.compile(
    keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
"""
BINARY = 'model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])'


def fit(epochs: int, more: str = "") -> str:
    """Gives the call of fit."""
    return f"""
model.fit(
    x_train, y_train, batch_size=32, epochs={epochs}, validation_data=(x_val, y_val),
    {more}verbose=0,
)
"""


IMAGES = Script(
    data="""
x_train, y_train = makers.shapes(1200, rng)
x_val, y_val = makers.shapes(500, rng)
""",
    model="""
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
    compile=SPARSE,
    fit=fit(12),
)

FRAMES = Script(
    data="""
x_train, y_train = makers.light(1200, rng)
x_val, y_val = makers.light(400, rng)
""",
    model="""
model = keras.Sequential(
    [
        keras.Input((4, 12, 12, 1)),
        layers.TimeDistributed(layers.Conv2D(12, 5, padding="same", activation="relu")),
        layers.TimeDistributed(layers.GlobalMaxPooling2D()),
        layers.LSTM(24),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
    compile=SPARSE,
    fit=fit(20),
)

SERIES = Script(
    data="""
x_train, y_train = makers.waves(1200, rng)
x_val, y_val = makers.waves(500, rng)
""",
    model="""
model = keras.Sequential(
    [
        keras.Input((40, 3)),
        layers.LSTM(24),
        layers.Dense(3, activation="softmax"),
    ]
)
""",
    compile=SPARSE,
    fit=fit(12),
)

TABLE = Script(
    data="""
x_train, y_train = makers.rings(1500, rng)
x_val, y_val = makers.rings(600, rng)
""",
    model="""
model = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
""",
    compile=BINARY,
    fit=fit(15),
)

CLOUDS = Script(
    data="""
x_train, y_train = makers.clouds(1500, rng)
x_val, y_val = makers.clouds(600, rng)
""",
    model="""
model = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(16, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ]
)
""",
    compile=SPARSE.replace("0.003", "0.002"),
    fit=fit(8),
)

REGRESSION = Script(
    data="""
x_train, y_train = makers.curve(2500, rng)
x_val, y_val = makers.curve(600, rng)
""",
    model="""
model = keras.Sequential(
    [
        keras.Input((5,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
    ]
)
""",
    compile='model.compile(keras.optimizers.Adam(0.003), "mse", metrics=["mae"])',
    fit=fit(20),
)

TAGS = Script(
    data="""
x_train, y_train = makers.tags(3000, rng)
x_val, y_val = makers.tags(600, rng)
""",
    model="""
model = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(5, activation="sigmoid"),
    ]
)
""",
    compile="""
model.compile(
    keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=[keras.metrics.BinaryAccuracy()]
)
""",
    fit=fit(12),
)

TWO_INPUTS = Script(
    data="""
pictures, table, y_train = makers.picture_and_table(1500, rng)
x_train = [pictures, table]
pictures, table, y_val = makers.picture_and_table(500, rng)
x_val = [pictures, table]
""",
    model="""
picture = keras.Input((16, 16, 1), name="picture")
row = keras.Input((4,), name="row")
a = layers.Conv2D(16, 3, padding="same", activation="relu")(picture)
a = layers.MaxPooling2D()(a)
a = layers.Conv2D(24, 3, padding="same", activation="relu")(a)
a = layers.GlobalMaxPooling2D()(a)
b = layers.Dense(8, activation="relu")(row)
h = layers.Dense(32, activation="relu")(layers.Concatenate()([a, b]))
model = keras.Model([picture, row], layers.Dense(3, activation="softmax")(h))
""",
    compile=SPARSE,
    fit=fit(15),
)

TWO_HEADS = Script(
    data="""
x_train, shape, place = makers.shape_and_place(1200, rng)
y_train = {"shape": shape, "place": place}
x_val, shape, place = makers.shape_and_place(500, rng)
y_val = {"shape": shape, "place": place}
""",
    model="""
picture = keras.Input((16, 16, 1))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(picture)
h = layers.MaxPooling2D()(h)
h = layers.Conv2D(16, 3, padding="same", activation="relu")(h)
h = layers.MaxPooling2D()(h)
h = layers.Dense(32, activation="relu")(layers.Flatten()(h))
shape_head = layers.Dense(4, activation="softmax", name="shape")(h)
place_head = layers.Dense(1, name="place")(h)
model = keras.Model(picture, {"shape": shape_head, "place": place_head})
""",
    compile="""
model.compile(
    keras.optimizers.Adam(0.002),
    {"shape": "sparse_categorical_crossentropy", "place": "mse"},
    metrics={"shape": ["accuracy"], "place": ["mae"]},
)
""",
    fit=fit(10),
)

TEXT = Script(
    data="""
x_train, y_train = makers.sentences(1500, rng)
x_val, y_val = makers.sentences(600, rng)
""",
    model="""
model = keras.Sequential(
    [
        keras.Input((24,), dtype="int32"),
        layers.Embedding(120, 8, mask_zero=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
""",
    compile=BINARY.replace("0.003", "0.01"),
    fit=fit(5),
)
