"""Names of a script as what they stand for: `L.Dense` as `keras.layers.Dense`."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

_OURS = "its own"
_SAME = ("tensorflow.keras", "keras._tf_keras.keras", "keras.api")


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of a script stand for, where each stands for one thing alone.

    `meant` is by name; `bound` are all names that anything is bound to; `stars` the modules of
    which all is imported; `lines` where names of `meant` are bound for the whole module.
    """

    meant: dict[str, str] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()
    stars: tuple[str, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)

    def dotted(self, node: ast.expr) -> tuple[str, ...]:
        """Gives back what a name or a chain of attributes may stand for, such as keras.Input."""
        chain = _chain(node)
        if not chain:
            return ()
        first, *rest = chain
        if first in self.meant:
            roots: tuple[str, ...] = (self.meant[first],)
        else:
            roots = () if first in self.bound else tuple(f"{m}.{first}" for m in self.stars)
        return tuple(canonical(".".join((root, *rest))) for root in roots)

    def last(self, node: ast.expr, module: str) -> str | None:
        """Gives back the name within a module that a node stands for, such as Dense, or None."""
        found = (d.rpartition(".") for d in self.dotted(node))
        return next((name for home, _, name in found if home == module), None)


def canonical(dotted: str) -> str:
    """Gives back a dotted name as Keras itself spells it."""
    for other in _SAME:
        if dotted == other or dotted.startswith(f"{other}."):
            return "keras" + dotted[len(other) :]
    return dotted


def names_of(tree: ast.Module) -> Names:
    """Gives back the names of a script; one that is bound to different things means none."""
    found: dict[str, set[str]] = defaultdict(set)
    lines: dict[str, int] = {}
    for name, dotted, line in _imported(tree):
        found[name].add(canonical(dotted))
        if line:
            lines.setdefault(name, line)
    for name, value, line in _stored(tree):
        chain = _chain(value) if value is not None else ()
        root = found.get(chain[0], set()) if chain and chain[0] != name else set()
        is_alias = len(root) == 1 and _OURS not in root
        found[name].add(canonical(".".join((*root, *chain[1:]))) if is_alias else _OURS)
        if is_alias and line:
            lines.setdefault(name, line)
    stars = tuple(
        canonical(node.module or "")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    )
    meant = {n: next(iter(of)) for n, of in found.items() if len(of) == 1 and _OURS not in of}
    return Names(meant, frozenset(found), stars, {n: at for n, at in lines.items() if n in meant})


def _imported(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Names that imports bind, what they stand for, and the line if it is of the module."""
    for node, is_whole in _statements(tree):
        line = (node.end_lineno or node.lineno) if is_whole else 0
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first, line
        elif isinstance(node, ast.ImportFrom):
            home = _OURS if node.level else node.module or ""
            for alias in node.names:
                if alias.name != "*":
                    dotted = _OURS if node.level else f"{home}.{alias.name}"
                    yield alias.asname or alias.name, dotted, line


def _stored(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None, int]]:
    """Names bound otherwise: with the value where it is one assignment to one name."""
    plain: set[ast.AST] = set()
    for node, is_whole in _statements(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                plain.add(target)
                yield target.id, node.value, (node.end_lineno or 0) if is_whole else 0
    for each in ast.walk(tree):
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load):
            if each not in plain:
                yield each.id, None, 0
        elif isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield each.name, None, 0
        elif isinstance(each, ast.arg):
            yield each.arg, None, 0
        elif isinstance(each, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and each.name:
            yield each.name, None, 0


def _statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, bool]]:
    """All statements in their order, and whether each is one of the module itself."""
    whole = set(tree.body)
    every = (node for node in ast.walk(tree) if isinstance(node, ast.stmt))
    for node in sorted(every, key=lambda node: (node.lineno, node.col_offset)):
        yield node, node in whole


def _chain(node: ast.expr) -> tuple[str, ...]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()
