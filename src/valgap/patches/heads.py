"""The last layer of a model, as the script makes it."""

from __future__ import annotations

import ast

from valgap.patches.arguments import argument
from valgap.patches.change import Change
from valgap.patches.layers import maker
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject


def head(change: Change, subject: Subject) -> ast.Call:
    """Gives back the call of Dense that made the layer of the finding, which ends the model.

    Raises:
        CannotPatchError: If it is another kind of layer, or has no activation by keyword.
    """
    layers = subject.fit.model.layers
    cls = next((layer.cls for layer in layers if layer.name == subject.layer), None)
    call = maker(change, layers, subject.layer) if cls == "Dense" else None
    if call is None or argument(call, "activation") is None:
        raise CannotPatchError("the activation is not an argument of a Dense layer")
    return call


def loss_of(subject: Subject) -> str:
    """Gives back the loss that `compile` was given by name, or nothing."""
    made = subject.fit.compile
    return made.loss.strip("'\"") if made else ""
