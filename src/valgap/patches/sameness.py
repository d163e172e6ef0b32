"""Whether two trees differ in nothing but what was meant to differ."""

from __future__ import annotations

import ast
from collections.abc import Mapping

CALLED = "()"
Place = tuple[int, int, int, int]
# What of a call is to differ: names of arguments, `#0` for the first by position, CALLED.
Meant = Mapping[Place, set[str]]


def place(call: ast.expr) -> Place:
    """Gives back what tells a call from all others: `f` and `f()` begin at one place."""
    return call.lineno, call.col_offset, call.end_lineno or 0, call.end_col_offset or 0


def is_same(old: object, new: object, meant: Meant) -> bool:
    """Tells whether a tree is another but for the calls that were meant, and added imports."""
    if type(old) is not type(new):
        return False
    if isinstance(old, ast.Call) and isinstance(new, ast.Call) and place(old) in meant:
        return _is_same_call(old, new, meant)
    if isinstance(old, ast.Module) and isinstance(new, ast.Module):
        bodies = [[n for n in m.body if not _is_import(n)] for m in (old, new)]
        return _imports(old) <= _imports(new) and is_same(bodies[0], bodies[1], meant)
    if isinstance(old, ast.AST):
        return all(
            is_same(getattr(old, f, None), getattr(new, f, None), meant) for f in old._fields
        )
    if isinstance(old, list) and isinstance(new, list):
        pairs = zip(old, new, strict=False)
        return len(old) == len(new) and all(is_same(*pair, meant) for pair in pairs)
    return repr(old) == repr(new)  # 0.0 and -0.0, nan and nan


def _is_same_call(old: ast.Call, new: ast.Call, meant: Meant) -> bool:
    parts = meant[place(old)]
    if CALLED not in parts and not is_same(old.func, new.func, meant):
        return False
    first, second = _arguments(old), _arguments(new)
    if first.keys() - second.keys() - parts or second.keys() - first.keys() - parts:
        return False
    return all(is_same(first[n], second[n], meant) for n in first.keys() - parts)


def _arguments(call: ast.Call) -> dict[str, ast.expr]:
    by_position = {f"#{i}": value for i, value in enumerate(call.args)}
    return by_position | {k.arg or f"**{i}": k.value for i, k in enumerate(call.keywords)}


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _imports(tree: ast.Module) -> set[tuple[str, str, str]]:
    return {
        (getattr(node, "module", None) or "", alias.name, alias.asname or "")
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
