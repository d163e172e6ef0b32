"""Batch statistics re-estimated on a clone: which condition closes the row, and when none is."""

from unittest.mock import patch

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import assert_closes, fitted, last, noise, row

X, XV = 3.0 + 2.0 * noise(240, 8), 3.0 + 2.0 * noise(120, 8, seed=1)
C, CV = (X[:, 0] > 3).astype("int32"), (XV[:, 0] > 3).astype("int32")


def drawn(*hidden, epochs=3, data=(X, XV), width=16):
    keras.utils.set_random_seed(5)
    head = layers.Dense(2, activation="softmax")
    model = keras.Sequential([keras.Input((8,)), layers.Dense(width), *hidden, head])
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    train, held_out = data
    return model, fitted(
        model, train, C, validation_data=(held_out, CV), epochs=epochs, batch_size=40
    )


def of_last(ledger):
    epoch = last(ledger).epoch
    found = [r for r in ledger.reestimations if r.epoch == epoch and r.metric == "loss"]
    return {r.condition: r for r in found}


def closing(found):
    """The share of the batch-statistics row that re-estimation takes back, at most about 1."""
    opened = found.train_moving - found.train_batch
    return (found.train_moving - found.train_after) / opened


@pytest.fixture(scope="module")
def lagging():
    """Eighteen steps against a time constant of a hundred: the start is still in there."""
    with patch("valgap.measuring.LEDGER_SECONDS", 200):  # on all rows, however slow it goes
        return drawn(layers.BatchNormalization(momentum=0.99))


def test_statistics_that_lag_are_mended_under_both_conditions(lagging):
    _, ledger = lagging
    assert_closes(last(ledger))
    found = of_last(ledger)
    assert row(last(ledger), "batch-statistics").delta > 0.05
    for condition in ("training", "inference"):
        assert closing(found[condition]) > 0.8
        assert found[condition].validation_after < found[condition].validation_before - 0.05
        assert found[condition].closed.high < 0


def test_re_estimated_statistics_are_the_mean_over_batches_by_hand(lagging):
    model, ledger = lagging
    found = of_last(ledger)["inference"]
    dense, norm = model.layers[0], model.layers[1]
    before = [weight.copy() for weight in model.get_weights()]  # on torch they are views
    ours = np.random.default_rng(0).permutation(240)  # any composition of batches is about as good
    batches = keras.ops.convert_to_numpy(dense(X[ours])).reshape(6, 40, -1)
    norm.moving_mean.assign(batches.mean(axis=(0, 1)))
    norm.moving_variance.assign(batches.var(axis=1).mean(axis=0))
    by_hand = model.evaluate(X, C, verbose=0)
    model.set_weights(before)
    assert found.train_after == pytest.approx(by_hand, abs=5e-3)
    assert found.train_moving == pytest.approx(model.evaluate(X, C, verbose=0), abs=1e-6)


def test_dropout_before_batch_statistics_is_mended_under_inference_conditions_alone():
    _, ledger = drawn(
        layers.Dropout(0.7),
        layers.BatchNormalization(momentum=0.5),
        layers.Activation("relu"),
        layers.Dense(16),
        layers.Dropout(0.7),
        layers.BatchNormalization(momentum=0.5),
        epochs=25,
        width=32,
    )
    assert_closes(last(ledger))
    found = of_last(ledger)
    assert row(last(ledger), "batch-statistics").delta > 0
    assert closing(found["inference"]) > 0.6
    assert closing(found["training"]) < 0.5 * closing(found["inference"])


def test_frozen_batch_statistics_are_not_re_estimated_into_anything_else():
    _, ledger = drawn(layers.BatchNormalization(momentum=0.9, trainable=False))
    assert_closes(last(ledger))
    assert row(last(ledger), "batch-statistics").delta == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize(
    "layer",
    [layers.LayerNormalization, layers.GroupNormalization, lambda: layers.Dropout(0.3)],
    ids=["layer", "group", "none"],
)
def test_without_batch_statistics_nothing_is_re_estimated(layer):
    given = layer() if layer is not layers.GroupNormalization else layer(groups=4)
    _, ledger = drawn(given)
    assert ledger.reestimations == ()
    assert row(last(ledger), "batch-statistics").delta == pytest.approx(0.0, abs=1e-7)


@pytest.mark.on_tensorflow
def test_synchronised_batch_normalisation_is_batch_normalisation():
    _, ledger = drawn(layers.BatchNormalization(momentum=0.99, synchronized=True))
    assert_closes(last(ledger))
    assert closing(of_last(ledger)["training"]) > 0.8


def test_re_estimation_changes_no_weight_of_the_model(lagging):
    model, ledger = lagging
    account = last(ledger)
    assert model.evaluate(XV, CV, verbose=0) == pytest.approx(account.validation, abs=1e-6)
