"""Global pooling in place of Flatten."""

from __future__ import annotations

import math
from collections.abc import Sequence

from valgap.evidence.records import LayerRecord
from valgap.patches.change import Change
from valgap.patches.imports import call_another
from valgap.patches.layers import makers
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

_PLACES = {2: "1D", 3: "2D", 4: "3D"}  # by the axes of a row, the channels included


@patch("global-pooling")
def global_pooling(change: Change, subject: Subject) -> None:
    """Puts the mean over as many axes in the place of the one Flatten of the model."""
    _pool(change, subject, "GlobalAveragePooling")


@patch("global-pooling:max")
def global_max_pooling(change: Change, subject: Subject) -> None:
    """Puts the largest over as many axes in the place of the one Flatten of the model."""
    _pool(change, subject, "GlobalMaxPooling")


def _pool(change: Change, subject: Subject, pooling: str) -> None:
    layers = subject.fit.model.layers
    folds = [i for i, layer in enumerate(layers) if layer.cls == "Flatten"]
    if len(folds) != 1:
        raise CannotPatchError(f"the model has {len(folds)} layers Flatten, expected one")
    (call,) = makers(change, [layers[folds[0]]])
    if call.args or any(keyword.arg != "name" for keyword in call.keywords):
        raise CannotPatchError("Flatten is given arguments of its own")
    call_another(change, call, f"{pooling}{_places(layers, folds[0])}")


def _places(layers: Sequence[LayerRecord], at: int) -> str:
    """How many axes are folded, as layers are named for them; the record of shapes must agree."""
    fold, over_time = layers[at], 0
    if fold.output_shape is None and at and layers[at - 1].cls == "TimeDistributed":
        at, fold, over_time = at - 1, layers[at - 1], 1
    before = next((la.output_shape for la in reversed(layers[:at]) if la.output_shape), None)
    if before is None or fold.output_shape is None or None in (*before, *fold.output_shape):
        raise CannotPatchError("the shape before Flatten is not known")
    if math.prod(n or 0 for n in before) != math.prod(n or 0 for n in fold.output_shape):
        raise CannotPatchError("the layer before Flatten is not the one it folds")
    if any(layer.config.get("data_format") == "channels_first" for layer in layers):
        raise CannotPatchError("channels come first")
    places = _PLACES.get(len(before) - over_time)
    if places is None:
        raise CannotPatchError("there are no places to pool over")
    return places
