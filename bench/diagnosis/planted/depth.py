"""MOD114 to MOD118: units and gradients that died at the start."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import bases
from diagnosis.bases import fit


def stack(layers: int, dense: str, units: int = 32) -> str:
    """Gives a dense network of so many alike layers."""
    return f"""
model = keras.Sequential([keras.Input((6,))])
for layer in range({layers}):
    model.add(layers.Dense({units}, {dense}))
model.add(layers.Dense(1, activation="sigmoid"))
"""


SCRIPTS = {
    "dead_relu": replace(
        bases.TABLE,
        model=stack(2, 'activation="relu", bias_initializer=keras.initializers.Constant(-20)'),
    ),
    "deep_sigmoid": replace(bases.TABLE, model=stack(12, 'activation="sigmoid"')),
    "exploding_start": replace(
        bases.TABLE,
        model=stack(
            8, 'activation="relu", kernel_initializer=keras.initializers.RandomNormal(0, 1)'
        ),
        compile=bases.BINARY.replace("Adam(0.003)", "SGD(0.01)"),
    ),
    "saturated_tanh": replace(
        bases.TABLE,
        model=stack(
            4, 'activation="tanh", kernel_initializer=keras.initializers.RandomNormal(0, 20)'
        ),
    ),
    "zero_kernels": replace(
        bases.TABLE,
        model=bases.TABLE.model.replace('")', '", kernel_initializer="zeros")'),
    ),
    "equal_kernels": replace(
        bases.IMAGES,
        model="""
start = keras.initializers.Constant(0.05)
model = keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu", kernel_initializer=start),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu", kernel_initializer=start),
        layers.GlobalMaxPooling2D(),
        layers.Dense(4, activation="softmax", kernel_initializer=start),
    ]
)
""",
        fit=fit(12),
    ),
}
