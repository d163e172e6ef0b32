"""Layers of a script without regularisers."""

from __future__ import annotations

import ast
from collections.abc import Callable

from valgap.patches.arguments import is_none
from valgap.patches.change import Change
from valgap.patches.layers import made_by_script, makers
from valgap.patches.subject import Subject


def without_penalties(change: Change, subject: Subject, is_gone: Callable[[str], bool]) -> None:
    """Takes regularisers out of the layers that were seen to have them.

    Args:
        change: Of the script.
        subject: The fit.
        is_gone: Tells the keywords that are to go.

    Raises:
        CannotPatchError: If it is not clear which calls made these layers.
    """

    def has(call: ast.Call) -> bool:
        return any(k.arg and is_gone(k.arg) and not is_none(k.value) for k in call.keywords)

    penalised = [
        layer
        for layer in made_by_script(subject.fit.model.layers)
        if any(is_gone(key) and value is not None for key, value in layer.config.items())
    ]
    for call in makers(change, penalised, has):
        change.without(call, [k.arg for k in call.keywords if k.arg and is_gone(k.arg)])
