"""MOD104, MOD105, MOD112, MOD113, MOD119 to MOD126: layers that miss what there is to see."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit

ATTENTION = bases.SERIES.data.replace("waves", "pulse")

SCRIPTS = {
    "linear_stack_table": replace(
        bases.TABLE, model=bases.TABLE.model.replace(', activation="relu"', "")
    ),
    "linear_stack_images": replace(
        bases.IMAGES,
        model="""
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, padding="same"),
        layers.AveragePooling2D(2),
        layers.Conv2D(32, 3, padding="same"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
    ),
    "dense_behind_flatten": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.shapes(300, rng, size=24, noise=0.2)
x_val, y_val = makers.shapes(500, rng, size=24, noise=0.2)
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((24, 24, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(256, activation="relu"),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
        compile=bases.SPARSE.replace("0.003", "0.001"),
        fit=fit(20),
    ),
    "constant_query_attention": replace(
        bases.SERIES,
        data=ATTENTION
        + """
x_train = [x_train, np.full((len(x_train), 16), 1 / 16, "float32")]
x_val = [x_val, np.full((len(x_val), 16), 1 / 16, "float32")]
""",
        model="""
series = keras.Input((40, 4))
constant = keras.Input((16,))
steps = layers.Dense(16)(series)
query = layers.RepeatVector(40)(layers.Dense(16, activation="tanh")(constant))
scores = layers.Flatten()(layers.Dense(1)(query))
weights = layers.Softmax(name="attention")(scores)
pooled = layers.Dot(axes=(1, 1))([weights, steps])
model = keras.Model([series, constant], layers.Dense(3, activation="softmax")(pooled))
""",
        fit=fit(12),
    ),
    "attention_scores_too_small": replace(
        bases.SERIES,
        data=ATTENTION,
        model="""
series = keras.Input((40, 4))
steps = layers.Dense(16)(series)
scores = layers.Flatten()(layers.Dense(1)(steps))
scores = layers.Rescaling(0.001)(scores)
weights = layers.Softmax(name="attention")(scores)
pooled = layers.Dot(axes=(1, 1))([weights, steps])
model = keras.Model(series, layers.Dense(3, activation="softmax")(pooled))
""",
        fit=fit(12),
    ),
    "softmax_over_the_wrong_axis": replace(
        bases.SERIES,
        data=ATTENTION,
        model="""
series = keras.Input((40, 4))
steps = layers.Dense(16)(series)
scores = layers.Dense(1)(layers.Dense(16, activation="tanh")(series))
weights = layers.Softmax(axis=-1, name="attention")(scores)
pooled = layers.Flatten()(layers.Dot(axes=(1, 1))([weights, steps]))
model = keras.Model(series, layers.Dense(3, activation="softmax")(pooled))
""",
        fit=fit(12),
    ),
    "mask_dropped": replace(
        bases.TEXT,
        data="""
x_train, y_train = makers.sentences(900, rng, length=120, longest=20)
x_val, y_val = makers.sentences(600, rng, length=120, longest=20)
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((120,), dtype="int32"),
        layers.Embedding(120, 8, mask_zero=True),
        layers.Reshape((120, 8)),
        layers.GRU(8),
        layers.Dense(1, activation="sigmoid"),
    ]
)
""",
        compile=bases.BINARY,
        fit=fit(6),
    ),
    "bottleneck_of_one": replace(
        bases.CLOUDS,
        data="""
def circle(rows):
    y = rng.integers(0, 8, rows)
    angle = y * np.pi / 4
    x = rng.normal(0, 0.25, (rows, 6))
    x[:, :2] += 1.5 * np.stack([np.cos(angle), np.sin(angle)], 1)
    return x.astype("float32"), y


x_train, y_train = circle(1500)
x_val, y_val = circle(600)
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(1, activation="tanh"),
        layers.Dense(8, activation="softmax"),
    ]
)
""",
        compile=bases.SPARSE.replace("0.003", "0.01"),
        fit=fit(30),
    ),
    "frames_averaged": replace(
        bases.FRAMES,
        model="""
model = keras.Sequential(
    [
        keras.Input((4, 12, 12, 1)),
        layers.TimeDistributed(layers.Conv2D(12, 5, padding="same", activation="relu")),
        layers.TimeDistributed(layers.GlobalMaxPooling2D()),
        layers.GlobalAveragePooling1D(),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
    ),
    "picture_branch_stopped": replace(
        bases.TWO_INPUTS,
        model=bases.TWO_INPUTS.model.replace(
            "b = layers.Dense", "a = layers.Rescaling(0.0)(a)\nb = layers.Dense"
        ),
    ),
    "second_head_without_weight": replace(
        bases.TWO_HEADS,
        compile="""
model.compile(
    keras.optimizers.Adam(0.002),
    {"shape": "sparse_categorical_crossentropy", "place": "mse"},
    loss_weights={"shape": 0.0, "place": 1.0},
    metrics={"shape": ["accuracy"], "place": ["mae"]},
)
""",
    ),
    "pooling_eats_texture": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.textures(1200, rng)
x_val, y_val = makers.textures(500, rng)
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((24, 24, 1)),
        layers.AveragePooling2D(4),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(4, activation="softmax"),
    ]
)
""",
    ),
}
