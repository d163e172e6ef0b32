"""Epochs of all rows."""

from __future__ import annotations

from valgap.patches.arguments import argument
from valgap.patches.calls import fit_call
from valgap.patches.change import Change
from valgap.patches.epochs import ends_by_itself
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject


@patch("all-rows-each-epoch")
def all_rows_each_epoch(change: Change, subject: Subject) -> None:
    """Takes `steps_per_epoch` out of the fit, and `validation_steps` with it."""
    call = fit_call(change.script, subject)
    if not ends_by_itself(subject.fit.train) or argument(call, "steps_per_epoch") is None:
        raise CannotPatchError("without a number of steps an epoch might not end")
    also = ["validation_steps"] if ends_by_itself(subject.fit.validation) else []
    change.without(call, ["steps_per_epoch", *also])
