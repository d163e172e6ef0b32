"""The runs of a folder, read again only when their files have changed."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from valgap.errors import RunUnreadableError, UsageError
from valgap.evidence.going_on import is_recent
from valgap.evidence.store import StoredRun, load_run
from valgap.finding import Diagnosis
from valgap.report.html.runs.line import Diagnose, RunLine, damaged_line, line_of, waiting_line

# How long a reader is kept waiting for the first sight of many runs.
MOST_SECONDS = 2.0

Stamp = tuple[tuple[str, int, int], ...]


class NoSuchRunError(LookupError):
    """There is no run of the id that was asked for: no fault, as runs can be deleted."""


@dataclass(slots=True)
class Shelf:
    """Looks runs up by their ids, and keeps what was made of them.

    Only files that lie in the folder of a run are read: a link out of it makes it damaged.

    Args:
        seconds: For how long `lines` may read what has changed.
    """

    root: Path
    diagnose: Diagnose
    seconds: float = MOST_SECONDS
    _lines: dict[str, tuple[tuple[Stamp, bool], RunLine]] = field(default_factory=dict)

    def paths(self) -> dict[str, Path]:
        """Gives back the folders of all runs by id, as `find_run` knows them."""
        found = (file.parent for file in self.root.glob("runs/*/run.json"))
        return {path.name: path for path in found}

    def lines(self) -> list[RunLine]:
        """Gives back a line a run, the newest first; one that cannot be read says why.

        Of what could not be read in time the last line stands, or one that says so.
        """
        until = time.monotonic() + self.seconds
        newest_first = sorted(self.paths().items(), reverse=True)
        return [self._line(name, path, until) for name, path in newest_first]

    def read(self, name: str) -> tuple[RunLine, StoredRun, Diagnosis]:
        """Gives back a run with its line and its diagnosis.

        Raises:
            NoSuchRunError: if there is no run of that id.
            UsageError: if it cannot be read.
        """
        path = self.paths().get(name)
        if path is None:
            raise NoSuchRunError(name)
        try:
            going_on = _is_recent(_stamp(path))
            run = load_run(path)
        except OSError as error:
            raise _unreadable(path, error) from error
        return line_of(run, self.diagnose, is_going_on=going_on), run, self.diagnose(run)

    def _line(self, name: str, path: Path, until: float) -> RunLine:
        try:
            stamp = _stamp(path)
            key = (stamp, _is_recent(stamp))
            kept = self._lines.get(name)
            if kept is None or kept[0] != key:
                if time.monotonic() > until:
                    return kept[1] if kept else waiting_line(name)
                line = line_of(load_run(path), self.diagnose, is_going_on=key[1])
                kept = self._lines[name] = (key, line)
            return kept[1]
        except UsageError as error:
            return damaged_line(name, str(error))
        except Exception as error:  # one run that we do not understand must not hide the others
            told = str(error).splitlines()[:1]
            return damaged_line(name, ": ".join((type(error).__name__, *told)))


def _unreadable(path: Path, error: OSError) -> RunUnreadableError:
    return RunUnreadableError(f"{path} cannot be read: {error.strerror}")


def _stamp(path: Path) -> Stamp:
    """What changes when a run does: its files, without weights, each with its time and size.

    Raises:
        RunUnreadableError: if there is a link among them.
    """
    if path.is_symlink():
        raise RunUnreadableError(f"{path.name} is a link: runs are read where they lie")
    folders = [path, path / "fits", *(path / "fits").glob("*")]
    return tuple(
        each for folder in folders if folder == path or folder.is_dir() for each in _files(folder)
    )


def _files(folder: Path) -> list[tuple[str, int, int]]:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                raise RunUnreadableError(f"{entry.path} is a link: it is not followed")
            if entry.is_file() and not entry.name.startswith("."):
                stat = entry.stat()
                found.append((entry.path, stat.st_mtime_ns, stat.st_size))
    return sorted(found)


def _is_recent(stamp: Stamp) -> bool:
    # What `valgap view` puts beside a run is no sign of its life.
    written = (time_ns for name, time_ns, _ in stamp if not name.endswith(".html"))
    return is_recent(max(written, default=0))
