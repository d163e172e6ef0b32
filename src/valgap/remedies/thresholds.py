"""Scores of classes moved against each other until a figure of some rows is the best."""

from __future__ import annotations

import numpy as np

# Places tried for each class in one sweep, and sweeps over all classes.
MOST_PLACES, SWEEPS = 200, 3
BALANCED, F1 = "balanced", "f1"


def shifts(scores: np.ndarray, codes: np.ndarray, figure: str) -> np.ndarray:
    """Returns what to add to the score of each class, shape (classes,); 0 to the first.

    Classes are moved one after the other to the best place between two rows, and stay where no
    place is better; of places alike the nearest is taken.

    Args:
        scores: logarithms of probabilities, or what a softmax takes, rows x classes.
        codes: the class of each row.
        figure: `balanced` for the mean recall of classes, `f1` for the mean of their F1.
    """
    moved = np.zeros(scores.shape[1])
    for _ in range(SWEEPS):
        before = moved.copy()
        for k in range(1, len(moved)):
            moved[k] += _best_step(scores + moved, codes, k, figure)
        if np.array_equal(before, moved):
            break
    return moved


def _best_step(scores: np.ndarray, codes: np.ndarray, k: int, figure: str) -> float:
    """How far one class is best moved."""
    others = scores.copy()
    others[:, k] = -np.inf
    rival = others.argmax(axis=1)
    lacking = others.max(axis=1) - scores[:, k]
    steps = np.array([0.0, *sorted(_between(lacking), key=abs)])
    told = [_figure(codes, np.where(step > lacking, k, rival), figure) for step in steps]
    return float(steps[int(np.argmax(told))])


def _between(values: np.ndarray) -> np.ndarray:
    """Places between two values that follow each other, at most so many."""
    known = np.unique(values)
    places = (known[1:] + known[:-1]) / 2
    if len(places) > MOST_PLACES:
        places = places[np.linspace(0, len(places) - 1, MOST_PLACES).astype(np.int64)]
    return np.asarray(places)


def _figure(codes: np.ndarray, chosen: np.ndarray, figure: str) -> float:
    width = int(max(codes.max(), chosen.max())) + 1
    there, said = (np.bincount(c, minlength=width) for c in (codes, chosen))
    both = np.bincount(codes[codes == chosen], minlength=width)
    if figure == BALANCED:
        return float(np.mean(both[there > 0] / there[there > 0]))
    any_of = there + said > 0
    return float(np.mean(2 * both[any_of] / (there + said)[any_of]))
