"""Scores of cheap models: right where they can be told, with intervals that cover."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

from valgap.ledger.probes.rows.scores import (
    area_under_curve,
    of_folds,
    proportion,
    score,
    signal,
)

TIMES = 300
LEAST = 0.91  # of 300 intervals of 95 %: three standard errors


def draw(seed, rows=90, classes=3, apart=1.0):
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    return y, rng.normal(size=(rows, classes)) + apart * np.eye(classes)[y]


def covered(found, truth):
    return np.mean([e.low <= truth <= e.high for e in found])


def test_balanced_accuracy_is_that_of_scikit_learn():
    y, given = draw(0)
    assert score("multiclass", y, given).value == pytest.approx(
        balanced_accuracy_score(y, given.argmax(axis=1))
    )


def test_r2_is_that_of_scikit_learn_even_for_large_numbers():
    rng = np.random.default_rng(0)
    y = rng.normal(1e6, 1, (80, 2))
    given = y + rng.normal(0, 0.7, y.shape)
    found = score("regression", y, given)
    assert found.value == pytest.approx(r2_score(y, given), rel=1e-6)
    assert found.low < found.value < found.high <= 1


def test_signal_is_twice_the_area_less_one():
    y, given = draw(0)
    areas = [roc_auc_score(y == c, given[:, c]) for c in range(3)]
    assert signal("multiclass", y, given).value == pytest.approx(2 * np.mean(areas) - 1)


def test_intervals_of_balanced_accuracy_cover_it():
    truth = np.mean([score("multiclass", *draw(s, 3000)).value for s in range(20)])
    assert covered([score("multiclass", *draw(s)) for s in range(TIMES)], truth) >= LEAST


def test_intervals_of_the_signal_cover_it():
    truth = np.mean([signal("multiclass", *draw(s, 3000)).value for s in range(20)])
    assert covered([signal("multiclass", *draw(s)) for s in range(TIMES)], truth) >= LEAST


def test_intervals_of_r2_cover_it():
    def one(seed):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=(60, 1))
        return score("regression", y, 0.7 * y + rng.normal(0, 0.5, y.shape))

    assert covered([one(s) for s in range(TIMES)], 1 - (0.09 + 0.25)) >= 0.89


def test_a_perfect_score_of_ten_rows_is_not_certain():
    y, given = np.arange(10) % 2, np.eye(2)[np.arange(10) % 2]
    assert score("binary", y, given).low < 0.8
    assert signal("binary", y, given).low < 0.6


def test_more_claims_make_a_wider_interval():
    y, given = draw(0)
    one, three = (score("multiclass", y, given, claims) for claims in (1, 3))
    assert three.low < one.low < one.high < three.high


def test_folds_that_share_rows_make_a_wider_interval():
    found = proportion(40, 100)
    wider = of_folds(found, 5)
    assert (wider.high - wider.low) / (found.high - found.low) == pytest.approx(1.5)


def test_flags_score_half_where_every_row_gets_the_same():
    y = np.random.default_rng(0).integers(0, 2, (80, 4))
    assert score("multilabel", y, np.full((80, 4), 0.2)).value == 0.5


def test_nothing_is_scored_on_numbers_that_are_not_there():
    y, given = draw(0)
    given[3] = np.nan
    assert score("multiclass", y, given) is None
    assert signal("multiclass", y, given) is None
    assert score("regression", np.ones((30, 1)), np.zeros((30, 1))) is None


def test_an_area_of_random_scores_holds_one_half():
    found = []
    for seed in range(TIMES):
        rng = np.random.default_rng(seed)
        found.append(area_under_curve(np.arange(80) % 2 == 1, rng.normal(size=80).round(1)))
    assert covered(found, 0.5) >= LEAST
