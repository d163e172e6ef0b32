"""The forms a log can take, one registered file each."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from valgap.evidence.log import Log
from valgap.observe.logs.source import Source

Read = Callable[[Source], Iterable[Log]]
Together = Callable[[str, Sequence[Source]], Iterable[Log]]


@dataclass(frozen=True, slots=True)
class Form:
    """One form of log: how it is known by its content, and how it is read.

    `together` reads all sources of this form in one folder, where a run has several.
    """

    name: str
    rank: int
    knows: Callable[[Source], bool]
    read: Read
    together: Together | None = None


_forms: dict[str, Form] = {}


def log_form(
    name: str,
    *,
    knows: Callable[[Source], bool],
    rank: int = 0,
    together: Together | None = None,
) -> Callable[[Read], Read]:
    """Registers a function as the reader of a form of log.

    Args:
        name: What a report calls it.
        knows: Tells it by its first bytes.
        rank: The lower, the sooner it is asked: special forms before general ones.
        together: Reads all sources of the form in a folder of that name, if not one by one.
    """

    def register(read: Read) -> Read:
        _forms[name] = Form(name, rank, knows, read, together)
        return read

    return register


def load_forms() -> tuple[Form, ...]:
    """Gives back all forms, in the order in which they are asked."""
    package = importlib.import_module("valgap.observe.logs")
    for module in pkgutil.iter_modules(package.__path__, "valgap.observe.logs."):
        importlib.import_module(module.name)
    return tuple(sorted(_forms.values(), key=lambda form: (form.rank, form.name)))
