"""Classes weighted by how rare they are."""

from __future__ import annotations

import ast

from valgap.patches.arguments import argument, is_none
from valgap.patches.calls import fit_call
from valgap.patches.change import Change
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject


@patch("class-weights")
def class_weights(change: Change, subject: Subject) -> None:
    """Gives the fit weights counted from its own labels, where these are an array by a name."""
    call = fit_call(change.script, subject)
    x, y = (argument(call, name, at) for at, name in enumerate("xy"))
    given = argument(call, "class_weight")
    if given and not is_none(given[1]):
        raise CannotPatchError("classes are weighted already")
    if not (x and y and isinstance(x[1], ast.Name) and isinstance(y[1], ast.Name)):
        raise CannotPatchError("rows and labels are not given by plain names")
    if not subject.fit.arguments.get("y", "").startswith("ndarray"):
        raise CannotPatchError("the labels are no array")
    change.with_keyword(call, "class_weight", _weights(subject, y[1].id))


def _weights(subject: Subject, y: str) -> str:
    """The weights as an expression: of labels, or of one column a class."""
    targets, outputs = subject.fit.train.targets, subject.fit.model.outputs
    if len(targets) != 1 or len(outputs) != 1 or not outputs[0].shape:
        raise CannotPatchError("there is not one output")
    units, shape = outputs[0].shape[-1], targets[0].shape
    if not isinstance(units, int) or shape not in ((), (1,), (units,)):
        raise CannotPatchError("what the labels are cannot be told")
    is_one_hot = units > 1 and shape == (units,)
    classes = max(units, 2)
    counted = f"{y}[:, c].sum()" if is_one_hot else f"({y} == c).sum()"
    return f"{{c: len({y}) / ({classes} * {counted}) for c in range({classes})}}"
