"""What a layer's training mode does, told from its class and settings."""

from __future__ import annotations

from typing import Any

from valgap.evidence.records import LayerKind

_NOISE = {
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
}
_AUGMENTATION = {"RandAugment", "AugMix", "MixUp", "CutMix"}


def kind_of(layer: Any) -> LayerKind:
    """Returns what `training=True` changes in this one layer, its sublayers left aside.

    `unknown`: a class of the user's own whose `call` takes `training`.
    """
    own = [c.__name__ for c in type(layer).__mro__ if _is_keras(c)]
    if any(name in _AUGMENTATION or name.startswith("Random") for name in own):
        return "augmentation"
    if any(name in _NOISE for name in own) or _draws_inside(layer):
        return "noise"
    if "BatchNormalization" in own:
        return "batch-statistics"
    if not _is_keras(type(layer)) and getattr(layer, "_call_has_training_arg", False):
        return "unknown"
    return "plain"


def _draws_inside(layer: Any) -> bool:
    """Dropout that is no layer of its own: in recurrent cells and in attention."""
    if not _is_keras(type(layer)):
        return False
    cell = getattr(layer, "cell", None)
    places = [layer, cell, *getattr(cell, "cells", ())]
    rates = [getattr(place, name, 0) for place in places for name in _RATES]
    return any(isinstance(rate, (int, float)) and rate > 0 for rate in rates)


_RATES = ("dropout", "recurrent_dropout")


def _is_keras(cls: type) -> bool:
    return cls.__module__.split(".")[0] == "keras"
