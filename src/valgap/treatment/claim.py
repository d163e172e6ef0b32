"""A folder of studies that one process at a time may work in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valgap.errors import UsageError

_FILE = ".lock"
# Where the lock lies on Windows, which lets nobody read what is locked.
_BEHIND = 1 << 30


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Holds a folder for this process; the system lets go of it when the process ends, killed too.

    Args:
        folder: is made if it is not there.

    Raises:
        UsageError: if another process holds it.
        OSError: if the folder or the file in it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Never deleted: who waits for a file that is deleted would hold another one of its name.
    descriptor = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _hold(descriptor)
        yield
    finally:
        os.close(descriptor)


def _hold(descriptor: int) -> None:
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):
        held = os.read(descriptor, 20)
        who = f" (process {int(held)})" if held.strip().isdigit() else ""
        raise UsageError(
            f"another study of this fit is going on{who}: wait for its end, or stop it; "
            "--resume then goes on with its trials"
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _BEHIND, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
