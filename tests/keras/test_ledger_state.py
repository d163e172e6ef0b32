"""The ledger leaves model, optimiser, layers and random states exactly as they were."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from ledger_help import noise

from valgap.evidence.records import TargetRecord
from valgap.ledger import rows as rows_room
from valgap.session import Session

X, XV = noise(64), noise(48, seed=1)
C, CV = (X[:, 0] > 0).astype("int32"), (XV[:, 0] > 0).astype("int32")


class Borrowed(keras.Model):
    """Sub-classed: it cannot be cloned, so the user's own object is measured."""

    def __init__(self):
        super().__init__()
        self.dense, self.norm = layers.Dense(6), layers.BatchNormalization(momentum=0.9)
        self.drop, self.out = layers.Dropout(0.3), layers.Dense(2, activation="softmax")
        self.recurrent = layers.LSTM(3, stateful=True)

    def call(self, x, training=None):
        hidden = self.drop(self.norm(self.dense(x), training=training), training=training)
        return self.out(self.recurrent(hidden[:, None, :]))


def cloned():
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(6, kernel_regularizer="l2", trainable=False),
            layers.BatchNormalization(momentum=0.9),
            layers.Dropout(0.3),
            layers.Dense(2, activation="softmax"),
        ]
    )


def random_states():
    context = tf.python.eager.context.context() if hasattr(tf, "python") else None
    own = getattr(context, "_rng", None)
    numpy_state = np.random.get_state()
    seed = keras.src.backend.common.global_state.get_global_attribute("global_seed_generator")
    names = keras.src.backend.common.global_state.get_global_attribute("object_name_uids")
    return (
        random.getstate(),
        numpy_state[1].tobytes(),
        numpy_state[2],
        None if own is None else own.getstate(),
        None if seed is None else np.asarray(seed.state).tobytes(),
        dict(names),
    )


def state_of(model):
    every = model._flatten_layers(include_self=True)
    return {
        "variables": [np.asarray(v).tobytes() for v in model.variables],
        "carried": [
            np.asarray(v).tobytes()
            for layer in every
            for v in keras.tree.flatten(getattr(layer, "states", None))
            if v is not None
        ],
        "optimizer": [np.asarray(v).tobytes() for v in model.optimizer.variables],
        "metrics": {m.name: [np.asarray(v).tobytes() for v in m.variables] for m in model.metrics},
        "trainable": [(layer.name, layer.trainable) for layer in every],
        "momentum": [getattr(layer, "momentum", None) for layer in every],
        "attributes": [sorted(vars(layer)) for layer in every],
        "calls": ["call" in vars(layer) for layer in every],
        "compiled": model.compiled,
        "loss": id(model._compile_loss),
        "weights": [id(v) for v in model.weights],
    }


def watched_fit(model, tmp_path):
    keras.utils.set_random_seed(5)
    model.compile(
        keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    session = Session(TargetRecord("script.py"), root=tmp_path)
    session.install()
    model.fit(X, C, validation_data=(XV, CV), epochs=3, batch_size=16, verbose=0)
    return session


@pytest.mark.parametrize("make", [cloned, Borrowed], ids=["cloned", "borrowed"])
@pytest.mark.parametrize("raises", [False, True], ids=["measured", "raising"])
def test_all_is_as_it_was_after_the_ledger(make, raises, tmp_path, monkeypatch):
    keras.utils.set_random_seed(5)
    model = make()
    session = watched_fit(model, tmp_path)
    if raises:
        monkeypatch.setattr(rows_room, "_interaction", lambda *_: 1 / 0)
    before, drawn_before = state_of(model), random_states()
    (ledger,) = session.finish("finished", 0).ledgers
    assert (ledger.unmeasured is not None) == raises
    if raises:
        assert "ZeroDivisionError" in ledger.unmeasured
        assert any("Traceback" in note for note in ledger.notes)
    assert state_of(model) == before
    assert random_states() == drawn_before


def test_a_model_can_be_trained_on_after_its_ledger_and_ends_where_it_would_have(tmp_path):
    def trained(watch):
        keras.utils.set_random_seed(5)
        model = Borrowed()
        if watch:
            watched_fit(model, tmp_path).finish("finished", 0)
        else:
            keras.utils.set_random_seed(5)
            rate = keras.optimizers.Adam(0.01)
            model.compile(rate, "sparse_categorical_crossentropy", metrics=["accuracy"])
            model.fit(X, C, validation_data=(XV, CV), epochs=3, batch_size=16, verbose=0)
        model.fit(X, C, epochs=2, batch_size=16, verbose=0)
        return np.concatenate([w.ravel() for w in model.get_weights()])

    np.testing.assert_allclose(trained(watch=True), trained(watch=False), rtol=1e-5, atol=1e-6)
