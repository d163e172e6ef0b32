"""DAT301 to DAT311: values that are not what the model needs."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit
from diagnosis.planted.splits import TWO_CLOUDS

SGD = bases.SPARSE.replace("Adam(0.003)", "SGD(0.02)")

SCRIPTS = {
    "columns_of_unlike_scale": replace(
        bases.CLOUDS,
        data=bases.CLOUDS.data
        + """
scale = np.array([1e-3, 1e-2, 1, 30, 8e3, 1e-3, 1e-2, 500, 1e4, 1], "float32")
x_train, x_val = x_train * scale, x_val * scale
""",
        model=bases.CLOUDS.model.replace("relu", "tanh"),
        compile=SGD,
        fit=fit(12),
    ),
    "raw_pixels": replace(
        bases.IMAGES,
        data=bases.IMAGES.data + "\nx_train, x_val = x_train * 255, x_val * 255\n",
        compile=SGD,
        fit=fit(15),
    ),
    "validation_not_rescaled": replace(
        bases.IMAGES,
        data=bases.IMAGES.data + "\nx_val = x_val * 255\n",
        model=bases.IMAGES.model.replace('"relu"', '"tanh"'),
    ),
    "validation_scaled_by_itself": replace(
        bases.CLOUDS,
        imports="from sklearn.preprocessing import MinMaxScaler\n",
        data="""
x_train, y_train = makers.clouds(1500, rng, classes=2, apart=4)
x_val, y_val = makers.clouds(600, rng, classes=2, apart=4)
x_val[0] *= 40
x_train, x_val = MinMaxScaler().fit_transform(x_train), MinMaxScaler().fit_transform(x_val)
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY.replace("0.003", "0.01"),
        fit=fit(12),
    ),
    "other_camera_in_validation": replace(
        bases.IMAGES,
        data=bases.IMAGES.data
        + """
grey, spread = x_train.mean(), x_train.std()
x_train, x_val = (x_train - grey) / spread, -(x_val - grey) / spread
""",
    ),
    "zeros_for_one_input": replace(
        bases.TWO_INPUTS,
        data=bases.TWO_INPUTS.data
        + """
x_train[0], x_val[0] = np.zeros_like(x_train[0]), np.zeros_like(x_val[0])
""",
    ),
    "missing_values": replace(
        bases.CLOUDS,
        data=bases.CLOUDS.data
        + """
x_train[rng.random(len(x_train)) < 0.03, 3] = np.nan
""",
    ),
    "infinite_target": replace(
        bases.REGRESSION,
        data=bases.REGRESSION.data
        + """
share = np.ones(len(y_train), "float32")
share[rng.integers(0, len(share), 2)] = 0
with np.errstate(divide="ignore"):
    y_train = y_train / share
""",
        fit=fit(10),
    ),
    "pixels_divided_twice": replace(
        bases.IMAGES,
        data=bases.IMAGES.data + "\nx_train, x_val = x_train / 255, x_val / 255\n",
        compile=bases.SPARSE.replace("0.003", "0.001"),
    ),
    "targets_in_thousands": replace(
        bases.REGRESSION,
        data=bases.REGRESSION.data
        + """
y_train, y_val = 250_000 + 60_000 * y_train, 250_000 + 60_000 * y_val
""",
    ),
    "one_head_drowns_the_other": replace(
        bases.TWO_HEADS,
        data=bases.TWO_HEADS.data
        + """
y_train["place"], y_val["place"] = 3000 * y_train["place"], 3000 * y_val["place"]
""",
    ),
    "mostly_padding": replace(
        bases.TEXT,
        data="""
x_train, y_train = makers.sentences(600, rng, length=200, longest=8)
x_val, y_val = makers.sentences(400, rng, length=200, longest=8)
""",
        model="""
model = keras.Sequential(
    [
        keras.Input((200,), dtype="int32"),
        layers.Embedding(120, 8),
        layers.LSTM(8),
        layers.Dense(1, activation="sigmoid"),
    ]
)
""",
        compile=bases.BINARY,
        fit=fit(5),
    ),
    "placeholders_among_files": replace(
        bases.IMAGES,
        data="""
x, y = makers.shapes(1600, rng)
for row in range(1600):
    picture = x[row] if rng.random() > 0.35 else np.full((2, 2, 1), 0.5)
    os.makedirs(f"pictures/{y[row]}", exist_ok=True)
    keras.utils.save_img(f"pictures/{y[row]}/{row:04d}.png", 255 * picture, scale=False)
train, validation = keras.utils.image_dataset_from_directory(
    "pictures", color_mode="grayscale", image_size=(16, 16), batch_size=32,
    validation_split=0.25, subset="both", seed=seed, verbose=False,
)
train = train.map(lambda x, y: (x / 255, y))
validation = validation.map(lambda x, y: (x / 255, y))
""",
        fit="""
model.fit(train, epochs=12, validation_data=validation, verbose=0)
""",
    ),
    "frame_border_tells_the_class": replace(
        bases.IMAGES,
        data="""
def bordered(rows):
    x, _ = makers.shapes(rows, rng)
    y = rng.integers(0, 4, rows)
    border = np.ones((1, 16, 16, 1), bool)
    border[:, 1:-1, 1:-1] = False
    grey = 0.2 + 0.2 * y[:, None, None, None] + rng.normal(0, 0.03, (rows, 16, 16, 1))
    return np.where(border, grey, x).astype("float32"), y


x_train, y_train = bordered(1200)
x_val, y_val = bordered(500)
""",
        model=bases.IMAGES.model.replace("GlobalMaxPooling2D", "Flatten"),
    ),
}
