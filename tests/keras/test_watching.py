"""valgap from Python: the block and the callback see the same, and both survive an exception."""

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import assert_closes, last, noise, row

import valgap
from valgap.errors import UsageError
from valgap.watching import Watch

X, XV = noise(64), noise(48, seed=1)
Y, YV = X[:, :1].copy(), XV[:, :1].copy()
DATA = {"validation_data": (XV, YV), "epochs": 2, "verbose": 0}


def compiled(**settings):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", **settings)
    return model


class Raising(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise RuntimeError("stopped")


def test_a_block_gives_ledgers_and_a_diagnosis(tmp_path):
    with valgap.watch(tmp_path) as run:
        compiled().fit(X, Y, **DATA)
    assert_closes(last(run.ledgers[0]))
    assert run.fits[0].status == "finished"
    assert run.diagnosis is not None


def test_a_block_that_raises_keeps_what_was_seen_and_raises_on(tmp_path):
    with pytest.raises(RuntimeError, match="stopped"), valgap.watch(tmp_path) as run:
        compiled().fit(X, Y, **DATA, callbacks=[Raising()])
    assert run.fits[0].status == "raised"
    assert_closes(last(run.ledgers[0]))


def test_a_block_without_a_fit_says_so_in_one_line(tmp_path):
    with valgap.watch(tmp_path) as run:
        pass
    with pytest.raises(UsageError, match="no call of fit was seen"):
        _ = run.fits


def test_keras_is_as_it_was_after_the_block(tmp_path):
    names = ("fit", "compile", "train_on_batch")
    before = [getattr(keras.Model, name) for name in names]
    with valgap.watch(tmp_path):
        assert [getattr(keras.Model, name) for name in names] != before
    assert [getattr(keras.Model, name) for name in names] == before


def test_the_callback_sees_what_the_block_sees(tmp_path):
    watch = Watch(tmp_path / "callback")
    compiled().fit(X, Y, **DATA, callbacks=[watch])
    with valgap.watch(tmp_path / "block") as run:
        compiled().fit(X, Y, **DATA)
    ours, theirs = last(watch.run.ledgers[0]), last(run.ledgers[0])
    assert_closes(ours)
    assert [r.delta for r in ours.rows] == pytest.approx([r.delta for r in theirs.rows], abs=1e-6)


def test_the_callback_keeps_the_epochs_of_a_fit_that_raised(tmp_path):
    watch = Watch(tmp_path)
    with pytest.raises(RuntimeError, match="stopped"):
        compiled().fit(X, Y, **DATA | {"epochs": 4}, callbacks=[watch, Raising()])
    (fit,) = watch.run.fits
    assert fit.status == "interrupted"
    assert "the end of this fit was not seen: it may have raised" in fit.notes
    assert [e.epoch for e in fit.epochs] == [0, 1]
    assert_closes(last(watch.run.ledgers[0]))


def test_the_callback_sees_a_validation_split(tmp_path):
    watch = Watch(tmp_path)
    compiled().fit(X, Y, validation_split=0.25, epochs=2, verbose=0, callbacks=[watch])
    account = last(watch.run.ledgers[0])
    assert_closes(account)
    assert row(account, "generalisation").n == 16


def test_a_run_is_loaded_again_as_it_was(tmp_path):
    with valgap.watch(tmp_path) as run:
        compiled(metrics=["mae"]).fit(X, Y, **DATA)
    again = valgap.load(root=tmp_path)
    assert again.fits == run.fits
    assert again.ledgers == run.ledgers
    assert np.isfinite(again.ledgers[0].seconds)
