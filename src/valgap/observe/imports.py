"""Hears of a module being imported, by whichever name and from wherever.

The finder leaves spec and loader of a module as they are, but for the length of one call
of `exec_module`. Nothing that is waited for is ever imported from here.
"""

from __future__ import annotations

import importlib.abc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

Seen = Callable[[ModuleType], None]
Run = Callable[[ModuleType], None]
Around = Callable[[Run, ModuleType], None]

_OUR_FOLDER = os.path.dirname(__file__) + os.sep
_executed: list[ModuleType] = []  # loaded to the end, though the import is still under way


def on_import(
    name: str, callback: Seen, others: Mapping[str, Around] | None = None
) -> Callable[[], None]:
    """Calls back once for every module of that name that has been loaded to its end.

    Args:
        name: as it stands in `sys.modules`.
        callback: is given the module, at once if it is loaded already. Under an import of
            something larger it is called while that is half loaded.
        others: further modules, and what is to go around the loading of each.

    Returns:
        A function that uninstalls the hook; calling it twice does no harm.
    """
    watch = _ModuleWatch(callback)
    finder = _Finder({name: watch.load, **(others or {})})
    sys.meta_path.insert(0, finder)
    module = sys.modules.get(name)
    if module is not None and _is_loaded(module):
        watch.saw(module)
    return finder.uninstall


class _ModuleWatch:
    """Calls back once a module object, however often it is executed."""

    def __init__(self, callback: Seen) -> None:
        self._callback = callback
        self._seen: list[ModuleType] = []

    def load(self, run: Run, module: ModuleType) -> None:
        run(module)
        _executed.append(module)
        self.saw(module)

    def saw(self, module: ModuleType) -> None:
        if not any(module is seen for seen in self._seen):
            self._seen.append(module)
            self._callback(module)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds what the finders behind it find, and goes around the loading of some modules."""

    def __init__(self, around: Mapping[str, Around]) -> None:
        self._around = around

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns the spec of a module we wait for, its loader prepared; None for others."""
        if fullname not in self._around or self not in sys.meta_path:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                _prepare(spec, self._around[fullname])
                return spec
        return None

    def uninstall(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)


def _prepare(spec: ModuleSpec, around: Around) -> None:
    loader = spec.loader
    if loader is None:  # a folder without __init__.py
        return
    own, run = vars(loader), loader.exec_module
    earlier = own.get("exec_module")

    def exec_module(module: ModuleType) -> None:
        if module.__name__ != spec.name:  # a loader shared by a whole archive
            return run(module)
        own.pop("exec_module", None) if earlier is None else own.update(exec_module=earlier)
        try:
            return around(run, module)
        except BaseException as error:
            _show_as_plain_import(error)
            raise

    own["exec_module"] = exec_module


def _show_as_plain_import(error: BaseException) -> None:
    """Drops the frames of ours, so that Python trims its import frames as ever."""
    while error.__traceback__ and _is_ours(error.__traceback__.tb_frame.f_code.co_filename):
        if error.__traceback__.tb_next is None:
            return
        error.__traceback__ = error.__traceback__.tb_next


def _is_ours(path: str) -> bool:
    return path.startswith(_OUR_FOLDER)


def _is_loaded(module: ModuleType) -> bool:
    under_way = getattr(module.__spec__, "_initializing", False)
    return not under_way or any(module is executed for executed in _executed)
