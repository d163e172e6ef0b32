"""Planted scripts, the same without the fault, and rows without end to judge both by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from diagnosis import makers
from diagnosis.planted import SCRIPTS
from numpy.typing import NDArray

from treating.figures import Of

POOL, OF_THE_POOL = 10_000, 10**9
SAVED = '\nmodel.save("model.keras")\n'
# As in the planted script.
SCALE = np.array([1e-3, 1e-2, 1, 30, 8e3, 1e-3, 1e-2, 500, 1e4, 1], "float32")

Rows = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A planted script by its name in bench/diagnosis, and what undoes the fault in its text.

    `sizes` gives both scripts other numbers of rows: a study trains on the rows of both splits
    less the locked ones, and is not to win by having more than the sound script. `seen` is what
    the planted script makes of inputs, `sound` what the other does.
    """

    planted: str
    mends: tuple[tuple[str, str], ...]
    rows: Callable[[int, np.random.Generator], Rows]
    of: Of = "classes"
    sizes: tuple[tuple[str, str], ...] = ()
    seen: Callable[[NDArray[Any]], NDArray[Any]] = lambda x: x
    sound: Callable[[NDArray[Any]], NDArray[Any]] = lambda x: x

    def text(self, *, fixed: bool) -> str:
        """Gives the script, with or without the fault; it saves its model."""
        found = SCRIPTS[self.planted].text()
        for old, new in (*self.sizes, *(self.mends if fixed else ())):
            if found.count(old) != 1:
                raise ValueError(f"{self.planted}: found {found.count(old)} times: {old!r}")
            found = found.replace(old, new)
        return found + SAVED

    def pool(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Gives inputs as the planted script has them, as the sound one has them, and targets."""
        x, y = self.rows(POOL, np.random.default_rng(OF_THE_POOL))
        return self.seen(x), self.sound(x), y


def _signed(x: NDArray[Any]) -> NDArray[Any]:
    return 2 * x - 1


FAULTS = {
    "batch-norm-lag": Fault(
        "batchnorm_few_steps",
        (("layers.BatchNormalization()", "layers.BatchNormalization(momentum=0.8)"),),
        makers.shapes,
        sizes=(
            ("makers.shapes(450, rng)", "makers.shapes(700, rng)"),
            ("makers.shapes(500, rng)", "makers.shapes(300, rng)"),
        ),
        seen=_signed,
        sound=_signed,
    ),
    "too-much-l2": Fault("heavy_l2_table", (("L2(0.5)", "L2(0.0)"),), makers.rings),
    "sorted-split": Fault(
        "sorted_rows_validation_split",
        (("order = np.argsort(y)", "order = rng.permutation(len(y))"),),
        makers.shapes,
    ),
    "flatten-giant": Fault(
        "dense_behind_flatten",
        (
            (
                '        layers.Flatten(),\n        layers.Dense(256, activation="relu"),\n',
                "        layers.MaxPooling2D(),\n"
                '        layers.Conv2D(32, 3, padding="same", activation="relu"),\n'
                "        layers.GlobalMaxPooling2D(),\n",
            ),
        ),
        lambda rows, rng: makers.shapes(rows, rng, size=24, noise=0.2),
        sizes=(
            ("makers.shapes(300, rng,", "makers.shapes(700, rng,"),
            ("makers.shapes(500, rng,", "makers.shapes(300, rng,"),
        ),
    ),
    "unscaled-inputs": Fault(
        "columns_of_unlike_scale",
        (("x_train, x_val = x_train * scale, x_val * scale\n", ""),),
        makers.clouds,
        seen=lambda x: x * SCALE,
    ),
    "no-shuffling": Fault(
        "sorted_never_shuffled", (("shuffle=False, ", ""),), makers.curve, of="values"
    ),
    "wrong-head": Fault(
        "relu_head_crossentropy",
        (('layers.Dense(3, activation="relu")', 'layers.Dense(3, activation="softmax")'),),
        makers.clouds,
    ),
    "rate-too-high": Fault("rate_too_high_images", (("Adam(0.3)", "Adam(0.003)"),), makers.shapes),
}
