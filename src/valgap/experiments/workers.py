"""Processes that train, print nothing, and do not outlive the one that they work for."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

# How often workers look whether the process is still there that they work for, in seconds.
LOOKS_EVERY = 1.0


def workers_of(count: int, backend: str) -> Any:
    """Gives back a pool of workers of pinned threads: pairs are to differ in one thing alone.

    Args:
        count: how many.
        backend: of Keras.
    """
    from loky import ProcessPoolExecutor

    env = environment_of(backend, max(1, (os.cpu_count() or 1) // count))
    return ProcessPoolExecutor(
        max_workers=count, env=env, initializer=_quiet, initargs=(os.getpid(),)
    )


def environment_of(backend: str, threads: int) -> dict[str, str]:
    """Gives back what a worker is told before it imports Keras: sums depend on threads.

    Args:
        backend: of Keras.
        threads: of one training.
    """
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    env = dict.fromkeys(names, str(threads))
    return env | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}


def _quiet(parent: int) -> None:
    """Workers print nothing, leave Ctrl+C to the parent, and end when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":  # elsewhere a launcher may stand between the two
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _end_with(parent: int) -> None:
    """Ends this process once its parent is not there any more, killed or terminated."""
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    os._exit(1)
