"""Rows of a trial by one pipeline for all epochs: what is trained is as Keras would train it."""

import dataclasses

import keras
import numpy as np
import pytest
from recipes_help import labels, recipe_of_model, table
from test_treat_engine import dropped

from valgap.experiments.rebuild import build
from valgap.observe.recipe import Rows
from valgap.treatment.engines import compiled, feeding
from valgap.treatment.engines.feeding import fed, passed, steps_a_call
from valgap.treatment.engines.training import fitted

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="other backends are fed as by Keras"
)
NONE = Rows(np.zeros((0, 6), "float32"), np.zeros(0))


def weights(recipe, seed=1):
    return [np.asarray(w) for w in fitted(recipe, NONE, seed).weights]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("w", [None, np.linspace(0.1, 2, 60).astype("float32")])
def test_without_shuffling_a_fit_is_that_of_keras_to_the_bit(monkeypatch, w):
    recipe = dropped(batch_size=7, shuffle=False, w=w)  # 60 rows: the last batch is not whole
    ours = weights(recipe)
    monkeypatch.setattr(feeding, "_are_numbers", lambda _: False)
    monkeypatch.setattr(feeding, "STEPS_A_CALL", 1)
    assert same(ours, weights(recipe))


def test_many_steps_a_call_come_to_the_same(monkeypatch):
    many = weights(dropped(batch_size=7))
    monkeypatch.setattr(feeding, "_divisor", lambda _: 1)
    assert same(many, weights(dropped(batch_size=7)))


def orders_of(*arguments, epochs, **more):
    """The rows of each epoch in the order that they are trained in."""
    import tensorflow as tf

    seen = []
    look = keras.layers.Lambda(lambda x: (tf.numpy_function(note, [x], []), x)[1])

    def note(x):
        seen.extend(int(v) for v in x[:, 0])

    model = keras.Sequential([keras.Input((1,)), look, keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    with feeding.many_steps_a_call(model, more.pop("steps", None)):
        model.fit(*arguments, epochs=epochs, verbose=0, **more)
    return np.reshape(seen, (epochs, -1))


def test_rows_are_shuffled_once_as_by_keras_under_a_seed():
    x, y = np.arange(40, dtype="float32")[:, None], np.zeros(40, "float32")
    keras.utils.set_random_seed(3)
    theirs = orders_of(x, y, epochs=3, batch_size=8)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    recipe = recipe_of_model(model, x, y, loss="mse", train=40, batch_size=8)
    keras.utils.set_random_seed(3)
    ours = orders_of(epochs=3, steps=5, **fed(recipe, 5))
    for each in (theirs, ours):
        assert (each == each[0]).all()
        assert sorted(each[0]) == list(range(40))
        assert list(each[0]) != list(range(40))


def test_inputs_by_name_and_in_lists_come_as_batches_of_their_rows():
    x = {"a": [np.arange(10.0), np.arange(20, 30)], "b": np.ones((10, 2), "float64")}
    rows, recipe = Rows(x, np.arange(10)), dataclasses.replace(dropped(), batch_size=300)
    (batch,) = passed(rows, recipe)["x"]
    (first, second), b = batch[0]["a"], batch[0]["b"]
    assert first.numpy().tolist() == list(range(10))
    assert second.numpy().tolist() == list(range(20, 30))
    assert b.dtype == keras.config.floatx()
    assert batch[1].numpy().tolist() == list(range(10))


@pytest.mark.parametrize(
    ("rows", "expected"), [(60, 4), (16, 1), (16 * 67, 67), (16 * 521, 64), (16 * 600, 300)]
)
def test_a_call_makes_a_whole_part_of_an_epoch_or_ends_where_its_rows_do(rows, expected):
    recipe = dropped()
    train = Rows(np.zeros((rows, 6), "float32"), np.zeros(rows))
    assert steps_a_call(dataclasses.replace(recipe, train=train)) == expected


def test_callbacks_that_look_at_batches_see_each():
    class Counts(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    assert steps_a_call(dropped(callbacks=(Counts(),))) is None
    assert steps_a_call(dropped(steps_per_epoch=2)) is None
    model = build(dropped(), 0)
    with feeding.many_steps_a_call(model, 4):
        assert model.steps_per_execution == 4
    assert model.steps_per_execution == 1


def scaled(mean):
    layer = keras.layers.Normalization(mean=[mean] * 6, variance=[2.0] * 6, name="scale")
    head = keras.layers.Dense(3, "softmax", name="head")
    model = keras.Sequential([keras.Input((6,), name="x"), layer, head], name="model")
    return recipe_of_model(model, table() / 1e5, labels(3), loss="sparse_categorical_crossentropy")


def test_numbers_of_normalization_are_put_into_a_model_compiled_before(monkeypatch):
    monkeypatch.setattr(compiled, "_kept", {})
    x = table() / 1e5
    one = scaled(1.0)
    other = dataclasses.replace(one, model=scaled(3.0).model)
    first, anew = compiled.built(one, 0), build(other, 0)
    first.fit(x, labels(3), verbose=0)
    kept = compiled.built(other, 0)
    assert kept is first
    assert np.array_equal(kept.predict(x, verbose=0), anew.predict(x, verbose=0))
    assert kept.get_config() == anew.get_config()
    assert len(kept.weights) == len(anew.weights)
