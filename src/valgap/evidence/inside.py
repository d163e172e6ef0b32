"""What lies in the folder of a run, and nothing else: it may come from anybody."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from valgap.errors import RunUnreadableError


def refuse_links_out(folder: Path) -> None:
    """Raises where a link in a folder leads out of it: a run has no business with other files.

    Raises:
        RunUnreadableError: If there is one.
    """
    home = os.path.realpath(folder)
    for link in _links(folder):
        if not Path(os.path.realpath(link)).is_relative_to(home):
            raise RunUnreadableError(f"{link} is a link out of its run: it is not followed")


def refuse_paths(names: Iterable[str | None], where: Path) -> None:
    """Raises where a record names a file that is not beside it.

    Args:
        names: Of files, as a record tells them.
        where: The record, for the error.

    Raises:
        RunUnreadableError: If one is a path.
    """
    for name in names:
        if name is not None and (Path(name).name != name or name == ".."):
            raise RunUnreadableError(f"{where}: expected the name of a file, received {name!a}")


def _links(folder: Path) -> Iterator[Path]:
    folders = [folder]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:  # a run that goes on puts folders away meanwhile
                if entry.is_symlink():
                    yield Path(entry.path)
                elif entry.is_dir():
                    folders.append(Path(entry.path))
