"""Random changes of series: noise, scale, shift, warp, channels left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.observe.recipe import Recipe
from valgap.remedies.added import behind_inputs, has
from valgap.remedies.base import remedy
from valgap.remedies.catalogue.augmentation import refuse_augmented
from valgap.remedies.graph import made

JITTER, SCALE, SHIFT, WARP, CHANNELS = 0.1, 0.1, 0.1, 0.15, 0.15
# Deviations of channels that differ more are not served by noise of one size.
_APART = 5.0


@remedy(
    name="augmentation-of-series",
    treats=("DAT206", "CUR101", "CUR105"),
    room="data",
    changed="series in training: noise, scale, shift in time, warp, channels left out",
    options=("jitter", "scale", "crop", "warp", "channels"),
    excludes=("gentler-augmentation",),
    also=("augmentation",),
    order=1,
)
def augmentation_of_series(recipe: Recipe, option: str) -> Recipe:
    """Series changed a little at random while they are trained on.

    What it changes: layers behind each input of series, in training only. `jitter`:
    GaussianNoise of a tenth of the deviation; `scale`: each row some 10 % larger or smaller;
    `crop`: shifted in time by a tenth, the end value held (RandomTranslation); `warp`: 15 %
    slower or faster (RandomZoom); `channels`: whole channels left out (SpatialDropout1D).
    Shift and warp treat a series as a picture one wide.

    When it helps: rows are few, and labels do not depend on amplitude, onset or speed.

    What it can harm: classes that differ in just that.

    References: Um et al., Data Augmentation of Wearable Sensor Data, 2017; Iwana and Uchida, An
    Empirical Survey of Data Augmentation for Time Series Classification, 2021.
    """
    refuse_augmented(recipe)
    if option in ("crop", "warp", "scale") and has(recipe, "Masking"):
        raise CannotVaryError("steps that are padding would be moved or changed")
    changed = behind_inputs(recipe, _LAYERS[option], "series")
    return _with_own_layers(changed) if option == "scale" else changed


def _jitter(model: Config, x: np.ndarray) -> list[Config]:
    deviations = np.nanstd(x, axis=(0, 1))
    deviations = deviations[deviations > 0]
    if not len(deviations) or deviations.max() > _APART * deviations.min():
        raise CannotVaryError("channels are on different scales: scale-inputs first")
    size = JITTER * float(np.median(deviations))
    return [made(model, "GaussianNoise", "jittered", stddev=size)]


def _scale(model: Config, x: np.ndarray) -> list[Config]:
    layer = made(model, "RandomScale", "scaled", deviation=SCALE)
    own = {"module": "valgap.remedies.layers", "registered_name": "valgap>RandomScale"}
    return [{**layer, **own}]


def _with_own_layers(recipe: Recipe) -> Recipe:
    from valgap.remedies.layers import RandomScale

    return replace(recipe, custom={**recipe.custom, "valgap>RandomScale": RandomScale})


def _as_picture(class_name: str, **settings: Any) -> Any:
    def layers(model: Config, x: np.ndarray) -> list[Config]:
        channels = x.shape[2]
        return [
            made(model, "Reshape", "one_wide", target_shape=(-1, 1, channels)),
            made(model, class_name, "in_time", fill_mode="nearest", **settings),
            made(model, "Reshape", "series", target_shape=(-1, channels)),
        ]

    return layers


def _channels(model: Config, x: np.ndarray) -> list[Config]:
    if x.shape[2] < 3:
        raise CannotVaryError("there are fewer than three channels")
    return [made(model, "SpatialDropout1D", "channels", rate=CHANNELS)]


_LAYERS: dict[str, Any] = {
    "jitter": _jitter,
    "scale": _scale,
    "crop": _as_picture("RandomTranslation", height_factor=SHIFT, width_factor=0.0),
    "warp": _as_picture("RandomZoom", height_factor=WARP, width_factor=0.0),
    "channels": _channels,
}
