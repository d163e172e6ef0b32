"""The weights of the best epoch kept."""

from __future__ import annotations

import ast

from valgap.patches.arguments import argument, is_none
from valgap.patches.calls import fit_call
from valgap.patches.change import Change
from valgap.patches.imports import spelled
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

PATIENCE = 10
_CLASS = "EarlyStopping"


@patch("keep-best-epoch")
def keep_best_epoch(change: Change, subject: Subject) -> None:
    """Adds EarlyStopping to the callbacks of the fit, or has the one there is keep the best."""
    call = fit_call(change.script, subject)
    if any(callback.cls == _CLASS for callback in subject.fit.callbacks):
        _have_it_restore(change)
        return
    if not any("val_loss" in epoch.logs for epoch in subject.fit.epochs):
        raise CannotPatchError("there is no val_loss to go by")
    given = argument(call, "callbacks")
    made = spelled(change, f"keras.callbacks.{_CLASS}", call.lineno)
    made += f"(patience={PATIENCE}, restore_best_weights=True)"
    change.with_keyword(call, "callbacks", _with(change, subject, given and given[1], made))


def _with(change: Change, subject: Subject, value: ast.expr | None, made: str) -> str:
    """The callbacks that are given, and one more."""
    if value is None or is_none(value):
        return f"[{made}]"
    if isinstance(value, ast.List) and not value.elts:
        return f"[{made}]"
    if isinstance(value, ast.List):
        text, last = change.script.text(value), value.elts[-1]
        end = change.script.end(last) - change.script.start(value)
        rest = text[end:]
        if "#" in rest or rest.strip(" \t\r\n,]"):
            raise CannotPatchError("the list of callbacks ends in a comment or parentheses")
        return f"{text[:end]}, {made}{rest}"
    # Seen to be a list, or none at all: a single callback cannot be unpacked.
    seen, text = subject.fit.arguments.get("callbacks", ""), change.script.text(value)
    if isinstance(value, ast.Name) and seen.startswith(("[", "(")):
        return f"[*{text}, {made}]"
    if seen == "None" or seen.startswith(("[", "(")):
        return f"[*(({text}) or []), {made}]"
    raise CannotPatchError("what the callbacks are cannot be told")


def _have_it_restore(change: Change) -> None:
    names = change.names
    found = [c for c in change.script.calls if names.last(c.func, "keras.callbacks") == _CLASS]
    if len(found) != 1 or len(found[0].args) > 1:
        raise CannotPatchError(f"there are {len(found)} calls of {_CLASS}, expected one")
    change.with_keyword(found[0], "restore_best_weights", "True")
