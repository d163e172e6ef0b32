"""The files below a folder, without leaving it: part, class and inner folders of each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from valgap.auditing.dataset import part_of
from valgap.errors import UsageError

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
CLIPS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg")
MOST_FILES = 5_000_000
"""More names than these are not held in memory: some 1 GB."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by path from the folder, with `/`; what was left out, and why, in `notes`."""

    folder: Path
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Left:
    """What is not read."""

    links: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def notes(self) -> Iterator[str]:
        for names, one, many, why in (
            (self.links, "link", "links", "out of the folder or to another folder: not followed"),
            (self.closed, "folder", "folders", "not to be opened: left out"),
            (self.empty, "folder", "folders", "without any file to read"),
            (self.other, "file", "files", "of another kind: left out"),
        ):
            if names:
                number = f"1 {one}" if len(names) == 1 else f"{len(names):,} {many}"
                more = ", ..." if len(names) > _SHOWN else ""
                yield f"{number} {why} ({', '.join(names[:_SHOWN])}{more})"


def tree_of(folder: Path, endings: tuple[str, ...]) -> Tree:
    """Returns the files of some endings below a folder, by name; no link is followed out of it.

    Raises:
        UsageError: if the folder itself cannot be opened, or holds too many files.
    """
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {error.strerror}") from None
    left = _Left()
    files = tuple(_below(os.path.realpath(folder), "", endings, left))
    return Tree(folder, files, tuple(left.notes()))


def _below(root: str, inner: str, endings: tuple[str, ...], left: _Left) -> Iterator[str]:
    """Files below an inner folder; folders are told of that hold none."""
    waiting, found = [inner], 0
    while waiting:
        here = waiting.pop()
        files, folders = _listed(root, here, endings, left)
        waiting += reversed(folders)
        if here and not files and not folders and here not in left.closed:
            left.empty.append(here)
        found += len(files)
        if found > MOST_FILES:
            raise UsageError(f"more than {MOST_FILES:,} files: audit a part of the folder")
        yield from files


def _listed(
    root: str, here: str, endings: tuple[str, ...], left: _Left
) -> tuple[list[str], list[str]]:
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(os.path.join(root, here)) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        left.closed.append(here)
        return files, folders
    for entry in inside:
        path = f"{here}/{entry.name}" if here else entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() and not _stays_inside(root, entry.path):
            left.links.append(path)
        elif entry.is_dir(follow_symlinks=False):
            folders.append(path)
        elif path.lower().endswith(endings):
            files.append(path)
        else:
            left.other.append(path)
    return files, folders


def _stays_inside(root: str, path: str) -> bool:
    """Whether a link leads to a file below the folder; one to a folder could lead round."""
    real = os.path.realpath(path)
    return os.path.isfile(real) and os.path.commonpath([root, real]) == root


def parts_and_classes(files: tuple[str, ...]) -> tuple[list[str] | None, list[str] | None]:
    """Returns part and class of each file, None where folders do not tell them.

    The first folder is the part where some are named for training and for another part;
    the next one is the class.
    """
    split = [path.split("/") for path in files]
    firsts = {parts[0] for parts in split if len(parts) > 1}
    named = {first: part for first in firsts if (part := part_of(first))}
    has_parts = "train" in named.values() and len(set(named.values())) > 1
    at = 1 if has_parts else 0
    if has_parts:
        split = [parts if parts[0] in named else ["", *parts] for parts in split]
    parts = [named.get(p[0], "") for p in split] if has_parts else None
    classes = [p[at] if len(p) > at + 1 else "" for p in split]
    return parts, classes if any(classes) else None
