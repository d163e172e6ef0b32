"""Folders of planted pictures of round pieces, all apart or two of them stuck together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

# As the folder reader sorts them: class 0 is what is normal.
CLASSES = ("apart", "stuck")
FEWEST, MOST = 6, 9
# Of the height: radius of a piece, and how far the edges of two that are apart must lie.
SMALLEST, LARGEST, APART = 0.06, 0.075, 0.03
TRIES = 1000


def planted_defects(folder: Path, counts: dict[str, int], size: int, seed: int) -> None:
    """Writes a folder a split, each with a folder of PNG files a class.

    A picture holds six to nine pale round pieces on black. In class `stuck` two of them touch;
    number, place, size and shade of the pieces say nothing of the class.

    Args:
        folder: Where; files of the same name are overwritten.
        counts: Pictures a class, by split.
        size: Height and width in pixels.
        seed: Of everything drawn.
    """
    rng = np.random.default_rng(seed)
    for split, rows in counts.items():
        for name in CLASSES:
            made = folder / split / name
            made.mkdir(parents=True, exist_ok=True)
            for row in range(rows):
                Image.fromarray(_picture(name == "stuck", size, rng)).save(made / f"{row:04d}.png")


def _picture(stuck: bool, size: int, rng: np.random.Generator) -> np.ndarray:
    """Gives one picture `(size, size, 3)`, uint8."""
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    picture = rng.normal(8, 4, (size, size))
    for piece in _pieces(stuck, rng):
        across, down, radius = piece
        inside = np.hypot(x - across, y - down) / radius
        shade = rng.uniform(190, 245)
        picture = np.where(inside < 1, shade * (1 - 0.15 * inside**2), picture)
    grey = np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _pieces(stuck: bool, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Gives place and radius of each piece; of `stuck` ones the second touches the first."""
    pieces: list[tuple[float, float, float]] = []
    wanted = int(rng.integers(FEWEST, MOST + 1))
    for _ in range(TRIES):
        touches = stuck and len(pieces) == 1
        piece = _beside(pieces[0], rng) if touches else _anywhere(rng)
        others = pieces[1:] if touches else pieces
        if _is_inside(piece) and all(_gap(piece, other) > APART for other in others):
            pieces.append(piece)
        if len(pieces) == wanted:
            break
    return pieces


def _anywhere(rng: np.random.Generator) -> tuple[float, float, float]:
    return (*rng.uniform(0, 1, 2), rng.uniform(SMALLEST, LARGEST))


def _beside(
    other: tuple[float, float, float], rng: np.random.Generator
) -> tuple[float, float, float]:
    radius, angle = rng.uniform(SMALLEST, LARGEST), rng.uniform(0, 2 * np.pi)
    far = (radius + other[2]) * 0.97
    return (other[0] + far * np.cos(angle), other[1] + far * np.sin(angle), radius)


def _is_inside(piece: tuple[float, float, float]) -> bool:
    across, down, radius = piece
    return all(radius < place < 1 - radius for place in (across, down))


def _gap(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]) - one[2] - other[2])
