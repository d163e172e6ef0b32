"""Names that a change needs: as the script reaches them already, or with an import added."""

from __future__ import annotations

import ast

from valgap.patches.change import Change
from valgap.patches.names import canonical
from valgap.patches.script import CannotPatchError, Script


def spelled(change: Change, dotted: str, line: int) -> str:
    """Gives back how the script spells a name of Keras on a line; adds an import if it cannot.

    Args:
        change: Of the script.
        dotted: As Keras spells it, such as keras.callbacks.EarlyStopping.
        line: Where it is to be used.

    Raises:
        CannotPatchError: If the name is taken, or Keras is not imported by the module itself.
    """
    ways = {
        name: _behind(meant, dotted)
        for name, meant in change.names.meant.items()
        if change.names.lines.get(name, line) < line
    }
    reached = [(rest, name) for name, rest in ways.items() if rest is not None]
    if reached:
        rest, name = min(reached, key=lambda way: (way[0].count("."), way))
        return name + rest
    return _imported(change, dotted, line)


def call_another(change: Change, call: ast.Call, name: str) -> None:
    """Calls another function of the same module, spelled alike; a bare name is imported too.

    Raises:
        CannotPatchError: If the name is taken, or cannot be imported beside the old one.
    """
    if isinstance(call.func, ast.Name):
        old = change.names.dotted(call.func)
        wanted = {f"{dotted.rpartition('.')[0]}.{name}" for dotted in old}
        if change.names.meant.get(name) not in wanted:
            _import_beside(change, call.func.id, name)
    change.with_last_name(call, name)


def _import_beside(change: Change, old: str, new: str) -> None:
    if new in change.names.bound:
        raise CannotPatchError(f"{new} is something else in this script")
    if old not in change.names.bound:
        return  # from keras.layers import *
    beside = [
        node.names
        for node in change.script.tree.body
        if isinstance(node, ast.ImportFrom)
        and old in [alias.asname or alias.name for alias in node.names]
    ]
    if len(beside) != 1:
        raise CannotPatchError(f"{old} is not imported once, at the head of the module")
    before = [alias for alias in beside[0] if alias.name < new]
    _add(change, (before or beside[0])[-1], new)


def _add(change: Change, beside: ast.alias, name: str) -> None:
    script = change.script
    start, end = script.start(beside), script.end(beside)
    if script.begins_line(start):
        indent = script.source[script.line_start(start) : start]
        change.insert(end, f",{script.newline}{indent}{name}")
    else:
        change.insert(end, f", {name}")


def _imported(change: Change, dotted: str, line: int) -> str:
    module, _, name = dotted.rpartition(".")
    if name in change.names.bound:
        raise CannotPatchError(f"{name} is something else in this script")
    found = [node for node in _from_keras(change.script) if node.lineno < line]
    if not found:
        raise CannotPatchError("Keras is not imported at the head of the module")
    root = "tensorflow.keras" if found[0].module.startswith("tensorflow") else "keras"  # type: ignore[union-attr]
    own = root + module.removeprefix("keras")
    later = [node for node in found if (node.module or "") > own]
    text = f"from {own} import {name}{change.script.newline}"
    if later:
        change.insert(change.script.start(later[0]), text)
    else:
        change.insert(change.script.next_line(change.script.end(found[-1])), text)
    return name


def _from_keras(script: Script) -> list[ast.ImportFrom]:
    return [
        node
        for node in script.tree.body
        if isinstance(node, ast.ImportFrom)
        and f"{canonical(node.module or '')}.".startswith("keras.")
        and not node.level
        and script.begins_line(script.start(node))
    ]


def _behind(meant: str, dotted: str) -> str | None:
    """What has to follow a name for the dotted one: `.callbacks.X` behind keras, or None."""
    whole = f"tensorflow.{dotted}" if meant == "tensorflow" else dotted
    is_part = whole == meant or whole.startswith(f"{meant}.")
    return whole[len(meant) :] if is_part else None
