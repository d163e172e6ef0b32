"""The file that a report goes to."""

from __future__ import annotations

import os
from pathlib import Path

from valgap.errors import UsageError


def writable(path: Path) -> Path:
    """Returns the whole path of a file that a report can be written to; leaves it untouched.

    Raises:
        UsageError: if it cannot be written.
    """
    path = path.resolve()
    if path.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder; expected a file")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}")
    try:
        _try(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return path


def readable_later(path: Path) -> Path:
    """Returns the whole path of a file that is read later, and may be written until then.

    Raises:
        UsageError: if it is a folder, or there is no folder to hold it.
    """
    path = path.resolve()
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"cannot read {path}: expected a file, in a folder that is there")
    return path


def write_whole(path: Path, text: str) -> None:
    """Puts text into a file at one stroke, or through it where it is a device or a pipe.

    Raises:
        UsageError: if that cannot be done any more.
    """
    try:
        if _is_special(path):
            path.write_text(text, encoding="utf-8")
            return
        partial = _beside(path)
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _try(path: Path) -> None:
    if _is_special(path):
        path.open("r+b").close()
        return
    partial = _beside(path)
    partial.open("xb").close()
    partial.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def root_folder(path: Path) -> Path:
    """Returns the whole path of the folder that runs are kept in; it need not be there yet.

    Raises:
        UsageError: if it cannot be made or written.
    """
    path = path.resolve()
    standing = next(folder for folder in (path, *path.parents) if folder.exists())
    if not standing.is_dir():
        raise UsageError(f"cannot keep runs in {path}: {standing} is not a folder")
    if not os.access(standing, os.W_OK | os.X_OK):
        raise UsageError(f"cannot keep runs in {path}: {standing} may not be written")
    return path
