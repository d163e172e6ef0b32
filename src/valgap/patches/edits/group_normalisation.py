"""Normalisation over groups of channels in place of the batch."""

from __future__ import annotations

import ast

from valgap.evidence.records import LayerRecord
from valgap.patches.change import Change
from valgap.patches.imports import call_another
from valgap.patches.layers import made_by_script, makers
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

# Wu and He, Group Normalization, 2018: 32 at most; fewer where channels are few.
GROUPS = (32, 16, 8, 4, 2)
LEAST_CHANNELS = 4  # of a group
_SHARED = {
    *("axis", "epsilon", "center", "scale", "name", "dtype", "trainable"),
    *("beta_initializer", "gamma_initializer", "beta_regularizer", "gamma_regularizer"),
    *("beta_constraint", "gamma_constraint"),
}


@patch("group-normalisation")
def group_normalisation(change: Change, subject: Subject) -> None:
    """Puts GroupNormalization in the place of all batch normalisation of the model."""
    layers = [
        la for la in made_by_script(subject.fit.model.layers) if la.cls == "BatchNormalization"
    ]
    channels = [_channels(layer) for layer in layers]
    groups = next((g for g in GROUPS if all(_suits(g, n) for n in channels)), None)
    if groups is None:
        raise CannotPatchError("no number of groups divides all channels")
    for call in makers(change, layers):
        above = change.script.parents.get(call)
        is_told = isinstance(above, ast.Call) and above.func is call and above.keywords
        if call.args or is_told:
            raise CannotPatchError("arguments mean something else to GroupNormalization")
        call_another(change, call, "GroupNormalization")
        own = [k.arg for k in call.keywords if k.arg and k.arg not in _SHARED]
        if own:
            change.instead(call, own[0], "groups", str(groups))
            change.without(call, own[1:])
        else:
            change.with_keyword(call, "groups", str(groups))


def _suits(groups: int, channels: int) -> bool:
    return channels % groups == 0 and channels // groups >= LEAST_CHANNELS


def _channels(layer: LayerRecord) -> int:
    shape, axis = layer.output_shape, layer.config.get("axis", -1)
    if not shape or not isinstance(axis, int):
        raise CannotPatchError("the channels of a layer are not known")
    count = shape[axis] if axis < 0 else shape[axis - 1]  # the row axis is left out
    if count is None:
        raise CannotPatchError("the channels of a layer are not known")
    return count
