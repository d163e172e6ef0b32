"""A change of a script in the making: what of which call, with all else left as it is."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import groupby, pairwise

from valgap.patches.arguments import Written, written
from valgap.patches.names import Names, names_of
from valgap.patches.sameness import CALLED, Place, is_same, place
from valgap.patches.script import CannotPatchError, Script


class Change:
    """Collects what is to be put in the place of what; `applied` gives the new source."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._pieces: list[tuple[int, int, str]] = []
        self._meant: dict[Place, set[str]] = defaultdict(set)

    @cached_property
    def names(self) -> Names:
        """What the names of the script stand for."""
        return names_of(self.script.tree)

    def insert(self, at: int, text: str) -> None:
        """Adds text; what is added must not change what was meant to stay."""
        self._put(at, at, text)

    def without(self, call: ast.Call, names: Iterable[str]) -> None:
        """Takes keyword arguments out of a call, those of the names that are there.

        Raises:
            CannotPatchError: If the call has `**` arguments, which may hold them as well.
        """
        gone = set(names)
        _refuse_stars(call)
        _, arguments = written(self.script, call)
        runs = groupby(range(len(arguments)), key=lambda i: arguments[i].name in gone)
        for run in [list(indices) for is_gone, indices in runs if is_gone]:
            self._remove(arguments, run[0], run[-1])
        self._meant[place(call)] |= gone

    def with_keyword(self, call: ast.Call, name: str, value: str) -> None:
        """Gives a keyword argument a value, in place of the one that it has.

        Raises:
            CannotPatchError: If the call has `**` arguments, which may hold it as well.
        """
        _refuse_stars(call)
        opening, arguments = written(self.script, call)
        self._meant[place(call)].add(name)
        for each in arguments:
            if each.name == name:
                self._put(each.value_start, each.end, value)
                return
        if arguments:
            self._append(arguments[-1], f"{name}={value}", self.script.end(call))
        else:
            self.insert(opening, f"{name}={value}")

    def instead(self, call: ast.Call, name: str, other: str, value: str) -> None:
        """Gives another keyword argument in the place of one that is there."""
        _refuse_stars(call)
        for each in written(self.script, call)[1]:
            if each.name == name:
                self._put(each.start, each.end, f"{other}={value}")
        self._meant[place(call)] |= {name, other}

    def with_value(self, call: ast.Call, part: str, value: str) -> None:
        """Gives an argument another value: `part` is its name, or `#0` for the first."""
        if not part.startswith("#"):
            self.with_keyword(call, part, value)
            return
        each = written(self.script, call)[1][int(part[1:])]
        self._put(each.value_start, each.end, value)
        self._meant[place(call)].add(part)

    def with_last_name(self, call: ast.Call, name: str) -> None:
        """Calls another function of the same module: `L.Flatten()` becomes `L.<name>()`."""
        func = call.func
        last = func.attr if isinstance(func, ast.Attribute) else self.script.text(func)
        end = self.script.end(func)
        if self.script.source[end - len(last) : end] != last:  # an identifier Python normalised
            raise CannotPatchError(f"{last} is written otherwise")
        self._put(end - len(last), end, name)
        self._meant[place(call)].add(CALLED)

    def applied(self) -> str:
        """Gives back the new source.

        Raises:
            CannotPatchError: If nothing changes, or anything that was not meant to.
        """
        # Of insertions at one place the first stays first.
        pieces = sorted(dict.fromkeys(self._pieces), key=lambda piece: piece[:2])
        if any(first[1] > second[0] for first, second in pairwise(pieces)):
            raise CannotPatchError("changes overlap")
        source = self.script.source
        for start, end, text in reversed(pieces):
            source = source[:start] + text + source[end:]
        if source == self.script.source:
            raise CannotPatchError("it is so already")
        if not is_same(self.script.tree, Script.of(source).tree, self._meant):
            raise CannotPatchError("more would change than is meant to")
        return source

    def _put(self, start: int, end: int, text: str) -> None:
        self._pieces.append((start, end, text))

    def _append(self, last: Written, text: str, call_end: int) -> None:
        script = self.script
        has_own_lines = script.begins_line(last.start) and script.line_end(last.end) < call_end
        if not has_own_lines:
            self.insert(last.end, f", {text}")
            return
        indent = script.source[script.line_start(last.start) : last.start]
        line = f"{script.newline}{indent}{text}"
        if last.has_comma:
            self.insert(script.line_end(last.after), f"{line},")
        else:
            self.insert(last.end, ",")
            self.insert(script.line_end(last.end), line)

    def _remove(self, arguments: list[Written], first: int, last: int) -> None:
        """Takes a run of arguments out, with their own lines where they have such."""
        script, source = self.script, self.script.source
        start, end = arguments[first].start, arguments[last].after
        rest = source[end : script.line_end(end)].strip()
        behind = arguments[last + 1] if last + 1 < len(arguments) else None
        before = arguments[first - 1] if first else None
        if script.begins_line(start) and (not rest or rest.startswith("#")):
            self._put(script.line_start(start), script.next_line(end), "")
        elif behind and "\n" not in source[end : behind.start]:
            self._put(start, behind.start, "")
        elif before is None or "#" in source[before.end : start]:
            self._put(start, end, "")
        elif behind:
            self._put(before.after, end, "")
        else:
            self._put(before.end, arguments[last].end, "")


def _refuse_stars(call: ast.Call) -> None:
    if any(keyword.arg is None for keyword in call.keywords):
        raise CannotPatchError(f"the call of line {call.lineno} has ** arguments")
