"""Parts of the work side by side, one thread a core, as NumPy does not hold the interpreter."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")


def each(work: Callable[[Part], Made], parts: Iterable[Part]) -> list[Made]:
    """Returns what `work` makes of each part, in their order."""
    pool = ThreadPoolExecutor(_cores())
    try:
        return list(pool.map(work, parts))
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C only those that are at work end


def without_those_of_blas() -> AbstractContextManager[object]:
    """Returns a context in which products take one thread: they are small, and BLAS's own wait."""
    limits = importlib.import_module("threadpoolctl")  # has no types
    context: AbstractContextManager[object] = limits.threadpool_limits(1)
    return context


def _cores() -> int:
    """How many cores this process may use."""
    from loky import cpu_count

    return max(1, int(cpu_count()))
