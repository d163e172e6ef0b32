"""Series of eight planted movements, of which the first is one class and the rest another."""

from __future__ import annotations

import numpy as np

from planted import Planted

MOVEMENTS = 8
# 1,400 of 4,917 rows are of the first movement; the other seven share what is left.
FIRST = 1400 / 4917
SHORTEST = 0.7
STRENGTH = 0.7
SWINGS = 3


def planted_series(
    rows: int, steps: int, features: int, seed: int, strength: float = STRENGTH
) -> Planted:
    """Gives series in which one of eight movements takes place at some time.

    A movement is a direction in the space of the features. It swells and dies away once, over
    half of the steps, in noise that is the same for all. Series end early, and what is left
    of the steps is 0.

    Args:
        rows: How many series.
        steps: Steps of the longest ones.
        features: Numbers a step.
        seed: Of everything drawn.
        strength: How far a movement stands out of the noise of each number.

    Returns:
        Series `(rows, steps, features)`, float32, with 0 for the first movement and 1 for any
        other; parts are the movements.
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
        one[start : start + lasts] += strength * swing[:, None] * directions[movement]
        one[length:] = 0
    return Planted(series.astype("float32"), (movements > 0).astype(int), parts=movements)
