"""The arguments of a call as they are written, commas and all."""

from __future__ import annotations

import ast
from bisect import bisect_left
from dataclasses import dataclass

from valgap.patches.script import CannotPatchError, Script, Token


@dataclass(frozen=True, slots=True)
class Written:
    """One argument between two offsets; `after` lies behind its comma, if it has one."""

    start: int
    end: int
    after: int
    name: str | None
    value_start: int

    @property
    def has_comma(self) -> bool:
        """Whether a comma follows."""
        return self.after > self.end


def written(script: Script, call: ast.Call) -> tuple[int, list[Written]]:
    """Gives back where the parentheses of a call open, and its arguments in their order.

    Raises:
        CannotPatchError: If they cannot be told apart.
    """
    inside = _inside(script, call)
    given: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    found, i = [], 1
    for node in sorted(given, key=script.start):
        value = node.value if isinstance(node, ast.keyword) else node
        last = next(k for k, t in enumerate(inside) if t.end >= script.end(value) and k >= i)
        comma = _comma(inside, last + 1)
        own = [t for t in inside[i:comma] if t.is_code]
        after = inside[comma].end if inside[comma].text == "," else own[-1].end
        name = node.arg if isinstance(node, ast.keyword) else None
        begin = 2 if name else 0  # behind `name =`
        found.append(Written(own[0].start, own[-1].end, after, name, own[begin].start))
        i = comma + 1
    return inside[0].end, found


def _inside(script: Script, call: ast.Call) -> list[Token]:
    """The tokens from the parenthesis that opens to the one that closes."""
    tokens = script.tokens
    close = bisect_left(tokens, script.end(call), key=lambda token: token.end)
    depth = 0
    for i in range(close, -1, -1):
        text = tokens[i].text if tokens[i].is_code else ""
        depth += (text in (")", "]", "}")) - (text in ("(", "[", "{"))
        if depth == 0:
            return list(tokens[i : close + 1])
    raise CannotPatchError(f"the call of line {call.lineno} has no parenthesis")


def _comma(inside: list[Token], i: int) -> int:
    """Where the comma stands that ends an argument, or the parenthesis that does."""
    depth = 0
    for k in range(i, len(inside)):
        text = inside[k].text if inside[k].is_code else ""
        if depth == 0 and text in (",", ")"):
            # Parentheses around the value close before its comma.
            if text == "," or k == len(inside) - 1:
                return k
            continue
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
    raise CannotPatchError("an argument does not end")


def argument(call: ast.Call, name: str, position: int | None = None) -> tuple[str, ast.expr] | None:
    """Gives back an argument by name or position: how a change names it, and its value."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return name, keyword.value
    if position is None or position >= len(call.args):
        return None
    if any(isinstance(arg, ast.Starred) for arg in call.args[: position + 1]):
        return None
    return f"#{position}", call.args[position]


def is_none(node: ast.expr) -> bool:
    """Tells the literal None."""
    return isinstance(node, ast.Constant) and node.value is None
