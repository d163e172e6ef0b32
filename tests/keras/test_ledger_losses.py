"""Losses and metrics of every make: the logged validation figure is recomputed."""

import keras
import numpy as np
import pytest
from keras import layers, losses, metrics, ops
from ledger_help import assert_closes, fitted, last, noise, row

X, XV = noise(80), noise(50, seed=1)
Y = X[:, :1] + 0.3 * noise(80, 1, seed=2)
YV = XV[:, :1].copy()
C, CV = (Y[:, 0] > 0).astype("int32"), (YV[:, 0] > 0).astype("int32")


def drawn(  # noqa: PLR0917
    units, activation, loss, train, held_out, named=(), *, sharp=0.0, **more
):
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input(X.shape[1:]), layers.Dense(units, activation=activation)])
    if sharp:
        draw = np.random.default_rng(0)
        model.set_weights([draw.normal(size=w.shape) * sharp for w in model.get_weights()])
    compiled = {"metrics": list(named)} | more.pop("compiled", {})
    model.compile(keras.optimizers.Adam(0.01), loss, **compiled)
    held_out = (XV, held_out, *more.pop("held_out_weight", ()))
    return fitted(model, X, train, validation_data=held_out, epochs=2, batch_size=24, **more)


def squared(y, predicted):
    return ops.mean(ops.square(y - predicted)) + 0.1


def test_a_loss_that_is_summed_over_the_batch_closes():
    account = last(drawn(1, None, losses.MeanSquaredError(reduction="sum"), Y, YV))
    assert_closes(account)
    assert account.validation > 10  # of batches of 24 rows


def test_a_loss_normalised_by_the_weights_of_the_batch_closes():
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    weight, held_out = np.linspace(0.1, 2, 80), np.linspace(0.1, 3, 50)
    ledger = drawn(1, None, loss, Y, YV, sample_weight=weight, held_out_weight=(held_out,))
    assert_closes(last(ledger))


def test_a_loss_function_that_returns_one_number_closes_and_its_unit_is_the_batch():
    account = last(drawn(1, None, squared, Y, YV))
    assert_closes(account)
    assert row(account, "generalisation").low is not None


@pytest.mark.parametrize("name", ["huber", "log_cosh", "mae"])
def test_a_regression_loss_closes_with_its_metrics(name):
    named = ("mse", metrics.RootMeanSquaredError(), metrics.R2Score())
    ledger = drawn(1, None, name, Y, YV, named)
    for metric in ("loss", "mse", "root_mean_squared_error", "r2_score"):
        assert_closes(last(ledger, metric))


@pytest.mark.parametrize("units", [1, 2])
def test_a_loss_from_logits_closes(units):
    loss = (
        losses.BinaryCrossentropy(from_logits=True)
        if units == 1
        else losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    ledger = drawn(units, None, loss, C, CV, ("accuracy",))
    assert_closes(last(ledger))
    assert_closes(last(ledger, "accuracy"))


@pytest.mark.parametrize(
    ("units", "activation", "loss"),
    [(1, "sigmoid", "binary_crossentropy"), (2, "softmax", "sparse_categorical_crossentropy")],
)
@pytest.mark.on_tensorflow
def test_rows_that_are_surely_wrong_keep_a_loss_far_above_that_of_a_clipped_probability(
    units, activation, loss
):
    ledger = drawn(units, activation, loss, C, 1 - CV, ("accuracy",), sharp=90.0)
    account = last(ledger)
    assert account.validation > 17  # -log of the smallest probability that is not clipped
    assert_closes(account)


def test_a_softmax_behind_a_reshape_is_clipped_as_keras_clips_it():
    keras.utils.set_random_seed(2)
    inputs = keras.Input((6,))
    outputs = layers.Reshape((2,))(layers.Dense(2, activation="softmax")(inputs))
    model = keras.Model(inputs, outputs)
    model.set_weights(
        [w * 0 + 60 * noise(*w.shape, 1) if w.ndim > 1 else w for w in model.get_weights()]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    ledger = fitted(model, X, C, validation_data=(XV, 1 - CV), epochs=2)
    assert_closes(last(ledger))


def test_many_labels_a_row_close():
    ledger = drawn(
        3,
        "sigmoid",
        "binary_crossentropy",
        (X[:, :3] > 0) * 1.0,
        (XV[:, :3] > 0) * 1.0,
        ("accuracy",),
    )
    assert_closes(last(ledger))
    assert_closes(last(ledger, "accuracy"))


@pytest.mark.parametrize("masked", [False, True], ids=["plain", "masked"])
def test_a_loss_a_step_of_a_sequence_closes_and_heeds_the_mask(masked):
    draw = np.random.default_rng(0)
    words = draw.integers(1, 9, (80, 6))
    words[:, 3:] *= draw.integers(0, 2, (80, 3))
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Embedding(9, 4, mask_zero=masked),
            layers.LSTM(4, return_sequences=True),
            layers.Dense(3, activation="softmax"),
        ]
    )
    loss = "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"])
    held_out = (words[50:], words[50:] % 3)
    ledger = fitted(
        model, words[:50], words[:50] % 3, validation_data=held_out, epochs=2, batch_size=16
    )
    assert_closes(last(ledger))
    assert_closes(last(ledger, "accuracy"))


def test_weights_a_step_of_a_sequence_close():
    draw = np.random.default_rng(0)
    steps, weight = draw.normal(size=(60, 5, 2)).astype("float32"), draw.uniform(size=(60, 5))
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((5, 2)), layers.Dense(1)])
    model.compile("adam", "mse", weighted_metrics=["mae"])
    y = steps.sum(axis=-1, keepdims=True)
    held_out = (steps[40:], y[40:], weight[40:])
    ledger = fitted(
        model, steps[:40], y[:40], sample_weight=weight[:40], validation_data=held_out, epochs=2
    )
    assert_closes(last(ledger))
    assert_closes(last(ledger, "mae"))


@pytest.fixture(scope="module")
def whole_figures():
    def gap(y, predicted):
        return ops.mean(ops.abs(y - predicted))

    named = (
        metrics.AUC(name="auc"),
        metrics.Precision(name="precision"),
        metrics.Recall(name="recall"),
        metrics.F1Score(threshold=0.5, name="f1"),
        gap,
    )
    labels = C[:, None].astype("float32"), CV[:, None].astype("float32")
    return drawn(1, "sigmoid", "binary_crossentropy", *labels, named)


@pytest.mark.parametrize("metric", ["auc", "precision", "recall", "gap"])
def test_a_metric_that_is_no_mean_over_rows_closes(whole_figures, metric):
    account = last(whole_figures, metric)
    assert_closes(account)
    assert row(account, "generalisation").low is not None


def test_a_metric_with_several_parts_is_left_out_and_costs_nothing_else(whole_figures):
    assert "f1" not in {a.metric for a in whole_figures.accounts}
    assert_closes(last(whole_figures))


def test_top_k_and_a_mean_of_f1_close():
    named = (metrics.TopKCategoricalAccuracy(2, name="top"), metrics.F1Score("macro", name="f1"))
    one_hot = np.eye(4, dtype="float32")
    ledger = drawn(4, "softmax", "categorical_crossentropy", one_hot[C], one_hot[CV], named)
    assert_closes(last(ledger, "top"))
    assert_closes(last(ledger, "f1"))


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="Keras cannot read the rate there")
def test_a_metric_that_does_not_depend_on_the_rows_has_no_account_and_it_is_said():
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    optimizer = keras.optimizers.RMSprop()

    def rate(y, predicted):
        return optimizer.learning_rate

    model.compile(optimizer, "mse", metrics=[rate, "mae"])
    slower = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    ledger = fitted(model, X, Y, validation_data=(XV, YV), epochs=3, callbacks=[slower])
    assert {a.metric for a in ledger.accounts} == {"loss", "mae"}
    assert "rate does not depend on the rows: no ledger" in ledger.notes


def two_heads(model_outputs, **compiled):
    keras.utils.set_random_seed(2)
    inputs = keras.Input((6,))
    number = layers.Dense(1, name="a")(inputs)
    kind = layers.Dense(2, activation="softmax", name="b")(inputs)
    model = keras.Model(inputs, model_outputs(number, kind))
    model.compile("adam", **compiled)
    return model


def test_every_figure_of_outputs_by_name_closes():
    model = two_heads(
        lambda a, b: {"a": a, "b": b},
        loss={"a": "mse", "b": "sparse_categorical_crossentropy"},
        loss_weights={"a": 0.5, "b": 2.0},
        metrics={"a": ["mae"], "b": ["accuracy"]},
        weighted_metrics={"a": ["mae"], "b": ["accuracy"]},
    )
    weight = {"a": np.linspace(0.1, 2, 80), "b": np.linspace(2, 0.1, 80)}
    ledger = fitted(
        model,
        X,
        {"a": Y, "b": C},
        sample_weight=weight,
        validation_data=(XV, {"a": YV, "b": CV}),
        epochs=2,
        batch_size=30,
    )
    found = {a.metric for a in ledger.accounts}
    assert {"loss", "a_loss", "b_loss", "a_mae", "b_accuracy", "a_weighted_mae"} <= found
    for metric in found:
        assert_closes(last(ledger, metric))


def test_every_figure_of_outputs_in_a_list_closes():
    model = two_heads(
        lambda a, b: [a, b],
        loss=["mse", "sparse_categorical_crossentropy"],
        metrics=[["mae"], ["accuracy"]],
    )
    held_out = (XV, [YV, CV])
    ledger = fitted(model, X, [Y, C], validation_data=held_out, epochs=2, batch_size=30)
    for metric in ("loss", "a_loss", "b_loss", "a_mae", "b_accuracy"):
        assert_closes(last(ledger, metric))


def test_a_weighted_metric_of_the_same_name_is_told_from_the_plain_one():
    compiled = {"weighted_metrics": ["mae"]}
    weight = {
        "sample_weight": np.linspace(0.1, 2, 80),
        "held_out_weight": (np.linspace(0.1, 3, 50),),
    }
    ledger = drawn(1, None, "mse", Y, YV, ("mae",), compiled=compiled, **weight)
    for metric in ("loss", "mae", "weighted_mae"):
        assert_closes(last(ledger, metric))
    assert row(last(ledger, "mae"), "weights").delta == 0.0
    assert row(last(ledger, "weighted_mae"), "weights").delta != 0.0
