"""A probability of one unit."""

from __future__ import annotations

from valgap.patches.change import Change
from valgap.patches.heads import head, loss_of
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject


@patch("sigmoid-on-one-unit")
def sigmoid_on_one_unit(change: Change, subject: Subject) -> None:
    """Puts a sigmoid in the place of softmax, where the loss is that of one probability."""
    if loss_of(subject) != "binary_crossentropy":
        raise CannotPatchError("the loss is not binary_crossentropy")
    change.with_keyword(head(change, subject), "activation", '"sigmoid"')
