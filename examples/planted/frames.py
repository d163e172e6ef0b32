"""Frames of three "dogs", two of them alike, as three clips would give them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from planted import Planted

COATS = ((196, 150, 96), (196, 150, 96), (52, 48, 58))
SCENES = 20
# How often a dog turns round from one frame to the next.
TURNS = 0.03
# Clouds: the light wanders around 1 by so much, and half way back within some 70 frames.
LIGHT, STAYS = 0.15, 0.99
BLURRED = 1 / 4


def planted_frames(rows: int, size: int, seed: int, scenes: int = SCENES) -> Planted:
    """Gives frames of three planted dogs, in the order in which a camera would take them.

    Dogs 0 and 1 have one coat and differ by a pale saddle; dog 2 is dark and has short legs.
    Each ambles through the same scenes for the same time, so a background says nothing
    about the dog. The light wanders, and one frame in four is blurred along the way it moves.

    Args:
        rows: Frames a dog.
        size: Height and width in pixels.
        seed: Of everything drawn.
        scenes: That each clip passes through.

    Returns:
        Frames `(3 * rows, size, size, 3)`, uint8, and which dog they show; groups are scenes of
        one clip, and twins a frame with the one after it.
    """
    rng = np.random.default_rng(seed)
    backgrounds = [_scene(size, rng) for _ in range(scenes)]
    frames = []
    for dog in range(len(COATS)):
        x, y = rng.uniform(0.35, 0.65, 2)
        facing, light = 1, rng.normal(0, LIGHT)
        for row in range(rows):
            x, y = np.clip(np.array([x, y]) + rng.normal(0, 0.01, 2), 0.3, 0.7)
            facing = -facing if rng.random() < TURNS else facing
            light = STAYS * light + rng.normal(0, LIGHT * np.sqrt(1 - STAYS**2))
            frame = _frame(backgrounds[row * scenes // rows], dog, (x, y, facing), rng)
            frames.append(np.clip(frame * (1 + light), 0, 255).astype(np.uint8))
    dogs, scene = np.repeat(np.arange(len(COATS)), rows), np.arange(rows) * scenes // rows
    groups = dogs * scenes + np.tile(scene, len(COATS))
    pairs = np.flatnonzero(groups[1:] == groups[:-1])
    twins = tuple((int(row), int(row) + 1) for row in pairs)
    return Planted(np.stack(frames), dogs, groups, twins=twins)


def _scene(size: int, rng: np.random.Generator) -> np.ndarray:
    """Gives a background: coloured waves of a few widths over a plain colour."""
    grid = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    scene = np.empty((size, size, 3))
    scene[:] = rng.uniform(100, 190, 3)
    for _ in range(6):
        across = np.tensordot(rng.normal(0, 3, 2), grid, 1)
        scene += np.sin(2 * np.pi * (across + rng.random()))[..., None] * rng.uniform(-18, 18, 3)
    return scene


def _frame(
    scene: np.ndarray, dog: int, where: tuple[float, float, int], rng: np.random.Generator
) -> np.ndarray:
    """Gives one frame `(size, size, 3)`, float: the scene, the dog before it, at times blur."""
    frame = scene.copy()
    for mask, colour in _parts(len(scene), dog, *where):
        frame[mask] = colour
    frame += rng.normal(0, 3, frame.shape)
    if rng.random() < BLURRED:
        frame = ndimage.uniform_filter1d(frame, max(3, len(scene) // 5), axis=1)
    return frame


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
        parts += [(ellipse(-0.04, -0.03, 0.11, 0.06), (214, 178, 130))]
    return parts
