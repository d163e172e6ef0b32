"""Folders of class folders: `train/cat/…`, `validation/cat/…`, or one tree of `cat/…`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from valgap.auditing.dataset import Dataset
from valgap.auditing.sources.pictures import pictures
from valgap.auditing.sources.tree import CLIPS, PICTURES, Tree, parts_and_classes, tree_of
from valgap.errors import UsageError
from valgap.wording import plural


def folder_dataset(folder: Path) -> Dataset:
    """Returns the pictures below a folder as rows, or the frames of clips where there are any.

    Raises:
        UsageError: if there is neither, or the folder cannot be read.
    """
    tree = tree_of(folder, PICTURES + CLIPS)
    clips = tuple(f for f in tree.files if f.lower().endswith(CLIPS))
    chosen = tuple(f for f in tree.files if f not in set(clips)) if clips else tree.files
    if not tree.files:
        told = f" ({tree.notes[0]})" if tree.notes else ""
        raise UsageError(
            f"{folder}: expected pictures, video clips or .npy files, found none{told}"
        )
    if len(clips) > len(chosen):
        from valgap.auditing.sources.clips import clip_dataset

        return clip_dataset(Tree(folder, clips, tree.notes))
    notes = (*tree.notes, f"{plural(len(clips), 'clip')} left out") if clips else tree.notes
    return picture_dataset(Tree(folder, chosen, notes))


def picture_dataset(tree: Tree) -> Dataset:
    """Returns the picture files of a tree as rows, in the order of their paths."""
    files, told, notes = kept_files(tree)
    return Dataset(
        "pictures",
        "class folders" if told["labels"] is not None else "a folder of pictures",
        len(files),
        pictures(tree.folder, files),
        names=files,
        folder=str(tree.folder),
        notes=notes,
        **told,
    )


def kept_files(tree: Tree) -> tuple[tuple[str, ...], dict[str, Any], tuple[str, ...]]:
    """Returns files, what their folders tell of each, and notes of those left out."""
    parts, classes = parts_and_classes(tree.files)
    keep = np.array([part != "" for part in parts] if parts else [True] * len(tree.files), bool)
    if classes is not None:
        keep &= np.array([name != "" for name in classes])
    files = tuple(f for f, k in zip(tree.files, keep, strict=True) if k)
    notes = tree.notes
    if len(files) < len(tree.files):
        notes = (*notes, f"{plural(len(tree.files) - len(files), 'file')} in no class or part")
    told: dict[str, Any] = {
        "labels": None if classes is None else np.array(classes)[keep],
        "parts": None if parts is None else np.array(parts)[keep],
    }
    return files, told, notes
