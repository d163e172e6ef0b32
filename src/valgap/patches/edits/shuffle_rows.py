"""Rows in random order."""

from __future__ import annotations

from valgap.patches.arguments import argument
from valgap.patches.calls import fit_call
from valgap.patches.change import Change
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

# Those that `shuffle` of fit shuffles.
_FORMS = ("arrays", "pandas", "PyDataset", "ImageDataGenerator")


@patch("shuffle-rows")
def shuffle_rows(change: Change, subject: Subject) -> None:
    """Says `shuffle=True` where the fit was told not to."""
    call = fit_call(change.script, subject)
    if subject.fit.train.form not in _FORMS or argument(call, "shuffle") is None:
        raise CannotPatchError("it is not fit that leaves the rows in their order")
    change.with_keyword(call, "shuffle", "True")
