"""Statistics of the probes of a model, on made-up predictions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valgap.evidence.account import Estimate
from valgap.ledger.probes.model.calibration import calibration_error, scores_of, tempered
from valgap.ledger.probes.model.classes import classified, softmax
from valgap.ledger.probes.model.intervals import explained, mean_of, wilson
from valgap.ledger.probes.model.losses import losses_of, snake
from valgap.ledger.probes.model.subject import Output
from valgap.ledger.probes.model.weights import identical_units

RNG = np.random.default_rng(0)


def output(
    encoding="classes", task="multiclass", loss="sparse_categorical_crossentropy", logits=False
):
    return Output("output", encoding, task, loss, logits)


def test_wilson_is_that_of_the_textbook():
    found = wilson(0.9, 10)  # 9 of 10: Newcombe, Statistics in Medicine 17, 1998
    assert found.low == pytest.approx(0.596, abs=1e-3)
    assert found.high == pytest.approx(0.982, abs=1e-3)


@given(st.integers(1, 200), st.floats(0, 1))
def test_an_interval_of_a_share_holds_it_and_stays_between_0_and_1(n, share):
    found = wilson(share, n)
    assert 0 <= found.low <= share <= found.high <= 1


def test_all_right_on_ten_rows_is_not_sure_to_be_all_right():
    assert wilson(1.0, 10).low == pytest.approx(0.722, abs=1e-3)


def test_the_mean_of_recalls_is_surer_than_each_of_them():
    one = wilson(0.8, 50)
    both = mean_of([one, one])
    assert both.value == pytest.approx(0.8)
    assert one.low < both.low < both.value < both.high < one.high


def test_flags_of_the_same_rows_are_not_surer_together():
    one = wilson(0.8, 50)
    assert mean_of([one, one], independent=False) == Estimate(
        pytest.approx(0.8), pytest.approx(one.low), pytest.approx(one.high), 50
    )


def test_the_share_explained_is_that_of_scikit_learn():
    from sklearn.metrics import r2_score

    t = RNG.normal(1000, 5, (80, 2))
    p = t + RNG.normal(0, 2, (80, 2))
    found = explained(t, p)
    assert found.value == pytest.approx(r2_score(t, p))
    assert found.low < found.value < found.high


def test_a_constant_target_has_no_share_to_explain():
    assert explained(np.ones((9, 1)), np.ones((9, 1))) is None


def test_two_units_more_than_classes_leave_room_in_the_confusion():
    found = classified(output(), np.array([0, 1, 2]), np.eye(5)[[0, 4, 2]])
    assert found.names == ("0", "1", "2", "3", "4")
    assert found.chosen.ravel().tolist() == [0, 4, 2]


def test_minus_one_and_one_are_two_classes_told_apart_at_zero():
    found = classified(
        output(task="binary", loss="hinge", logits=None),
        np.array([-1, 1, 1, -1]),
        np.array([[-0.3], [0.2], [-0.1], [-2.0]]),
    )
    assert found.names == ("-1", "1")
    assert found.chosen.ravel().tolist() == [0, 1, 0, 0]


def test_one_unit_for_three_classes_is_read_as_a_class_number():
    found = classified(
        output(loss="mean_squared_error", logits=None),
        np.array([0, 1, 2, 2]),
        np.array([[0.2], [1.4], [9.0], [-4.0]]),
    )
    assert found.chosen.ravel().tolist() == [0, 1, 2, 0]
    assert found.probabilities is None


def test_scores_become_probabilities_only_where_the_loss_takes_scores():
    scores = np.array([[2.0, -1.0], [0.5, 0.4]])
    assert classified(output(), np.array([0, 1]), scores).probabilities is None
    found = classified(output(logits=True), np.array([0, 1]), scores)
    assert np.allclose(found.probabilities[:, 0].sum(axis=1), 1)


@pytest.mark.parametrize(
    ("target", "predicted"),
    [(np.array([0, 1]), np.zeros((2, 3, 2))), (np.array([np.nan, 1]), np.zeros((2, 2)))],
)
def test_what_does_not_fit_has_no_classes(target, predicted):
    assert classified(output(), target, predicted) is None


def drawn_from(scores):
    p = softmax(scores)
    truth = (RNG.random(len(p))[:, None] > p.cumsum(axis=1)).sum(axis=1)
    return np.minimum(truth, p.shape[1] - 1)


def test_probabilities_that_labels_are_drawn_from_are_calibrated():
    scores = RNG.normal(0, 1.5, (3000, 3))
    truth, p = drawn_from(scores), softmax(scores)
    assert calibration_error(p.max(axis=1), p.argmax(axis=1) == truth) < 0.03
    made = tempered(scores[:, None], truth[:, None], None)
    assert made[0] == pytest.approx(1.0, abs=0.1)


def test_scores_three_times_too_large_want_a_temperature_of_three():
    scores = RNG.normal(0, 1.5, (3000, 3))
    truth = drawn_from(scores)
    plain = -np.log(softmax(3 * scores)[np.arange(3000), truth]).mean()
    temperature, loss = tempered(3 * scores[:, None], truth[:, None], float(plain))
    assert temperature == pytest.approx(3.0, rel=0.15)
    assert loss.high < plain


def test_a_loss_that_is_no_plain_cross_entropy_is_not_tempered():
    scores = RNG.normal(size=(100, 1, 3))
    assert tempered(scores, RNG.integers(0, 3, (100, 1)), 17.0) is None


def test_one_logit_stands_for_two_classes():
    p = np.array([[[0.2, 0.8]], [[0.9, 0.1]]])
    logits = np.log(p[..., 1:] / p[..., :1])
    assert np.allclose(softmax(scores_of(p, logits)), p)
    assert np.allclose(softmax(scores_of(p, None)), p)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"),
        ("KLDivergence", "kl_divergence"),
        ("MeanSquaredError", "mean_squared_error"),
        ("<lambda>", "lambda"),
    ],
)
def test_a_class_is_told_in_snake_case(name, told):
    assert snake(name) == told


def test_losses_go_to_outputs_by_name_or_by_place():
    assert losses_of({"b": "mse"}, ("a", "b")) == [None, "mse"]
    assert losses_of(["mae"], ("a", "b")) == ["mae", None]
    assert losses_of("mse", ("a", "b")) == ["mse", "mse"]


class Dense:
    """Only its name is asked for."""


def test_units_drawn_at_random_are_not_identical():
    assert identical_units(Dense(), [RNG.normal(size=(6, 8)), np.zeros(8)]) == 0.0


def test_columns_that_differ_by_rounding_are_identical():
    kernel = np.repeat(RNG.normal(size=(6, 1)), 8, axis=1).astype("float32")
    kernel *= 1 + 1e-7 * RNG.normal(size=kernel.shape)
    assert identical_units(Dense(), [kernel]) == 1.0
    kernel[:, 0] += 1
    assert identical_units(Dense(), [kernel]) == pytest.approx(7 / 8)


def test_one_unit_cannot_be_a_copy():
    assert identical_units(Dense(), [np.zeros((6, 1))]) is None
