"""The remedies that can be made in source, and what they make of a script."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from valgap.patches.calls import fit_call
from valgap.patches.change import Change
from valgap.patches.script import CannotPatchError, Script
from valgap.patches.subject import Subject

# Makes its changes, or raises CannotPatchError.
Edit = Callable[[Change, Subject], None]
CONTEXT = 2

_edits: dict[str, Edit] = {}


def patch(*remedies: str) -> Callable[[Edit], Edit]:
    """Registers a function as the change of source for remedies of that name.

    Raises:
        ValueError: If a name is taken.
    """

    def register(edit: Edit) -> Edit:
        for remedy in remedies:
            taken = _edits.get(remedy)
            if taken and taken.__module__ != edit.__module__:
                raise ValueError(f"{remedy} is taken by {taken.__module__}")
            _edits[remedy] = edit
        return edit

    return register


@cache
def load_patches() -> dict[str, Edit]:
    """Gives back all changes of source by the name of their remedy."""
    package = importlib.import_module("valgap.patches.edits")
    for module in pkgutil.iter_modules(package.__path__, "valgap.patches.edits."):
        importlib.import_module(module.name)
    return {name: _edits[name] for name in sorted(_edits)}


def patched(source: str, remedy: str, subject: Subject) -> str | None:
    """Gives back a script with a remedy in place; all else is as it was, byte for byte.

    Args:
        source: The script.
        remedy: The name of a remedy, as findings have it.
        subject: The fit, which the script was seen to make.

    Returns:
        The new script, which parses; None where the change cannot safely be made.
    """
    edit = load_patches().get(remedy)
    if edit is None:
        return None
    try:
        change = Change(Script.of(source))
        fit_call(change.script, subject)  # else the text is not that of the run
        edit(change, subject)
        return change.applied()
    except (CannotPatchError, RecursionError):  # the latter of a tree too deep to walk
        return None


def script_diff(source: str, name: str, remedy: str, subject: Subject) -> str:
    """Gives back the change that a remedy makes as a unified diff, or nothing.

    Args:
        source: The script.
        name: What the diff calls it.
        remedy: The name of a remedy.
        subject: The fit.
    """
    new = patched(source, remedy, subject)
    if new is None:
        return ""
    before, after = (text.replace("\r\n", "\n").split("\n") for text in (source, new))
    return "\n".join(difflib.unified_diff(before, after, name, name, n=CONTEXT, lineterm=""))
