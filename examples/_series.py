"""Series of eight planted movements, of which the first is one class and the rest another."""

from __future__ import annotations

import numpy as np

MOVEMENTS = 8
# 1,400 of 4,917 rows are of the first movement; the other seven share what is left.
FIRST = 1400 / 4917
SHORTEST = 0.7
STRENGTH = 0.7
SWINGS = 3


def planted_series(
    rows: int, steps: int, features: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Gives series in which one of eight movements takes place at some time.

    A movement is a direction in the space of the features. It swells and dies away once, over
    half of the steps, in noise that is the same for all. Series end early, and what is left
    of the steps is 0.

    Args:
        rows: How many series.
        steps: Steps of the longest ones.
        features: Numbers a step.
        seed: Of everything drawn.

    Returns:
        Series `(rows, steps, features)`, float32, and movements `(rows,)`, integers from 0.
    """
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(features, MOVEMENTS)))[0].T * np.sqrt(features)
    others = np.full(MOVEMENTS - 1, (1 - FIRST) / (MOVEMENTS - 1))
    movements = rng.choice(MOVEMENTS, rows, p=[FIRST, *others])
    series = rng.normal(size=(rows, steps, features))
    for one, movement in zip(series, movements, strict=True):
        length = rng.integers(round(SHORTEST * steps), steps + 1)
        start, lasts = rng.integers(length - length // 2 + 1), length // 2
        time = (np.arange(lasts) + 0.5) / lasts
        swing = np.sin(np.pi * time) * np.sin(2 * np.pi * (SWINGS * time + rng.random()))
        one[start : start + lasts] += STRENGTH * swing[:, None] * directions[movement]
        one[length:] = 0
    return series.astype("float32"), movements
