"""How a Python program ends: what is shown of its exception, and its exit status."""

from __future__ import annotations

import sys

from valgap.observe.frames import forget_our_frames

RAISED = 1


def end_by(error: BaseException) -> int:
    """Shows an exception that nobody caught as Python does, and gives back the status."""
    if isinstance(error, SystemExit):
        return status_of(error)
    forget_our_frames(error)
    _remember(error)
    second = _raised_by_hook(error)
    if isinstance(second, SystemExit):
        return status_of(second)
    if second is not None:
        forget_our_frames(second)
        _show_both(second, error)
    return RAISED


def _raised_by_hook(error: BaseException) -> BaseException | None:
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException as second:
        return second
    return None


def status_of(error: SystemExit) -> int:
    """Gives back the status that `sys.exit(x)` stands for, from 0 to 255; shows other x."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF if abs(error.code) < 1 << 63 else 0xFF
    if sys.stderr is not None:
        print(error.code, file=sys.stderr)  # noqa: T201
    return RAISED


def _remember(error: BaseException) -> None:
    """Sets what post-mortem debuggers read."""
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error


def _show_both(second: BaseException, error: BaseException) -> None:
    """Shows what Python shows when the program's own `sys.excepthook` raises."""
    sys.stderr.write("Error in sys.excepthook:\n")
    sys.__excepthook__(type(second), second, second.__traceback__)
    sys.stderr.write("\nOriginal exception was:\n")
    sys.__excepthook__(type(error), error, error.__traceback__)
