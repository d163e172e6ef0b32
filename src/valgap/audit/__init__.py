"""The audit of a data set before any training; called, it is `valgap.audited.audit`.

A function and a package of one name exclude each other, and here both are wanted: the name in
Python is that of the command. So the package can be called, and hands on what it is given.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        return import_module("valgap.audited").audit(*args, **options)


sys.modules[__name__].__class__ = _Callable
