"""Single steps of the optimiser tell a rate that is far too low or too high from a good one."""

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import noise
from probes_help import measured, rate

X, XV = noise(320, 24), noise(96, 24, seed=1)
C, CV = ((x[:, 0] * x[:, 1] + x[:, 2] > 0).astype("int32") for x in (X, XV))


def trained(optimizer, epochs=3, **changes):
    keras.utils.set_random_seed(6)
    model = keras.Sequential(
        [
            keras.Input((24,)),
            layers.Dense(64, activation="relu", **changes),
            layers.BatchNormalization(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return measured(model, X, C, validation_data=(XV, CV), epochs=epochs)


GOOD = {"adam": (keras.optimizers.Adam, 1e-3), "sgd": (keras.optimizers.SGD, 0.1)}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_rate_lowers_the_loss_and_is_not_far_from_the_best(name):
    make, value = GOOD[name]
    made, at_rate = rate(trained(make(value)))
    assert made.rate == pytest.approx(value)
    assert at_rate < made.before
    assert 0.1 <= made.best < 100


@pytest.mark.parametrize("name", GOOD)
def test_a_rate_a_hundred_times_too_low_has_its_best_step_far_above(name):
    make, value = GOOD[name]
    made, at_rate = rate(trained(make(value / 100)))
    assert made.best >= 100
    assert at_rate == pytest.approx(made.before, rel=0.01)


@pytest.mark.parametrize("name", GOOD)
def test_a_rate_a_hundred_times_too_high_raises_the_loss(name):
    make, value = GOOD[name]
    made, at_rate = rate(trained(make(value * 100)))
    assert at_rate > 1.5 * made.before
    assert made.best < 1


def test_a_step_is_that_of_the_optimizer_itself():
    """One batch of all rows, no noise: the step from the start is the fit's own first one."""
    keras.utils.set_random_seed(6)
    inputs = keras.Input((24,))
    hidden = layers.Dense(8, activation="tanh", kernel_regularizer="l2")(inputs)
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    model.compile(keras.optimizers.RMSprop(0.02), "mse")
    x, y = X[:160], X[:160, 0]
    found = measured(model, x, y, epochs=1, batch_size=160, shuffle=False)
    _, at_rate = rate(found)
    assert at_rate == pytest.approx(model.evaluate(x, y, batch_size=160, verbose=0), rel=1e-4)


def test_steps_are_taken_from_the_start_and_from_the_end():
    found = trained(keras.optimizers.Adam(1e-3), epochs=6)
    start, _ = rate(found)
    end, _ = rate(found, "end")
    assert end.before < start.before
    assert [s.multiple for s in start.losses] == sorted(s.multiple for s in start.losses)
    assert {1e-3, 1.0, 1e4} <= {s.multiple for s in start.losses}


def test_the_signal_of_a_batch_grows_with_its_rows():
    def signal(batch):
        keras.utils.set_random_seed(2)
        model = keras.Sequential([keras.Input((24,)), layers.Dense(2, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return rate(measured(model, X, C, epochs=1, batch_size=batch))[0].signal

    few, many = signal(8), signal(96)
    assert 12 / 4 < many / few < 12 * 4


def test_a_training_step_of_its_own_is_not_guessed_at():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.out = layers.Dense(1)

        def call(self, x):
            return self.out(x)

        def train_step(self, *data):  # on jax the state comes before it
            return super().train_step(*data)

    model = Own()
    model.compile("adam", "mse")
    found = measured(model, X, X[:, 0], epochs=1)
    assert found.rates == ()
    assert found.missing["rates"] == "the model has a train_step of its own"


def test_the_weights_measured_at_the_end_are_put_back():
    keras.utils.set_random_seed(6)
    model = keras.Sequential([keras.Input((24,)), layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    found = measured(model, X, C, validation_data=(XV, CV), epochs=1)
    before = [np.array(w) for w in model.get_weights()]
    assert found.rates
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
