"""Figures agree with scikit-learn, know which way is better, and what difference matters."""

import math

import numpy as np
import pytest
from sklearn import metrics as sk

from valgap.errors import UsageError
from valgap.treatment.metrics import METRICS, metric_of

RNG = np.random.default_rng(5)
Y = RNG.integers(3, size=90)
P = RNG.dirichlet([1, 1, 1], size=90)
V, W = RNG.normal(size=(2, 90))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", sk.accuracy_score(Y, P.argmax(1))),
        ("balanced_accuracy", sk.balanced_accuracy_score(Y, P.argmax(1))),
        ("macro_f1", sk.f1_score(Y, P.argmax(1), average="macro")),
        ("roc_auc", sk.roc_auc_score(Y, P, multi_class="ovr")),
        ("pr_auc", sk.average_precision_score(np.eye(3)[Y], P)),
        ("log_loss", sk.log_loss(Y, P)),
    ],
)
def test_figures_of_classes_are_those_of_scikit_learn(name, expected):
    assert METRICS[name].score(Y, P) == pytest.approx(expected)
    assert METRICS[name].score(np.eye(3)[Y], P) == pytest.approx(expected)


def test_figures_of_values_are_those_of_scikit_learn():
    assert METRICS["r2"].score(V, W[:, None]) == pytest.approx(sk.r2_score(V, W))
    assert METRICS["mae"].score(V[:, None], W) == pytest.approx(sk.mean_absolute_error(V, W))


@pytest.mark.parametrize("name", ["accuracy", "log_loss", "mae"])
def test_terms_of_rows_have_the_figure_as_their_mean(name):
    metric = METRICS[name]
    sides = (V, W) if metric.of == "values" else (Y, P)
    assert metric.terms(*sides).mean() == pytest.approx(metric.score(*sides))


def test_one_column_is_the_probability_of_class_one():
    y, p = np.array([0, 1, 1]), np.array([[0.2], [0.9], [0.4]])
    assert METRICS["accuracy"].score(y, p) == pytest.approx(2 / 3)
    assert METRICS["roc_auc"].score(y, p) == 1.0


def test_a_figure_that_is_not_defined_is_no_number():
    assert math.isnan(METRICS["roc_auc"].score(np.zeros(5), P[:5, :2]))
    assert math.isnan(METRICS["mae"].score(V, np.full(90, np.nan)))


def test_less_loss_is_better_and_more_skill():
    assert METRICS["accuracy"].better(0.9) > METRICS["accuracy"].better(0.8)
    assert METRICS["mae"].better(0.9) < METRICS["mae"].better(0.8)


def test_what_matters_is_the_spread_of_seeds_or_a_point_or_a_twentieth_of_the_loss():
    assert METRICS["accuracy"].delta(0.8, 0.002) == 0.01
    assert METRICS["accuracy"].delta(0.8, 0.03) == 0.03
    assert METRICS["log_loss"].delta(2.0, 0.02) == pytest.approx(0.1)
    assert METRICS["accuracy"].small(0.8, 0.2) == 0.05


def test_a_callable_says_itself_which_way_is_better():
    def worst_gap(y, p):
        return float(np.max(np.abs(y - p)))

    worst_gap.greater_is_better = False
    metric = metric_of(worst_gap, "values")
    assert (metric.name, metric.is_greater_better) == ("worst_gap", False)
    assert metric.score(V, V + 2) == pytest.approx(2)
    assert metric_of(lambda y, p: 1.0).is_greater_better


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean accuracy"):
        metric_of("acuracy")


def test_a_difference_is_no_larger_than_two_figures_can_lie_apart():
    accuracy, r2 = METRICS["accuracy"], METRICS["r2"]
    assert [accuracy.clipped_difference(v) for v in (-1.2, 0.3, 1.4)] == [-1.0, 0.3, 1.0]
    assert r2.clipped_difference(-7.0) == -7.0
