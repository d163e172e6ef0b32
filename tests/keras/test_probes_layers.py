"""Activations, gradients and weights by layer: what is broken is seen, what is sound is not."""

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import noise
from probes_help import layer, measured

X, XV = noise(160), noise(80, seed=1)
C, CV = ((x[:, 0] > 0).astype("int32") for x in (X, XV))


def drawn(*hidden, head="softmax", rate=0.01, epochs=3, x=X, **compiled):
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [keras.Input((6,)), *hidden, layers.Dense(2, activation=head, name="head")]
    )
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", **compiled)
    return measured(model, x, C, validation_data=(XV, CV), epochs=epochs)


def images(seed, rows):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = rng.normal(size=(rows, 12, 12, 1)).astype("float32")
    x[:, :6] += y[:, None, None, None]
    return x, y


def test_a_healthy_cnn_has_no_fault_in_any_layer():
    keras.utils.set_random_seed(2)  # no unit dies, on any backend
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(8, 3, name="first"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, activation="relu", name="second"),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(2, activation="softmax", name="head"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    found = measured(model, *images(0, 256), validation_data=images(1, 96), epochs=4)
    weighted = [one for one in found.layers if one.has_weights]
    assert [one.cls for one in weighted] == ["Conv2D", "BatchNormalization", "Conv2D", "Dense"]
    assert all(one.has_gradient for one in weighted)
    assert all(not one.identical_units and not one.identical_at_start for one in weighted)
    assert all((one.dead_units or 0) <= 0.25 for one in found.layers)
    assert all((one.saturated or 0) < 0.5 for one in found.layers)
    assert all(0 < one.moved < 3 for one in weighted)
    assert found.detached_inputs == found.ignored_arguments == found.changed_mode == ()
    assert not found.always_random
    assert found.attention == ()
    assert found.masked_noise is None
    assert found.missing == {}
    assert layer(found, "head").probe_validation.value > 0.8


def test_units_that_a_large_negative_bias_switches_off_are_dead():
    off = keras.initializers.Constant(-100.0)
    found = drawn(layers.Dense(8, activation="relu", bias_initializer=off, name="dead"))
    assert layer(found, "dead").dead_units == 1.0
    assert layer(found, "dead").frozen_units == 1.0
    assert layer(found, "dead").has_gradient is False
    assert layer(found, "head").has_gradient is True


def test_dead_units_are_counted_behind_an_activation_layer_too():
    found = drawn(
        layers.Dense(8, kernel_initializer="zeros", bias_initializer="zeros", trainable=False),
        layers.Activation("relu", name="relu"),
    )
    assert layer(found, "relu").dead_units == 1.0


def test_leaky_units_are_never_dead():
    off = keras.initializers.Constant(-100.0)
    found = drawn(layers.Dense(8, bias_initializer=off), layers.LeakyReLU(name="leaky"))
    assert layer(found, "leaky").dead_units is None
    assert layer(found, "head").has_gradient


@pytest.mark.parametrize("start", ["zeros", "ones"])
def test_units_of_one_and_the_same_start_are_still_identical_at_the_end(start):
    found = drawn(
        layers.Dense(8, activation="tanh", kernel_initializer=start, name="same"),
        layers.Dense(8, activation="tanh", kernel_initializer=start),
        epochs=10,
    )
    assert layer(found, "same").identical_at_start == 1.0
    assert layer(found, "same").identical_units == 1.0


def test_units_of_a_constant_start_that_dropout_parted_are_so_at_the_start_alone():
    found = drawn(
        layers.Dense(8, kernel_initializer="ones", name="parted"), layers.Dropout(0.5), epochs=10
    )
    assert layer(found, "parted").identical_at_start == 1.0
    assert layer(found, "parted").identical_units == 0.0


def test_large_inputs_saturate_a_tanh_and_are_seen_as_its_input():
    found = drawn(layers.Dense(8, activation="tanh", name="full"), x=X * 1000)
    full = layer(found, "full")
    assert full.saturated > 0.9
    assert full.input_std == pytest.approx(1000, rel=0.1)
    assert full.input_high > 2000
    assert layer(drawn(layers.Dense(8, activation="tanh", name="full")), "full").saturated < 0.2


def test_a_frozen_layer_has_not_moved_and_is_not_asked_for_a_gradient():
    found = drawn(layers.Dense(8, name="frozen", trainable=False))
    frozen = layer(found, "frozen")
    assert (frozen.trainable, frozen.moved, frozen.has_gradient) == (False, 0.0, None)
    assert layer(found, "head").moved > 0


def test_penalties_are_told_by_layer():
    found = drawn(
        layers.Dense(8, kernel_regularizer="l2", name="weights"),
        layers.Dense(8, activity_regularizer="l1", name="activity"),
    )
    assert layer(found, "weights").penalty > 0
    assert layer(found, "weights").activity_penalty is None
    assert layer(found, "activity").activity_penalty > 0
    assert layer(found, "activity").penalty is None


def test_gradients_vanish_through_a_deep_stack_of_sigmoids():
    deep = [layers.Dense(8, activation="sigmoid", name=f"at_{i}") for i in range(8)]
    found = drawn(*deep, epochs=1)
    assert layer(found, "at_0").gradient_start < 1e-3 * layer(found, "head").gradient_start
    assert layer(found, "at_0").has_gradient


def test_a_layer_behind_a_stopped_gradient_has_none():
    stop = layers.Lambda(keras.ops.stop_gradient)
    found = drawn(layers.Dense(8, name="cut"), stop)
    assert layer(found, "cut").has_gradient is False
    assert layer(found, "cut").moved == 0.0


def branches(join):
    one, other = keras.Input((6,), name="read"), keras.Input((3,), name="second")
    hidden = join(layers.Dense(8)(one), layers.Dense(8)(other))
    model = keras.Model([one, other], layers.Dense(2, activation="softmax")(hidden))
    model.compile("adam", "sparse_categorical_crossentropy")
    x, xv = ({"read": a, "second": a[:, 3:]} for a in (X, XV))
    return measured(model, x, C, validation_data=(xv, CV), epochs=1)


def test_an_input_that_is_multiplied_by_zero_is_detached():
    gone = branches(lambda a, b: layers.Add()([a, layers.Lambda(lambda t: t * 0.0)(b)]))
    assert gone.detached_inputs == ("second",)


def test_an_input_that_is_read_is_not_detached():
    assert branches(lambda a, b: layers.Add()([a, b])).detached_inputs == ()


def test_an_argument_of_a_later_layer_that_makes_no_input_is_named():
    found = drawn(layers.Dense(8), layers.Dense(8, input_shape=(9,), name="later"))
    assert found.ignored_arguments == ("later: input_shape",)


def test_the_input_shape_of_a_first_layer_is_none_of_these():
    model = keras.Sequential([layers.Dense(4, input_shape=(6,)), layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    found = measured(model, X, C, validation_data=(XV, CV), epochs=1)
    assert found.ignored_arguments == ()


def test_a_mode_in_the_graph_that_keras_overrules_is_said_to_have_no_effect():
    inputs = keras.Input((6,))
    hidden = layers.Dropout(0.5, name="always")(inputs, training=True)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))
    model.compile("adam", "sparse_categorical_crossentropy")
    found = measured(model, X, C, validation_data=(XV, CV), epochs=1)
    random = not np.array_equal(*(model.predict(XV, verbose=0) for _ in range(2)))
    assert found.always_random == random
    assert found.changed_mode == (("always",) if random else ())
    assert found.ignored_arguments == (() if random else ("always: training=True",))


def test_a_layer_that_always_draws_is_met():
    class Noisy(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seed = keras.random.SeedGenerator(3)

        def call(self, x):
            return x + keras.random.normal(keras.ops.shape(x), seed=self.seed)

    found = drawn(Noisy())
    assert found.always_random
    assert "always draws" in found.missing["rates"]
