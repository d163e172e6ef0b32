"""Layers that learn from data outside of fit keep what they learned in the clone."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from valgap.ledger.clone import clone_of  # noqa: E402


def far_off(rows=64):
    return np.random.default_rng(0).normal(50, 7, (rows, 3)).astype("float32")


def cloned(model):
    trainable = {layer.path: layer.trainable for layer in model._flatten_layers()}
    clone = clone_of(model, trainable)
    clone.load([np.array(weight) for weight in model.weights])
    return clone


def test_an_adapted_normalization_computes_the_same_in_the_clone():
    x = far_off()
    scale = keras.layers.Normalization()
    scale.adapt(x)
    model = keras.Sequential([keras.Input((3,)), scale, keras.layers.Dense(2)])
    clone = cloned(model)
    ours, theirs = (keras.ops.convert_to_numpy(each(x)) for each in (clone.model, model))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    clone.close()


@pytest.mark.on_tensorflow
def test_a_lookup_keeps_its_vocabulary_in_the_clone():
    words = np.array([["red"], ["green"], ["red"], ["blue"]], dtype=object)
    lookup = keras.layers.StringLookup(output_mode="one_hot")
    lookup.adapt(words)
    model = keras.Sequential([keras.Input((1,), dtype="string"), lookup, keras.layers.Dense(2)])
    import tensorflow as tf

    given = tf.constant(words.astype(str))
    clone = cloned(model)
    np.testing.assert_allclose(np.asarray(clone.model(given)), np.asarray(model(given)), rtol=1e-5)
    clone.close()
