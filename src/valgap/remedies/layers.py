"""Layers that Keras lacks; active in training only. Import it lazily: it is of Keras."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="valgap")
class RandomScale(keras.layers.Layer):  # type: ignore[misc]
    """Multiplies each row by a number of its own, drawn anew each time it is trained on.

    The number is exp(z), z of mean 0 and deviation `deviation`. In inference rows stay as they
    are.
    """

    def __init__(self, deviation: float = 0.1, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.deviation, self.seed = deviation, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Gives back rows, each as many times as large."""
        if not training:
            return inputs
        shape = (keras.ops.shape(inputs)[0], *[1] * (len(inputs.shape) - 1))
        drawn = keras.random.normal(
            shape, 0.0, self.deviation, dtype=self.compute_dtype, seed=self.seed_generator
        )
        return inputs * keras.ops.exp(drawn)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Gives back the shape that it is given."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Gives back what it is made from."""
        return {**super().get_config(), "deviation": self.deviation, "seed": self.seed}
