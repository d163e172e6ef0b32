"""Labels a little less sure."""

from __future__ import annotations

import ast

from valgap.patches.arguments import argument
from valgap.patches.calls import compile_call
from valgap.patches.change import Change
from valgap.patches.imports import spelled
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

SMOOTHING = "label_smoothing=0.1"
# Of losses that take it: the loss by number does not.
_CLASSES = {
    "categorical_crossentropy": "CategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
}


@patch("label-smoothing")
def label_smoothing(change: Change, subject: Subject) -> None:
    """Gives a cross-entropy `label_smoothing=0.1`, where `compile` is given it itself."""
    call = compile_call(change.script, subject)
    given = argument(call, "loss", 1)
    if given is None:
        raise CannotPatchError("compile is not given a loss")
    part, loss = given
    if isinstance(loss, ast.Constant) and loss.value in _CLASSES:
        made = spelled(change, f"keras.losses.{_CLASSES[loss.value]}", call.lineno)
        change.with_value(call, part, f"{made}({SMOOTHING})")
        return
    made_by = loss.func if isinstance(loss, ast.Call) else loss
    if change.names.last(made_by, "keras.losses") not in _CLASSES.values():
        raise CannotPatchError("the loss is none that takes smoothed labels")
    if not isinstance(loss, ast.Call) or loss.args or argument(loss, "label_smoothing"):
        raise CannotPatchError("the loss is given its smoothing")
    change.with_keyword(loss, *SMOOTHING.split("="))
