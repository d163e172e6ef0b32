"""Whether a model tells the classes of validation apart, but by one another's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from valgap.checks.outcome import MATTERS, POOR

# Fewer rows of a class than these could be misnamed by chance.
LEAST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Renaming:
    """Recall, mean over classes, as labelled and under the best other naming.

    `pairs` are (label in validation, class as training names it) where the two differ.
    """

    right: float
    renamed: float
    pairs: tuple[tuple[int, int], ...]


def renamed(confusion: Sequence[Sequence[int]]) -> Renaming | None:
    """Gives back the naming under which a model does well that is at chance as labelled.

    The best one-to-one naming is found by the Hungarian method (Kuhn, 1955).

    Args:
        confusion: (classes, classes) rows of each class by the class they were given.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if len(confusion) < 2 or any(len(row) != len(confusion) for row in confusion):
        return None
    counts = np.array(confusion, dtype=float)
    rows = counts.sum(axis=1)
    if not np.isfinite(counts).all() or rows.min() < LEAST_ROWS:
        return None
    recall = counts / rows[:, None]
    own, given = linear_sum_assignment(recall, maximize=True)
    right, best = float(np.diag(recall).mean()), float(recall[own, given].mean())
    chance = 1 / len(counts)
    skills = [(score - chance) / (1 - chance) for score in (right, best)]
    if skills[0] > MATTERS or skills[1] < POOR:
        return None
    pairs = ((int(a), int(b)) for a, b in zip(own, given, strict=True) if a != b)
    return Renaming(right, best, tuple(pairs))
