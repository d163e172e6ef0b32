"""One unit for each class."""

from __future__ import annotations

import ast

from valgap.patches.arguments import argument
from valgap.patches.change import Change
from valgap.patches.heads import head, loss_of
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject


@patch("one-unit-a-class")
def one_unit_a_class(change: Change, subject: Subject) -> None:
    """Gives the last layer as many units as there are classes, where labels are numbers."""
    if loss_of(subject) != "sparse_categorical_crossentropy" or not subject.classes:
        raise CannotPatchError("the classes are not numbered, or not counted")
    call = head(change, subject)
    units = argument(call, "units", 0)
    if not (units and isinstance(units[1], ast.Constant) and units[1].value == 1):
        raise CannotPatchError("the layer is not given one unit")
    change.with_value(call, units[0], str(subject.classes))
