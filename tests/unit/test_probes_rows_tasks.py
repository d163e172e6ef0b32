"""What a target asks for, told by its values before its loss."""

import numpy as np
import pytest

from valgap.ledger.probes.rows.tasks import class_of_rows, encoding_of, task_of

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 4, 200)
TWO = LABELS % 2
ONE_HOT = np.eye(4, dtype=np.float32)[LABELS]
FLAGS = RNG.integers(0, 2, (200, 5))
NUMBERS = RNG.normal(size=200)


@pytest.mark.parametrize(
    ("target", "encoding"),
    [
        (LABELS, "classes"),
        (LABELS[:, None].astype(np.float32), "classes"),
        (TWO * 2 - 1, "classes"),
        (TWO.astype(bool), "classes"),
        (np.arange(100).repeat(5), "classes"),
        (ONE_HOT, "one-hot"),
        (FLAGS, "flags"),
        (NUMBERS, "numbers"),
        (NUMBERS[:, None], "numbers"),
        (TWO / 255, "numbers"),
        (RNG.integers(18, 90, 60), "numbers"),
        (RNG.integers(0, 5000, 200), "numbers"),
        (RNG.normal(size=(200, 3)), "numbers"),
        (np.zeros((0, 1)), "none"),
        (np.array(["a", "b"]), "none"),
    ],
)
def test_an_encoding_is_told_by_values_alone(target, encoding):
    assert encoding_of(target) == encoding


def test_few_rows_of_many_classes_still_name_classes():
    assert encoding_of(np.arange(10).repeat(3)) == "classes"


def test_targets_that_are_not_numbers_in_some_rows_keep_their_encoding():
    assert encoding_of(np.where(np.arange(200) == 3, np.nan, LABELS)) == "classes"


@pytest.mark.parametrize(
    ("target", "loss", "units", "task"),
    [
        (TWO, "binary_crossentropy", 1, "binary"),
        (TWO, "", None, "binary"),
        (TWO, "mean_squared_error", 1, "binary"),
        (TWO, "sparse_categorical_crossentropy", 2, "multiclass"),
        (np.eye(2)[TWO], "categorical_crossentropy", 2, "multiclass"),
        (LABELS, "sparse_categorical_crossentropy", 4, "multiclass"),
        (LABELS, "binary_crossentropy", 1, "multiclass"),
        (LABELS, "MeanSquaredError", 1, "regression"),
        (LABELS, "mse", 4, "multiclass"),
        (ONE_HOT, "mse", 4, "multiclass"),
        (ONE_HOT * 0.9 + 0.025, "categorical_crossentropy", 4, "multiclass"),
        (ONE_HOT / 255, "categorical_crossentropy", 4, "multiclass"),
        (FLAGS, "binary_crossentropy", 5, "multilabel"),
        (NUMBERS, "mae", 1, "regression"),
        (NUMBERS, "sparse_categorical_crossentropy", 1, "regression"),
        (NUMBERS, "binary_crossentropy", 1, "regression"),
        (TWO / 255, "binary_crossentropy", 1, "binary"),
        (LABELS / 255, "sparse_categorical_crossentropy", 4, "multiclass"),
        (RNG.normal(size=(200, 3)), "mse", 3, "regression"),
        (RNG.random((50, 8, 8, 1)), "mse", 1, "regression"),
        (RNG.integers(0, 2, (50, 8, 8, 1)), "binary_crossentropy", 1, "unknown"),
        (np.full(50, 7.5), "mse", 1, "regression"),
        (np.full(50, np.nan), "mse", 1, "unknown"),
        (np.zeros((0,)), "mse", 1, "unknown"),
        (None, "mse", 1, "unknown"),
    ],
)
def test_a_task_is_told_by_the_target_and_only_then_by_the_loss(target, loss, units, task):
    assert task_of(target, loss, units) == task


def test_classes_of_rows_are_the_same_numbers_in_any_encoding():
    assert class_of_rows(ONE_HOT).tolist() == class_of_rows(LABELS[:, None]).tolist()
