"""Runs the user's program in this process as if we were not there."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import Literal

from valgap.errors import UsageError
from valgap.observe.ending import end_by
from valgap.observe.program import Program, run_program

INTERRUPTED = 130  # what a shell says of a process that died of SIGINT


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the program ended: its exit status, and the exception that nobody caught."""

    exit_status: int
    error: BaseException | None = None

    @property
    def interrupted(self) -> bool:
        """Says whether it ended by Ctrl+C: plain Python then dies of the signal."""
        return type(self.error) is KeyboardInterrupt

    @property
    def status(self) -> Literal["finished", "raised", "interrupted"]:
        """The status of the run; `sys.exit` is a way of finishing."""
        if self.interrupted:
            return "interrupted"
        return "finished" if self.error is None else "raised"


def run_script(program: Program) -> Outcome:
    """Runs a program to its end, its threads too, and shows its exception if it raised.

    Returns:
        The outcome. `sys.argv`, `sys.path[0]` and `__main__` stay those of the program.

    Raises:
        UsageError: if the program cannot be watched, such as one with legacy Keras.
    """
    error = _raised_by(program)
    outcome = Outcome(0) if error is None else _ended(error)
    _wait_for_threads()
    return outcome


def _raised_by(program: Program) -> BaseException | None:
    """Gives the exception back, as no exception is being handled when Python shows it."""
    try:
        run_program(program)
    except UsageError:
        raise
    except BaseException as error:
        return error
    return None


def _ended(error: BaseException) -> Outcome:
    status = end_by(error)
    if isinstance(error, SystemExit):
        return Outcome(status)
    interrupted = type(error) is KeyboardInterrupt
    return Outcome(INTERRUPTED if interrupted else status, error)


def _wait_for_threads() -> None:
    """Waits as Python does at its end; idle workers of executors would never end."""
    try:
        for thread in threading.enumerate():
            if not thread.daemon and thread is not threading.current_thread():
                _join(thread)
    except KeyboardInterrupt:
        return  # Python waits for them once more, as it ends


def _join(thread: threading.Thread) -> None:
    executors = sys.modules.get("concurrent.futures.thread")
    if executors is None or thread not in executors._threads_queues:
        thread.join()
