"""Hears of Keras being imported, by whichever name and on whichever backend.

The finder leaves spec and loader of a module as they are, but for the length of one call
of `exec_module`. Keras is never imported from here.
"""

from __future__ import annotations

import importlib.abc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from valgap.errors import LegacyKerasError
from valgap.observe.frames import users_own_import

LEGACY_VARIABLE = "TF_USE_LEGACY_KERAS"
_LEGACY_VALUES = ("true", "True", "1")  # as tensorflow/__init__.py reads it

KerasSeen = Callable[[ModuleType], None]
Run = Callable[[ModuleType], None]
Around = Callable[[Run, ModuleType], None]

_executed: list[ModuleType] = []  # loaded to the end, though the import is still under way


def on_keras_import(callback: KerasSeen) -> Callable[[], None]:
    """Calls back once for every Keras 3 module that has been loaded to its end.

    Args:
        callback: is given the module `keras`, at once if it is loaded already. Under
            `import tensorflow` it is called while TensorFlow itself is half loaded.

    Returns:
        A function that uninstalls the hook; calling it twice does no harm.

    Raises:
        LegacyKerasError: if TF_USE_LEGACY_KERAS is set now. The same is raised out of the
            script's import of TensorFlow, of `tf_keras` in its own files, or of Keras 2.
    """
    refuse_legacy_variable()
    watch = _KerasWatch(callback)
    finder = _Finder({"keras": watch.load, "tensorflow": _tensorflow, "tf_keras": _tf_keras})
    sys.meta_path.insert(0, finder)
    module = sys.modules.get("keras")
    if module is not None and _is_loaded(module):
        watch.saw(module)
    return finder.uninstall


def refuse_legacy_variable() -> None:
    """Raises LegacyKerasError if TensorFlow would serve Keras 2 as `tf.keras`."""
    if os.environ.get(LEGACY_VARIABLE) in _LEGACY_VALUES:
        raise LegacyKerasError(
            f"valgap reads Keras 3, and {LEGACY_VARIABLE}={os.environ[LEGACY_VARIABLE]} "
            "asks for Keras 2; unset it"
        )


class _KerasWatch:
    """Calls back once a module object, however often it is executed."""

    def __init__(self, callback: KerasSeen) -> None:
        self._callback = callback
        self._seen: list[ModuleType] = []

    def load(self, run: Run, module: ModuleType) -> None:
        run(module)
        _executed.append(module)
        self.saw(module)

    def saw(self, module: ModuleType) -> None:
        if any(module is seen for seen in self._seen):
            return
        version = str(getattr(module, "__version__", "3"))
        if version.partition(".")[0] in ("0", "1", "2"):
            raise LegacyKerasError(f"valgap reads Keras 3, and Keras {version} is installed")
        self._seen.append(module)
        self._callback(module)


def _tensorflow(run: Run, module: ModuleType) -> None:
    refuse_legacy_variable()
    run(module)


def _tf_keras(run: Run, module: ModuleType) -> None:
    if users_own_import():
        raise LegacyKerasError(
            "valgap reads Keras 3, and the script imports tf_keras (Keras 2); import keras instead"
        )
    run(module)


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
    """Drops the frames of this file, so that Python trims its import frames as ever."""
    while error.__traceback__ and error.__traceback__.tb_frame.f_code.co_filename == __file__:
        if error.__traceback__.tb_next is None:
            return
        error.__traceback__ = error.__traceback__.tb_next


def _is_loaded(module: ModuleType) -> bool:
    under_way = getattr(module.__spec__, "_initializing", False)
    return not under_way or any(module is executed for executed in _executed)
