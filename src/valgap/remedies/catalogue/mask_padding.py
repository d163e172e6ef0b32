"""Steps that are padding left out by a mask."""

from __future__ import annotations

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.experiments.structure import graph_of, wrapped
from valgap.observe.recipe import Recipe
from valgap.remedies.added import behind_inputs, has
from valgap.remedies.base import remedy
from valgap.remedies.graph import made

# Steps that are 0 throughout, of all.
LEAST = 0.05
_TAKES_A_MASK = (
    *("Bidirectional", "Dense", "Dropout", "GRU", "GlobalAveragePooling1D", "InputLayer"),
    *("LSTM", "LayerNormalization", "MultiHeadAttention", "SimpleRNN", "SpatialDropout1D"),
    *("BatchNormalization", "Activation", "ReLU", "Add", "TimeDistributed", "GaussianNoise"),
)


@remedy(
    name="mask-padding",
    treats=("DAT309",),
    room="model",
    changed="steps that are 0 throughout: masked",
    excludes=("augmentation-of-series", "scale-inputs"),
)
def mask_padding(recipe: Recipe, option: str) -> Recipe:
    """Steps of 0 throughout are skipped by the layers behind the input.

    What it changes: `Masking(0.0)` behind inputs of series, where all layers up to the head
    take a mask.

    When it helps: most steps are padding, and a recurrent layer or a mean reads them as data.

    What it can harm: steps that are really 0 throughout are skipped, too.

    References: Keras documentation, Masking and padding.
    """
    if has(recipe, "Masking", "Embedding"):
        raise CannotVaryError("the model masks steps already")
    layers = [wrapped(c) for c in graph_of(recipe.model).layers]
    deaf = [c["class_name"] for c in layers if c["class_name"] not in _TAKES_A_MASK]
    if deaf:
        raise CannotVaryError(f"{deaf[0]} does not take a mask")

    def masked(model: Config, x: np.ndarray) -> list[Config]:
        if np.mean(np.all(x == 0, axis=-1)) < LEAST:
            raise CannotVaryError("hardly any step is padding")
        return [made(model, "Masking", "masked", mask_value=0.0)]

    return behind_inputs(recipe, masked, "series")
