"""Validation on all rows."""

from __future__ import annotations

from valgap.patches.arguments import argument
from valgap.patches.calls import fit_call
from valgap.patches.change import Change
from valgap.patches.epochs import ends_by_itself
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject


@patch("all-validation-rows")
def all_validation_rows(change: Change, subject: Subject) -> None:
    """Takes `validation_steps` out of the fit."""
    call = fit_call(change.script, subject)
    if not ends_by_itself(subject.fit.validation) or argument(call, "validation_steps") is None:
        raise CannotPatchError("without a number of steps validation might not end")
    change.without(call, ["validation_steps"])
