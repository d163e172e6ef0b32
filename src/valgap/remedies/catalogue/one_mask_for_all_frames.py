"""One mask of dropout for all frames or steps of a row."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import as_layer
from valgap.observe.recipe import Recipe
from valgap.remedies.added import without_arguments
from valgap.remedies.base import remedy

_WHOLE_CHANNELS = ("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")


@remedy(
    name="one-mask-for-all-frames",
    treats=("MOD128", "MOD109"),
    room="model",
    changed="dropout frame by frame: the same units dropped in all frames of a row",
)
def one_mask_for_all_frames(recipe: Recipe, option: str) -> Recipe:
    """Dropout that drops the same units in all frames or steps of one row.

    What it changes: TimeDistributed(Dropout(rate)) becomes Dropout(rate, noise_shape=(None, 1,
    ...)) on the whole sequence; spatial dropout drops whole channels of all frames.

    When it helps: a recurrent layer sees changes between frames that no picture made.

    What it can harm: it regularises more than masks that average out over the frames.

    References: Gal and Ghahramani, A Theoretically Grounded Application of Dropout in Recurrent
    Neural Networks, 2016; Keras documentation, Dropout (noise_shape).
    """
    model = copy.deepcopy(recipe.model)
    made = [_one_mask(layer) for layer in layers_in(model)]
    if not any(made):
        raise CannotVaryError("no dropout is drawn frame by frame")
    return replace(recipe, model=model)


def _one_mask(layer: Config) -> bool:
    held = layer["config"].get("layer")
    shape = (layer.get("build_config") or {}).get("input_shape") or ()
    if layer["class_name"] != "TimeDistributed" or not isinstance(held, dict) or len(shape) < 3:
        return False
    name, rate = held["class_name"], held["config"].get("rate")
    if name not in ("Dropout", *_WHOLE_CHANNELS) or not rate or held["config"].get("noise_shape"):
        return False
    places = len(shape) - 3
    over = [1] * places if name in _WHOLE_CHANNELS else [None] * places
    as_layer(layer, "Dropout", rate=rate, noise_shape=[None, 1, *over, None])
    without_arguments(layer, "mask")
    return True
