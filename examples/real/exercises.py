"""Windows of exercises from a wrist-worn watch (case 1), of those that seglearn carries."""

from __future__ import annotations

import numpy as np
from planted import Planted

from real import package

STRIDE = 50


def exercise_windows(steps: int, seed: int) -> Planted:
    """Gives windows of six channels: the first exercise is class 0, the six others are class 1.

    Args:
        steps: Steps of a window, at 50 a second.
        seed: Of the order of the windows.

    Returns:
        Series `(rows, steps, 6)`, float32, in random order; groups are the subjects, parts the
        exercises.
    """
    watch = package("seglearn.datasets", "seglearn is").load_watch()
    x, parts, groups = [], [], []
    for recording, exercise, subject in zip(watch["X"], watch["y"], watch["subject"], strict=True):
        for start in range(0, len(recording) - steps + 1, STRIDE):
            x.append(recording[start : start + steps])
            parts.append(exercise)
            groups.append(subject)
    order = np.random.default_rng(seed).permutation(len(x))
    kinds, people = np.array(parts)[order], np.array(groups)[order]
    series = np.stack(x).astype("float32")[order]
    return Planted(series, (kinds != kinds.min()).astype(int), groups=people, parts=kinds)
