"""DAT101 to DAT206: rows that are not what the split takes them for."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit

# A model and a fit that learn their rows by heart.
WIDE = """
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(4, activation="softmax"),
    ]
)
"""
BY_HEART = replace(
    bases.IMAGES, model=WIDE, compile=bases.SPARSE.replace("0.003", "0.002"), fit=fit(25)
)
SHORT_SERIES = """
model = keras.Sequential(
    [
        keras.Input(x_train.shape[1:]),
        layers.Conv1D(24, 5, activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(24, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
"""
SHUFFLED_SPLIT = """
order = rng.permutation(len(x))
cut = int(len(x) * 0.7)
x_train, y_train = x[order[:cut]], y[order[:cut]]
x_val, y_val = x[order[cut:]], y[order[cut:]]
"""
TWO_CLOUDS = bases.CLOUDS.model.replace(
    'layers.Dense(3, activation="softmax")', 'layers.Dense(1, activation="sigmoid")'
)

SCRIPTS = {
    "copies_across_split": replace(
        BY_HEART,
        data="""
x_train, y_train = makers.shapes(400, rng, noise=0.25)
x_val, y_val = makers.shapes(400, rng, noise=0.25)
x_val[:200], y_val[:200] = x_train[:200], y_train[:200]
""",
    ),
    "oversampled_before_split": replace(
        bases.CLOUDS,
        data="""
x, y = makers.clouds(700, rng, classes=2, apart=1.0, shares=[0.9, 0.1])
few = np.flatnonzero(y == 1)
copies = rng.choice(few, (y == 0).sum() - len(few))
x, y = np.concatenate([x, x[copies]]), np.concatenate([y, y[copies]])
"""
        + SHUFFLED_SPLIT,
        model="""
model = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(128, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
""",
        compile=bases.BINARY,
        fit=fit(25),
    ),
    "brightened_copies_across_split": replace(
        BY_HEART,
        data="""
x_train, y_train = makers.shapes(400, rng, noise=0.25)
x_val, y_val = makers.shapes(400, rng, noise=0.25)
x_val[:250], y_val[:250] = x_train[:250], y_train[:250]
x_val[:250] = np.clip(1.08 * x_val[:250] + rng.normal(0, 0.02, (250, 16, 16, 1)), 0, 1)
""",
    ),
    "clips_split_by_frame": replace(
        BY_HEART,
        data="""
for kind in range(4):
    for clip in range(10):
        os.makedirs(f"frames/{kind}", exist_ok=True)
        start = makers.draw([rng.integers(0, 4)], rng, noise=0.3)[0]
        for frame in range(15):
            shot = np.clip(start + rng.normal(0, 0.04, start.shape), 0, 1)
            name = f"frames/{kind}/clip{clip:02d}_frame{frame:03d}.png"
            keras.utils.save_img(name, 255 * shot, scale=False)
train, validation = keras.utils.image_dataset_from_directory(
    "frames", color_mode="grayscale", image_size=(16, 16), batch_size=32,
    validation_split=0.25, subset="both", seed=seed, verbose=False,
)
train = train.map(lambda x, y: (x / 255, y))
validation = validation.map(lambda x, y: (x / 255, y))
""",
        fit="""
model.fit(train, epochs=25, validation_data=validation, verbose=0)
""",
    ),
    "subjects_in_both_splits": replace(
        bases.SERIES,
        data="""
x, y, subject = makers.signatures(16, 50, rng)
"""
        + SHUFFLED_SPLIT,
        model=SHORT_SERIES,
        compile=bases.BINARY,
        fit=fit(20),
    ),
    "same_input_other_label": replace(
        bases.TABLE,
        data="""
x = rng.integers(0, 2, (2500, 5)).astype("float32")
y = (x[:, 0] + x[:, 1] + x[:, 2] > 1.5).astype("int32")
unsure = rng.random(2500) < 0.6
y[unsure] = rng.integers(0, 2, unsure.sum())
x_train, y_train, x_val, y_val = x[:1700], y[:1700], x[1700:], y[1700:]
""",
        model=bases.TABLE.model.replace("(6,)", "(5,)"),
        fit=fit(10),
    ),
    "thirty_originals_repeated": replace(
        BY_HEART,
        data="""
originals, classes = makers.shapes(30, rng)
which = rng.integers(0, 30, 900)
x_train = np.clip(originals[which] + rng.normal(0, 0.03, (900, 16, 16, 1)), 0, 1)
y_train = classes[which]
x_val, y_val = makers.shapes(500, rng)
""",
        fit=fit(8),
    ),
    "windows_overlap": replace(
        bases.SERIES,
        data="""
windows, labels = [], []
for recording in range(12):
    steps = np.cumsum(rng.normal(0, 0.5, (400, 3)), axis=0)
    steps -= steps.mean(0)
    kind = rng.integers(0, 2, 8).repeat(50)
    for start in range(0, 350, 5):
        windows.append(steps[start : start + 50])
        labels.append(kind[start + 25])
x, y = np.array(windows, "float32"), np.array(labels)
x /= x.std()
"""
        + SHUFFLED_SPLIT,
        model="""
model = keras.Sequential(
    [
        keras.Input((50, 3)),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
""",
        compile=bases.BINARY,
        fit=fit(40),
    ),
    "label_among_features": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(1200, rng, classes=2, apart=1.0)
x_val, y_val = makers.clouds(600, rng, classes=2, apart=1.0)
x_train[:, 4] = 2 * y_train - 1 + rng.normal(0, 0.1, 1200)
x_val[:, 4] = 2 * y_val - 1 + rng.normal(0, 0.1, 600)
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY,
        fit=fit(10),
    ),
    "features_selected_before_split": replace(
        bases.CLOUDS,
        imports="from sklearn.feature_selection import SelectKBest, f_classif\n",
        data="""
x = rng.normal(size=(300, 3000)).astype("float32")
y = rng.integers(0, 2, 300)
x = SelectKBest(f_classif, k=20).fit_transform(x, y)
x_train, y_train, x_val, y_val = x[:180], y[:180], x[180:], y[180:]
""",
        model=TWO_CLOUDS.replace("(10,)", "(20,)"),
        compile=bases.BINARY,
        fit=fit(30),
    ),
    "minority_never_found_table": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(1500, rng, classes=2, apart=2.0, shares=[0.97, 0.03])
x_val, y_val = makers.clouds(1000, rng, classes=2, apart=2.0, shares=[0.97, 0.03])
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY.replace("0.003", "0.002"),
        fit=fit(8),
    ),
    "class_absent_from_training": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.shapes(1200, rng, classes=3)
x_val, y_val = makers.shapes(500, rng, classes=4)
""",
    ),
    "shares_reversed_in_validation": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(1500, rng, classes=2, apart=1.6, shares=[0.85, 0.15])
x_val, y_val = makers.clouds(600, rng, classes=2, apart=1.6, shares=[0.15, 0.85])
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY.replace("0.003", "0.002"),
        fit=fit(8),
    ),
    "sorted_rows_validation_split": replace(
        bases.IMAGES,
        data="""
x, y = makers.shapes(1600, rng)
order = np.argsort(y)
x, y = x[order], y[order]
""",
        fit="""
model.fit(x, y, batch_size=32, epochs=12, validation_split=0.3, verbose=0)
""",
    ),
    "sorted_rows_validation_split_table": replace(
        bases.CLOUDS,
        imports="import pandas as pd\n",
        data="""
x, y = makers.clouds(1800, rng, apart=2.5)
table = pd.DataFrame(x).assign(kind=y).sort_values("kind")
x, y = table.drop(columns="kind").to_numpy(), table["kind"].to_numpy()
""",
        fit="""
model.fit(x, y, batch_size=32, epochs=10, validation_split=0.35, verbose=0)
""",
    ),
    "drift_validation_split": replace(
        bases.REGRESSION,
        data="""
x, y = makers.curve(2000, rng)
day = np.linspace(0, 1, 2000).astype("float32")
x[:, 4] = day * 4 - 2
y = y + 4 * day**3
""",
        fit="""
model.fit(x, y, batch_size=32, epochs=25, validation_split=0.2, verbose=0)
""",
    ),
    "union_of_unlike_classes": replace(
        bases.CLOUDS,
        data="""
def union(rows):
    x, kind = makers.clouds(rows, rng, classes=5, apart=6.0, shares=[0.4, 0.2, 0.14, 0.14, 0.12])
    low = kind == 4
    x[low] = makers.clouds(rows, rng, classes=5, apart=6.0, shares=[1, 0, 0, 0, 0])[0][low]
    x[low, 0] += 0.8
    return x, (kind > 0).astype("int32")


x_train, y_train = union(1500)
x_val, y_val = union(800)
""",
        model=TWO_CLOUDS,
        compile=bases.BINARY,
        fit=fit(10),
    ),
    "thirty_rows_images": replace(
        BY_HEART,
        data="""
x_train, y_train = makers.shapes(30, rng)
x_val, y_val = makers.shapes(500, rng)
""",
        fit=fit(40),
    ),
    "thirty_rows_table": replace(
        bases.CLOUDS,
        data="""
x_train, y_train = makers.clouds(30, rng, features=20, apart=3.0)
x_val, y_val = makers.clouds(600, rng, features=20, apart=3.0)
""",
        model=bases.CLOUDS.model.replace("(10,)", "(20,)"),
        compile=bases.SPARSE,
        fit=fit(60),
    ),
}
