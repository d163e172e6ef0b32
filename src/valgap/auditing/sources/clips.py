"""Folders of video clips: some frames of each are rows, and the clip is their group."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from valgap.auditing.dataset import Block, Dataset, Ints, Look
from valgap.auditing.sources.folders import kept_files
from valgap.auditing.sources.pictures import SIDE, look_of
from valgap.auditing.sources.tree import Tree
from valgap.errors import UsageError
from valgap.observe.pictures import Looked
from valgap.observe.sources.base import digests_of, spread

FRAMES = 16
"""Frames that are read of a clip, evenly spread over the frames that its head tells of."""

MOST_DECODED = 100_000
"""Frames of one clip that are decoded to get to them."""


@dataclass(frozen=True, slots=True)
class Clips:
    """Frames of clips as rows of (64, 64, 3) bytes: `at` is clip and number of the frame."""

    folder: str
    files: tuple[str, ...]
    at: tuple[tuple[int, int], ...]

    def read(self, positions: Ints) -> Block:
        """See `Reader.read`. A clip is decoded once for all its frames that are asked for."""
        wanted = [self.at[int(p)] for p in positions]
        found: dict[tuple[int, int], np.ndarray] = {}
        for clip in dict.fromkeys(clip for clip, _ in wanted):
            numbers = {number for c, number in wanted if c == clip}
            frames = _frames(os.path.join(self.folder, self.files[clip]), numbers)
            found |= {(clip, number): frame for number, frame in frames}
        rows = [found[key] for key in wanted if key in found]
        whole = np.array([key in found for key in wanted], bool)
        looks = tuple(self._look(key, found.get(key)) for key in wanted)
        x = np.stack(rows) if rows else np.zeros((0, SIDE, SIDE, 3), np.uint8)
        return Block(x, whole, digests_of(x), looks)

    def _look(self, key: tuple[int, int], frame: np.ndarray | None) -> Look:
        name = f"{self.files[key[0]]}#{key[1]}"
        if frame is None:
            return Look(Looked(name, "unreadable"))
        return look_of(Looked(name, None, "RGB", (SIDE, SIDE)), frame)


def clip_dataset(tree: Tree) -> Dataset:
    """Returns frames of the clips of a tree as rows, clip after clip.

    Raises:
        UsageError: if neither PyAV nor OpenCV is installed.
    """
    if not (find_spec("av") or find_spec("cv2")):
        raise UsageError("clips are read by PyAV or OpenCV: pip install 'valgap[audit]'")
    files, told, notes = kept_files(tree)
    at: list[tuple[int, int]] = []
    for clip, file in enumerate(files):
        frames = _length(os.path.join(tree.folder, file))
        # Of a clip that cannot be opened one row is left, which then cannot be read.
        at += [(clip, int(number)) for number in spread(FRAMES, max(1, frames))]
    clip_of = np.array([clip for clip, _ in at], np.int64)
    by_row: dict[str, Any] = {k: None if v is None else v[clip_of] for k, v in told.items()}
    return Dataset(
        "clips",
        f"frames of {len(files):,} clips",
        len(at),
        Clips(str(tree.folder), files, tuple(at)),
        groups=np.array(files)[clip_of],
        group_source="clips",
        names=tuple(f"{files[clip]}#{number}" for clip, number in at),
        folder=str(tree.folder),
        notes=notes,
        **by_row,
    )


def _length(path: str) -> int:
    """Frames that the head of a clip tells of, 0 where it cannot be opened."""
    try:
        if find_spec("av"):
            import av

            with av.open(path) as container:
                stream = container.streams.video[0]
                seconds = float(stream.duration * stream.time_base) if stream.duration else 0.0
                return int(stream.frames or seconds * float(stream.average_rate or 0))
        with _captured(path) as capture:
            return max(0, int(capture.get(_cv2().CAP_PROP_FRAME_COUNT)))
    except Exception:  # decoders raise whatever damaged bytes lead them to
        return 0


def _frames(path: str, numbers: set[int]) -> Iterator[tuple[int, np.ndarray]]:
    """The frames of those numbers, as far as they can be decoded."""
    last = min(max(numbers), MOST_DECODED)
    decoded = _by_av if find_spec("av") else _by_opencv
    with contextlib.suppress(Exception):  # as above: what was decoded until then stands
        for number, frame in enumerate(decoded(path)):
            if number in numbers:
                yield number, np.asarray(frame(), np.uint8)
            if number >= last:
                return


def _by_av(path: str) -> Iterator[Any]:
    import av

    with av.open(path) as container:
        for frame in container.decode(video=0):
            yield partial(_shrunk_by_av, frame)


def _shrunk_by_av(frame: Any) -> np.ndarray:
    return np.asarray(frame.reformat(SIDE, SIDE, "rgb24").to_ndarray())


def _by_opencv(path: str) -> Iterator[Any]:
    with _captured(path) as capture:
        while capture.grab():
            yield partial(_shrunk_by_opencv, capture)


def _shrunk_by_opencv(capture: Any) -> np.ndarray:
    cv2 = _cv2()
    is_there, frame = capture.retrieve()
    if not is_there:
        raise ValueError("the frame cannot be decoded")
    small = cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))


@contextlib.contextmanager
def _captured(path: str) -> Iterator[Any]:
    capture = _cv2().VideoCapture(path)
    try:
        if not capture.isOpened():
            raise ValueError("the clip cannot be opened")
        yield capture
    finally:
        capture.release()


def _cv2() -> Any:
    from importlib import import_module

    return import_module("cv2")
