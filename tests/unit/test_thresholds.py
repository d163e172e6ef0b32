"""Scores moved against each other until a figure is the best."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from valgap.remedies.thresholds import shifts


def drawn(shares, spread=1.0, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.choice(len(shares), 400, p=shares)
    scores = rng.normal(0, spread, (400, len(shares))) + 1.5 * np.eye(len(shares))[codes]
    return scores + np.log(shares), codes


@pytest.mark.parametrize("shares", [(0.9, 0.1), (0.7, 0.2, 0.1)])
@pytest.mark.parametrize("figure", ["balanced", "f1"])
def test_no_other_shift_of_one_class_is_better(shares, figure):
    scores, codes = drawn(shares)

    def of(moved):
        chosen = (scores + moved).argmax(axis=1)
        if figure == "balanced":
            return balanced_accuracy_score(codes, chosen)
        return f1_score(codes, chosen, average="macro", zero_division=0)

    moved = shifts(scores, codes, figure)
    assert moved[0] == 0
    best = of(moved)
    assert best > of(np.zeros(len(shares)))
    if len(shares) == 2:
        others = [of(np.array([0, step])) for step in np.linspace(-8, 8, 400)]
        assert best >= max(others) - 0.01  # of so many rows two hundred places are tried


def test_rare_classes_are_moved_up():
    scores, codes = drawn((0.85, 0.15))
    assert shifts(scores, codes, "balanced")[1] > 0


def test_what_is_told_apart_already_is_left_alone():
    codes = np.arange(40) % 4
    assert not shifts(5.0 * np.eye(4)[codes], codes, "balanced").any()
