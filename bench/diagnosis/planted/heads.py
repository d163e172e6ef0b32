"""MOD101 to MOD103: heads that do not fit the loss or the targets."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases

SIGMOID = 'layers.Dense(1, activation="sigmoid")'
FOUR = 'layers.Dense(4, activation="softmax")'
THREE = 'layers.Dense(3, activation="softmax")'
ONE = 'layers.Dense(1, activation="softmax")'

SCRIPTS = {
    "softmax_one_unit_table": replace(bases.TABLE, model=bases.TABLE.model.replace(SIGMOID, ONE)),
    "softmax_one_unit_images": replace(
        bases.IMAGES,
        data="""
x_train, y_train = makers.shapes(1200, rng, classes=2)
x_val, y_val = makers.shapes(500, rng, classes=2)
""",
        model=bases.IMAGES.model.replace(FOUR, ONE),
        compile=bases.BINARY,
    ),
    "logits_into_plain_crossentropy": replace(
        bases.IMAGES, model=bases.IMAGES.model.replace(FOUR, "layers.Dense(4)")
    ),
    "linear_unit_plain_binary": replace(
        bases.TABLE,
        data="""
x_train, y_train = makers.rings(1500, rng, noise=0.4)
x_val, y_val = makers.rings(600, rng, noise=0.4)
""",
        model=bases.TABLE.model.replace(SIGMOID, "layers.Dense(1)"),
        compile=bases.BINARY.replace("Adam(0.003)", "SGD(0.1)"),
    ),
    "one_unit_for_three_classes": replace(
        bases.SERIES, model=bases.SERIES.model.replace(THREE, SIGMOID), compile=bases.BINARY
    ),
    "relu_head_crossentropy": replace(
        bases.CLOUDS,
        data=bases.CLOUDS.data
        + "\ny_train, y_val = makers.one_hot(y_train, 3), makers.one_hot(y_val, 3)\n",
        model=bases.CLOUDS.model.replace(THREE, 'layers.Dense(3, activation="relu")'),
        compile=bases.SPARSE.replace("sparse_", ""),
    ),
    "head_of_wrong_width_raises": replace(
        bases.TABLE,
        model=bases.TABLE.model.replace(SIGMOID, 'layers.Dense(2, activation="softmax")'),
    ),
    "relu_head_negative_targets": replace(
        bases.REGRESSION,
        model=bases.REGRESSION.model.replace(
            "layers.Dense(1)", 'layers.Dense(1, activation="relu", bias_initializer="ones")'
        ),
    ),
    "sigmoid_head_wide_targets": replace(
        bases.REGRESSION,
        data=bases.REGRESSION.data + "\ny_train, y_val = 20 + 5 * y_train, 20 + 5 * y_val\n",
        model=bases.REGRESSION.model.replace("layers.Dense(1)", SIGMOID),
    ),
}
