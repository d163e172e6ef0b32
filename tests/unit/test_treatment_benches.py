"""The benches of treatment count rightly: figures, paired differences, cures, coverage."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, r2_score

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from null_studies import honest, null
from treating.compared import Judged, against, median_ratio
from treating.figures import (
    Figure,
    answers_of,
    drawn,
    error_ratio,
    figure,
    is_cured,
    mean_with_interval,
    outcome,
    scores,
)
from treating.sets import Loaded, parted
from treating.small import NOTHING, REAL, Networks, rings, without_effect
from treating.studies import Asked, made

from valgap.treatment.jobs import Job
from valgap.treatment.locking import planned

RNG = np.random.default_rng(4)
Y = RNG.integers(0, 3, 300)
GUESSED = np.where(RNG.random(300) < 0.7, Y, RNG.integers(0, 3, 300))


def test_the_first_draw_is_the_figure_itself():
    of_classes = scores(Y, GUESSED, "classes", drawn(Y, "classes", 0))
    assert of_classes[0] == pytest.approx(balanced_accuracy_score(Y, GUESSED))
    values, near = RNG.normal(3, 2, 200), None
    near = values + RNG.normal(size=200)
    of_values = scores(values, near, "values", drawn(values, "values", 0))
    assert of_values[0] == pytest.approx(r2_score(values, near))


def test_draws_of_classes_weigh_every_class_alike_however_rare():
    rare = np.repeat([0, 1], [290, 10])
    weights = drawn(rare, "classes", 1)
    assert np.allclose(weights[:, rare == 1].sum(axis=1), 0.5)
    assert weights[1:].std() > 0


def test_the_interval_of_a_share_is_about_that_of_the_binomial():
    hits = np.repeat([1, 0], [80, 20])
    ones = np.ones(100, np.int64)
    made = figure(scores(ones, hits, "classes", drawn(ones, "classes", 0)))
    assert made.value == pytest.approx(0.8)
    assert (made.high - made.low) / 2 == pytest.approx(1.96 * math.sqrt(0.8 * 0.2 / 100), abs=0.01)


def test_pairs_on_the_same_rows_are_tighter_than_two_figures():
    better = GUESSED.copy()
    better[:30] = Y[:30]
    judged = Judged("a", 0, "classes", Y, {"valgap treat": better, "patient": GUESSED})
    (difference,) = judged.differences().values()
    sides = judged.figures()
    assert difference.value == pytest.approx(sides["valgap treat"].value - sides["patient"].value)
    assert difference.high - difference.low < sides["patient"].high - sides["patient"].low
    assert outcome(difference) == "win"


@pytest.mark.parametrize(
    ("low", "high", "ended"), [(0.01, 0.02, "win"), (-0.01, 0.02, "tie"), (-0.2, -0.1, "loss")]
)
def test_a_tie_is_where_the_interval_holds_no_difference(low, high, ended):
    assert outcome(Figure((low + high) / 2, low, high)) == ended


def test_wins_ties_and_losses_are_counted_by_peer_and_a_missing_answer_is_none():
    wrong, right = (Y + 1) % 3, Y
    every = [
        Judged("a", 0, "classes", Y, {"valgap treat": right, "patient": wrong, "AutoKeras": right}),
        Judged("b", 0, "classes", Y, {"valgap treat": wrong, "patient": right}),
        Judged("c", 0, "classes", Y, {"patient": right}),
    ]
    found = {a.peer: (a.wins, a.ties, a.losses) for a in against(every)}
    assert found == {"patient": (1, 0, 1), "AutoKeras": (0, 1, 0)}


def test_the_error_ratio_is_to_the_best_of_the_others():
    assert error_ratio(0.9, [0.8, 0.5]) == pytest.approx(0.5)
    assert error_ratio(0.8, [0.9, 0.5]) == pytest.approx(2)
    assert error_ratio(1.0, [1.0]) == 1
    assert error_ratio(0.9, [1.0]) == math.inf
    half = np.where(np.arange(300) % 2, Y, (Y + 1) % 3)
    judged = Judged("a", 0, "classes", Y, {"valgap treat": Y, "patient": half})
    assert median_ratio([judged]) == 0
    assert median_ratio([judged], but=("patient",)) is None


def test_cured_is_two_points_or_the_interval_where_that_is_wider():
    assert is_cured(Figure(-0.019, -0.021, -0.017))
    assert not is_cured(Figure(-0.03, -0.035, -0.025))
    assert is_cured(Figure(-0.03, -0.08, 0.02))
    assert is_cured(Figure(0.05, 0.04, 0.06))


def test_one_column_is_a_probability_or_a_logit():
    assert answers_of(np.array([[0.2], [0.7]]), "classes").tolist() == [0, 1]
    assert answers_of(np.array([[-0.2], [0.3]]), "classes").tolist() == [0, 1]
    assert answers_of(np.array([[0.2, 0.8], [0.6, 0.4]]), "classes").tolist() == [1, 0]
    assert answers_of(np.array([[1.5], [2]]), "values").tolist() == [1.5, 2]


def study(**changes):
    plain = {
        "answer": "nothing helped", "score": 0.8, "low": 0.7, "high": 0.9, "truth": 0.75,
        "optimism_told": 0.01,
    }  # fmt: skip
    return {**plain, **changes}


def test_coverage_counts_studies_without_an_interval_as_not_covered():
    told = honest([study(), study(truth=0.95), study(low=None), study(truth=None)])
    assert told[0] == "1 of 4"
    assert told[2].startswith("-5.0 ")


def test_a_false_claim_is_helped_and_nothing_else():
    told = null([study(), study(answer="undecided"), study(answer="helped"), study()])
    assert told[:3] == ["1", "2", "1"]
    assert told[3].startswith("75.0%")


def test_the_mean_has_the_interval_of_student():
    made = mean_with_interval([0.0, 1.0, 2.0])
    assert made.value == 1
    assert made.high == pytest.approx(1 + 4.302653 / math.sqrt(3), abs=1e-5)


def test_the_pool_shares_neither_rows_nor_groups_with_what_peers_are_given():
    x = np.arange(900)
    loaded = Loaded(x[:, None], x % 3, None)
    rows = parted(loaded, "classes", 0)
    assert not set(rows.x.ravel()) & set(rows.pool_x.ravel())
    assert len(rows.y) == 600
    assert np.bincount(rows.pool_y).tolist() == [100] * 3
    grouped = parted(Loaded(x[:, None], x % 3, x // 50), "classes", 0)
    assert not set(grouped.x.ravel() // 50) & set(grouped.pool_x.ravel() // 50)


def test_what_is_without_effect_changes_columns_only_and_a_fit(tmp_path):
    x, y = rings(200, 3)
    for arm in NOTHING:
        seen = without_effect(arm, x)
        assert np.allclose(np.sort(np.abs(seen), axis=1), np.sort(np.abs(x), axis=1))
    engine = Networks(x, y, planned(y, "classes", seed=3), tmp_path)
    jobs = [Job(arms, 0, 1) for arms in ((), *((arm,) for arm in (*NOTHING, *REAL)))]
    found = [np.load(r.predictions) for r in engine.run(jobs, None)]
    assert all(not np.allclose(found[0], other) for other in found[1:])
    again = next(engine.run(jobs[:1], None))
    assert np.array_equal(np.load(again.predictions), found[0])


def test_a_study_of_real_fits_is_the_same_every_time_and_judged_on_the_pool(tmp_path):
    asked = Asked("sklearn", "locked", 7, nothing=False)
    one, two = made(asked, tmp_path), made(asked, tmp_path)
    assert {**one, "seconds": 0} == {**two, "seconds": 0}
    assert 0.5 < one["truth"] < 1
    assert one["low"] < one["score"] < one["high"]
