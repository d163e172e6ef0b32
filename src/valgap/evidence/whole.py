"""Files that are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeGuard

_OF_THE_DISK = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES,
)  # fmt: skip


def is_of_the_disk(error: Exception) -> TypeGuard[OSError]:
    """Tells whether a disk is at fault that is full or may not be written."""
    return isinstance(error, OSError) and error.errno in _OF_THE_DISK


def put_whole(path: Path, data: bytes) -> None:
    """Puts bytes in the place of a file, at one stroke; its folder is made.

    Raises:
        OSError: If it cannot be written; nothing of it is left then.
    """
    put_by(path, lambda file: file.write(data))


def put_by(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Puts what `write` writes in the place of a file, at one stroke; its folder is made.

    Two processes that write one file, on one machine or two, do not meet: the last to end has
    its place.

    Raises:
        OSError: If it cannot be written; nothing of it is left then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with partial.open("wb") as file:
            write(file)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)  # others are still to be written, on the same disk
        raise
