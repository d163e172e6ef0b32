"""Real data from packages that carry it inside. Each maker says what to install if it lacks."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


def package(name: str, what: str) -> ModuleType:
    """Gives a package of the extra `examples`, or ends with one line that says how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        sys.exit(f'{what} is not installed: pip install "valgap[examples]", or use --planted')
