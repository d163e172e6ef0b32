"""Heads and predictions of fits of every task, as a check will read them."""

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import noise
from probes_help import layer, measured

X, XV = noise(160), noise(80, seed=1)


def signs(x):
    return (x[:, 0] > 0).astype("int32")


def mlp(units, activation=None, hidden=16):
    keras.utils.set_random_seed(2)
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(hidden, activation="relu", name="hidden"),
            layers.Dense(units, activation=activation, name="head"),
        ]
    )


def fitted(model, loss, y, yv, epochs=15):
    model.compile(keras.optimizers.Adam(0.05), loss)
    return measured(model, X, y, validation_data=(XV, yv), epochs=epochs, batch_size=80)


def of(found, split="validation"):
    return next(p for p in found.predictions if p.split == split)


def test_softmax_on_one_unit_is_constant_and_has_no_gradient():
    found = fitted(mlp(1, "softmax"), "mse", signs(X), signs(XV), epochs=2)
    (head,) = found.heads
    assert (head.activation, head.shape, head.layer) == ("softmax", (1,), "head")
    assert (head.loss, head.logits, head.task) == ("mean_squared_error", None, "binary")
    assert of(found).constant
    assert of(found).spread == 0
    assert of(found).balanced_accuracy.value == 0.5
    # Some processors round the softmax of one number to 1 - 6e-8: what is left is rounding.
    assert all(one.has_gradient is False or one.gradient < 1e-6 for one in found.layers)
    assert (head.start_low, head.high) == pytest.approx((1.0, 1.0), abs=1e-6)


def test_the_cross_entropy_sees_past_a_softmax_on_one_unit_but_its_output_is_constant():
    """Keras scores the logits in place of the softmax: the loss falls, no prediction moves."""
    found = fitted(mlp(1, "softmax"), "binary_crossentropy", signs(X), signs(XV))
    assert found.heads[0].logits is False
    assert of(found).constant
    assert of(found).balanced_accuracy.value == 0.5
    assert of(found).loss.value < 0.5
    assert all(one.has_gradient for one in found.layers)


def test_a_healthy_classifier_is_neither_constant_nor_without_gradient():
    found = fitted(mlp(1, "sigmoid"), "binary_crossentropy", signs(X), signs(XV))
    assert not of(found).constant
    assert of(found).accuracy.value > 0.85
    assert of(found).accuracy.low < of(found).accuracy.value < of(found).accuracy.high
    assert sum(map(sum, of(found).confusion)) == 80
    assert all(one.has_gradient for one in found.layers)
    assert found.missing == {}


@pytest.mark.parametrize(
    ("targets", "loss"),
    [
        (lambda c: c, "sparse_categorical_crossentropy"),
        (lambda c: c[:, None], "sparse_categorical_crossentropy"),
        (lambda c: keras.utils.to_categorical(c, 2), "categorical_crossentropy"),
    ],
    ids=["sparse", "column", "one-hot"],
)
def test_classes_are_read_from_whatever_encoding(targets, loss):
    y, yv = targets(signs(X)), targets(signs(XV))
    made = of(fitted(mlp(2, "softmax"), loss, y, yv))
    right = made.confusion[0][0] + made.confusion[1][1]
    assert made.accuracy.value == right / 80
    assert set(made.recalls) == {"0", "1"}
    assert made.recalls["0"].n == int((signs(XV) == 0).sum())
    assert made.balanced_accuracy.value == pytest.approx(
        np.mean([e.value for e in made.recalls.values()])
    )


def test_the_loss_of_a_prediction_is_that_of_evaluate():
    model = mlp(2, "softmax")
    made = of(fitted(model, "sparse_categorical_crossentropy", signs(X), signs(XV)))
    assert made.loss.value == pytest.approx(model.evaluate(XV, signs(XV), verbose=0), abs=1e-5)


def test_worst_rows_are_wrong_ones_by_their_place_in_the_split():
    rng = np.random.default_rng(3)
    wrong = rng.choice(80, 5, replace=False)
    yv = signs(XV)
    yv[wrong] = 1 - yv[wrong]
    sure = np.abs(XV[:, 0])
    made = of(fitted(mlp(2, "softmax"), "sparse_categorical_crossentropy", signs(X), yv, epochs=40))
    surest = wrong[np.argsort(-sure[wrong])][:2]
    assert set(surest) <= set(made.worst_rows)


def test_too_sure_a_model_is_cooled_by_a_temperature_above_one():
    rng = np.random.default_rng(5)
    y, yv = rng.integers(0, 2, 160), rng.integers(0, 2, 80)
    found = fitted(
        mlp(2, hidden=64),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        y,
        yv,
        epochs=80,
    )
    made = of(found)
    assert found.heads[0].logits is True
    assert found.heads[0].activation == "linear"
    assert made.temperature > 2
    assert made.loss_tempered.value < made.loss.value
    assert made.calibration_error > 0.2
    assert of(found, "train").accuracy.value > made.accuracy.value + 0.1


def test_regression_has_r2_and_correlation():
    y, yv = X @ np.arange(6.0), XV @ np.arange(6.0)
    made = of(fitted(mlp(1), "mse", y, yv, epochs=40))
    assert made.task == "regression"
    assert made.r2.value > 0.8
    assert made.correlation > 0.9
    assert made.r2.low <= made.r2.value <= made.r2.high
    assert made.accuracy is None


def test_flags_are_scored_one_by_one():
    y, yv = (X[:, :3] > 0).astype("float32"), (XV[:, :3] > 0).astype("float32")
    made = of(fitted(mlp(3, "sigmoid"), "binary_crossentropy", y, yv, epochs=40))
    assert made.task == "multilabel"
    assert made.accuracy.value > 0.85
    assert set(made.recalls) == {"0", "1", "2"}
    assert made.confusion == ()
    assert made.temperature is not None


def test_each_output_of_several_has_its_head_and_its_scores():
    inputs = keras.Input((6,))
    hidden = layers.Dense(16, activation="relu")(inputs)
    size = layers.Dense(1, name="size")(hidden)
    kind = layers.Softmax(name="kind")(layers.Dense(2, name="scores")(hidden))
    model = keras.Model(inputs, [size, kind])
    model.compile("adam", {"size": "mae", "kind": keras.losses.SparseCategoricalCrossentropy()})
    y, yv = ({"size": x[:, 1], "kind": signs(x)} for x in (X, XV))
    found = measured(model, X, y, validation_data=(XV, yv), epochs=2)
    size_head, kind_head = found.heads
    assert (size_head.activation, size_head.loss, size_head.logits) == (
        "linear",
        "mean_absolute_error",
        None,
    )
    assert (kind_head.layer, kind_head.activation, kind_head.task) == (
        "scores",
        "softmax",
        "multiclass",
    )
    assert kind_head.loss == "sparse_categorical_crossentropy"
    assert {(p.split, p.output) for p in found.predictions} == {
        (split, output) for split in ("train", "validation") for output in ("size", "kind")
    }


def test_a_sub_classed_model_has_a_head_with_the_activation_its_code_applies():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = layers.Dense(8, activation="tanh"), layers.Dense(2, name="out")

        def call(self, x):
            return keras.ops.softmax(self.out(self.hidden(x)))

    found = fitted(Own(), "sparse_categorical_crossentropy", signs(X), signs(XV), epochs=2)
    (head,) = found.heads
    assert (head.layer, head.activation) == ("out", "softmax")
    assert layer(found, "out").has_gradient


def test_a_fit_that_raises_in_its_first_step_still_has_its_head():
    found = fitted(mlp(2, "softmax"), "categorical_crossentropy", signs(X), signs(XV))
    (head,) = found.heads
    assert (head.shape, head.target_shape) == ((2,), ())
    assert found.predictions == ()
    assert found.missing["predictions"] == "no epoch came to its end"


def test_weights_that_are_no_numbers_leave_what_can_still_be_said():
    model = mlp(2, "softmax")
    model.compile("sgd", "sparse_categorical_crossentropy")
    broken = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: model.set_weights(
            [w * np.nan for w in model.get_weights()]
        )
    )
    held = (XV, signs(XV))
    found = measured(model, X, signs(X), validation_data=held, epochs=2, callbacks=[broken])
    assert of(found).accuracy is None
    assert "not finite" in found.missing["activations"]
    assert layer(found, "hidden").gradient is None
    assert layer(found, "hidden").gradient_start > 0
