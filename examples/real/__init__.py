"""Real data from packages that carry it inside. Each maker says what to install if it lacks."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import NoReturn


def package(name: str, what: str, instead: str = "--planted") -> ModuleType:
    """Gives a package of the extra `examples`, or ends with one line that says how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return end_without(what, instead)


def end_without(what: str, instead: str = "--planted") -> NoReturn:
    """Ends with one line that says how to get what is missing, and what does without it."""
    sys.exit(f'{what} not installed: pip install "valgap[examples]", or use {instead}')
