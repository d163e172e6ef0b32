"""An example of the change for the commonest remedies: lines to take away and to add."""

from __future__ import annotations

from valgap.finding import Finding
from valgap.report.changes import Shown

# Names stand for the reader's own: model, train_x, rate. One change each, in today's Keras.
_DIFFS: dict[str, str] = {
    "keep-best-epoch": """\
-model.fit(x, y, validation_data=(val_x, val_y))
+best = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
+model.fit(x, y, validation_data=(val_x, val_y), callbacks=[best])""",
    "all-rows-each-epoch": """\
-model.fit(train, steps_per_epoch=25, validation_data=val, validation_steps=5)
+model.fit(train, validation_data=val)""",
    "global-pooling": """\
-keras.layers.Flatten(),
+keras.layers.GlobalAveragePooling2D(),""",
    "batchnorm-momentum": """\
-keras.layers.BatchNormalization(),
+keras.layers.BatchNormalization(momentum=0.9),""",
    "group-normalisation": """\
-keras.layers.BatchNormalization(),
+keras.layers.GroupNormalization(groups=8),""",
    "dropout-behind-batchnorm": """\
-keras.layers.Dropout(0.5),
 keras.layers.Dense(64),
 keras.layers.BatchNormalization(),
 keras.layers.Activation("relu"),
+keras.layers.Dropout(0.5),""",
    "clean-validation-pipeline": """\
-gen = ImageDataGenerator(rescale=1 / 255, zoom_range=0.2, validation_split=0.25)
-val = gen.flow(x, y, subset="validation")
+gen = ImageDataGenerator(rescale=1 / 255, zoom_range=0.2, validation_split=0.25)
+clean = ImageDataGenerator(rescale=1 / 255, validation_split=0.25)
+val = clean.flow(x, y, subset="validation", shuffle=False)""",
    "scale-inputs": """\
-model.fit(x, y)
+scale = keras.layers.Normalization()
+scale.adapt(train_x)
+model = keras.Sequential([scale, model])""",
    "scaled-targets": """\
-model.fit(x, y)
+mean, spread = train_y.mean(0), train_y.std(0)
+model.fit(x, (y - mean) / spread)
+predicted = model.predict(val_x) * spread + mean""",
    "split-by-group": """\
-train_x, val_x, train_y, val_y = train_test_split(x, y, test_size=0.2)
+split = StratifiedGroupKFold(5, shuffle=True, random_state=0)
+train, val = next(split.split(x, y, groups=clip_of_row))
+train_x, val_x, train_y, val_y = x[train], x[val], y[train], y[val]""",
    "stratified-split": """\
-train_x, val_x, train_y, val_y = train_test_split(x, y, test_size=0.2)
+train_x, val_x, train_y, val_y = train_test_split(x, y, test_size=0.2, stratify=y)""",
    "shuffled-split": """\
-model.fit(x, y, validation_split=0.2)
+order = np.random.default_rng(0).permutation(len(x))
+model.fit(x[order], y[order], validation_split=0.2)""",
    "shuffle-rows": """\
-model.fit(x, y, shuffle=False)
+model.fit(x, y, shuffle=True)""",
    "lower-learning-rate": """\
-optimizer = keras.optimizers.Adam(rate)
+optimizer = keras.optimizers.Adam(rate / 10)""",
    "raise-learning-rate": """\
-optimizer = keras.optimizers.Adam(rate)
+optimizer = keras.optimizers.Adam(rate * 10)""",
    "lower-dropout": """\
-keras.layers.Dropout(rate),
+keras.layers.Dropout(rate / 2),""",
    "no-activity-penalty": """\
-keras.layers.LSTM(32, return_sequences=True, activity_regularizer="l2")
+keras.layers.LSTM(32, return_sequences=True)""",
    "no-penalties": """\
-keras.layers.Dense(64, kernel_regularizer="l2")
+keras.layers.Dense(64)""",
    "query-from-the-row": """\
-attended = weighted_sum(hidden, softmax(hidden @ constant_query))
+attended = keras.layers.MultiHeadAttention(4, 16)(hidden, hidden)""",
    "sigmoid-on-one-unit": """\
-keras.layers.Dense(1, activation="softmax")
+keras.layers.Dense(1, activation="sigmoid")""",
    "one-unit-a-class": """\
-keras.layers.Dense(1, activation="softmax")
+keras.layers.Dense(classes, activation="softmax")""",
    "class-weights": """\
-model.fit(x, y)
+model.fit(x, y, class_weight={c: len(y) / (classes * (y == c).sum()) for c in range(classes)})""",
    "clip-gradients": """\
-optimizer = keras.optimizers.Adam(rate)
+optimizer = keras.optimizers.Adam(rate, clipnorm=1.0)""",
    "more-epochs": """\
-model.fit(x, y, epochs=epochs)
+model.fit(x, y, epochs=3 * epochs)""",
    "default-initialiser": """\
-keras.layers.Dense(64, kernel_initializer="zeros")
+keras.layers.Dense(64)""",
    "linear-output": """\
-keras.layers.Dense(1, activation="relu")
+keras.layers.Dense(1)""",
}


def example_of(finding: Finding, optimizer: str = "") -> Shown | None:
    """Gives back an example for the first remedy of a finding that has one.

    Args:
        finding: One with remedies.
        optimizer: The class of the fit's own optimiser, which stands in the change then.
    """
    change = next((_DIFFS[name] for name in finding.remedies if name in _DIFFS), "")
    if optimizer.isidentifier():
        change = change.replace("Adam(", f"{optimizer}(")
    title = "An example of the change, with names of your own"
    return Shown(title, change, is_own=False) if change else None
