"""What layers learned before the fit is known in every trial, whatever the trial changes."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from recipes_help import labels  # noqa: E402

from valgap.experiments.rebuild import build  # noqa: E402
from valgap.observe.adapted import NotCarriedError, weights_of, with_adapted  # noqa: E402
from valgap.remedies.base import remedied  # noqa: E402
from valgap.watching import watch  # noqa: E402


def far_off(rows=90):
    return np.random.default_rng(0).normal(50, 7, (rows, 6)).astype("float32")


def scaled(axis=-1, x=None):
    layer = keras.layers.Normalization(axis=axis)
    layer.adapt(far_off() if x is None else x)
    return layer


def packed(model):
    return keras.saving.serialize_keras_object(model)


def recorded(x, model, folder):
    """The recipe that watching a fit leaves."""
    import cloudpickle

    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    y = labels(3)
    with watch(folder):
        model.fit(x[:60], y[:60], validation_data=(x[60:], y[60:]), epochs=1, verbose=0)
    (path,) = folder.rglob("recipe.pkl")
    return cloudpickle.loads(path.read_bytes())


def test_a_trial_scales_as_the_script_did_and_so_does_one_of_another_architecture(tmp_path):
    x = far_off()
    inner = keras.Sequential([keras.Input((6,)), scaled()], name="inside")
    head = keras.layers.Dense(3, "softmax")
    model = keras.Sequential([keras.Input((6,)), inner, keras.layers.Dense(8, "relu"), head])
    recipe = recorded(x, model, tmp_path)
    for made in (recipe, remedied(recipe, ("more-layers",))):
        (first, *_) = build(made, 3).layers
        np.testing.assert_allclose(np.asarray(first(x)), np.asarray(inner(x)), atol=1e-5)
    assert len(recipe.start) == len(model.weights) - 3


@pytest.mark.parametrize("axis", [-1, None, (1, 2)])
def test_any_axis(axis):
    x = np.random.default_rng(1).normal(50, 7, (20, 4, 5)).astype("float32")
    model = keras.Sequential([keras.Input((4, 5)), scaled(axis, x)])
    made = keras.saving.deserialize_keras_object(with_adapted(packed(model), model))
    np.testing.assert_allclose(np.asarray(made(x)), np.asarray(model(x)), atol=1e-5)
    assert weights_of(model) == {id(w) for w in model.weights}


def test_what_was_told_at_once_stays_as_it_is():
    layer = keras.layers.Normalization(mean=[1.0] * 6, variance=[2.0] * 6)
    model = keras.Sequential([keras.Input((6,)), layer])
    assert with_adapted(packed(model), model) == packed(model)


@pytest.mark.on_tensorflow
def test_words_are_known_and_what_cannot_be_carried_is_said():
    words = np.array([["red"], ["green"], ["red"]], dtype=object)
    tf = pytest.importorskip("tensorflow")

    lookup = keras.layers.StringLookup(output_mode="one_hot")
    lookup.adapt(words)
    model = keras.Sequential([keras.Input((1,), dtype="string"), lookup])
    made = keras.saving.deserialize_keras_object(with_adapted(packed(model), model))
    rows = tf.constant(words.astype(str))
    np.testing.assert_array_equal(np.asarray(made(rows)), np.asarray(model(rows)))
    counts = keras.layers.StringLookup(output_mode="tf_idf")
    counts.adapt(words)
    other = keras.Sequential([keras.Input((1,), dtype="string"), counts])
    with pytest.raises(NotCarriedError, match="tf-idf"):
        with_adapted(packed(other), other)
