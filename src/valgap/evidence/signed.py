"""Pickles that the user's own valgap wrote, told from all others by a mark that it alone can make.

Whoever reads a pickle runs what it holds. A mark stands behind the pickle, where `pickle.loads`
does not look: HMAC-SHA256 under a key in the user's own folder of settings (RFC 2104).
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from valgap.errors import UsageError

_SIGN, _BYTES = b"valgap-hmac-sha256:", 32
_MARK = len(_SIGN) + _BYTES
_CHUNK = 1 << 20


def mark_of(pickled: bytes) -> bytes:
    """Gives back the mark of the user, to stand behind a pickle."""
    return _SIGN + hmac.digest(_key(), pickled, "sha256")


def refuse_foreign(path: Path, *, trust: bool = False) -> None:
    """Raises where a pickle is not of the user's own; with `trust` it may be anybody's.

    That it is not there is for its reader to tell.

    Raises:
        UsageError: If it bears no mark of this user, or cannot be read.
    """
    try:
        if trust or _is_ours(path):
            return
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    raise UsageError(
        f"{path} was not written by this user's valgap: it is a pickle, and to read one runs the "
        "code in it; give --trust (trust=True in Python) if you know who made it"
    )


def _is_ours(path: Path) -> bool:
    made = hmac.new(_key(), digestmod="sha256")
    with path.open("rb") as file:
        left = os.fstat(file.fileno()).st_size - _MARK
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            made.update(chunk)
            left -= len(chunk)
        return hmac.compare_digest(file.read(), _SIGN + made.digest())


@cache
def _key() -> bytes:
    """That of the user; of this process alone where it cannot be kept."""
    path = _settings() / "recipe.key"
    with suppress(OSError):
        if not path.is_absolute():  # there is no home
            raise FileNotFoundError
        if not path.exists():
            _make(path)
        key = path.read_bytes()
        if len(key) == _BYTES:  # one that was cut short could be guessed
            return key
    return secrets.token_bytes(_BYTES)


def _settings() -> Path:
    import click

    found = Path(click.get_app_dir("valgap"))
    # XDG_CONFIG_HOME that is empty stands for the usual place.
    return found if found.is_absolute() else Path(os.path.expanduser("~/.config/valgap"))


def _make(path: Path) -> None:
    """Puts a new key there, readable to its owner alone, unless another process was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, made = tempfile.mkstemp(dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        os.unlink(made)
