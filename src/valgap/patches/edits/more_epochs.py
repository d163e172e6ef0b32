"""More epochs."""

from __future__ import annotations

from valgap.patches.arguments import argument
from valgap.patches.calls import fit_call, scaled
from valgap.patches.change import Change
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

TIMES = 3
_EPOCHS_AT = 3  # x, y and batch_size come before it


@patch("more-epochs")
def more_epochs(change: Change, subject: Subject) -> None:
    """Gives the fit three times as many epochs."""
    call = fit_call(change.script, subject)
    given = argument(call, "epochs", _EPOCHS_AT)
    asked = subject.fit.arguments.get("epochs", "")
    if given is None or not asked.isdecimal():
        raise CannotPatchError("the fit is not given a number of epochs")
    change.with_value(call, given[0], scaled(change.script, given[1], int(asked), TIMES))
