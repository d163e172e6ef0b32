"""Loops over `fit` at one call site: models built anew, and one that is trained on."""

import tempfile
from pathlib import Path

import keras
import numpy as np

from valgap.evidence.records import TargetRecord
from valgap.session import Session

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def built():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


def goes_on(models):
    """Whether the last of several fits at one call site goes on where another ended."""
    session = Session(TargetRecord("script.py"), root=Path(tempfile.mkdtemp()), draw_ledger=False)
    session.install()
    for model in models:
        model.fit(X, Y, epochs=1, verbose=0, validation_data=(X, Y))
    session.uninstall()
    return session.measuring(session._watch.store).shares_its_model(session._watch.fits[-1])


def test_a_model_that_is_fitted_epoch_by_epoch_shares_its_model():
    assert goes_on([built()] * 3)


def test_models_that_are_built_anew_for_each_seed_do_not_go_on():
    assert not goes_on([built() for _ in range(3)])


def test_a_model_that_is_fitted_once_does_not_go_on():
    assert not goes_on([built()])
