"""Classes in equal shares on both sides of a split."""

from __future__ import annotations

import ast

from valgap.patches.change import Change
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

_SPLIT = "sklearn.model_selection.train_test_split"


@patch("stratified-split")
def stratified_split(change: Change, _: Subject) -> None:
    """Has the one `train_test_split` of the script go by the labels, its second array."""
    calls = [c for c in change.script.calls if _SPLIT in change.names.dotted(c.func)]
    if len(calls) != 1:
        raise CannotPatchError(f"there are {len(calls)} calls of train_test_split, expected one")
    (call,) = calls
    if len(call.args) != 2 or not all(isinstance(arg, ast.Name) for arg in call.args):
        raise CannotPatchError("rows and labels are not given by plain names")
    if any(keyword.arg in ("stratify", "shuffle") for keyword in call.keywords):
        raise CannotPatchError("the split is in order, or stratified already")
    change.with_keyword(call, "stratify", change.script.text(call.args[1]))
