"""A fit that was stopped goes on where it was kept: nothing twice, nothing lost."""

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import noise

from valgap.evidence.records import TargetRecord
from valgap.evidence.store import load_run
from valgap.observe import backup
from valgap.session import Session

X, XV = noise(64), noise(48, seed=1)
Y, YV = X[:, :1].copy(), XV[:, :1].copy()
EPOCHS = 6
DATA = {"validation_data": (XV, YV), "verbose": 0, "shuffle": False, "batch_size": 16}


@pytest.fixture(autouse=True)
def every_epoch_is_kept(monkeypatch):
    monkeypatch.setattr(backup, "PRICE", 0.0)


class Stopping(keras.callbacks.Callback):
    def __init__(self, at):
        super().__init__()
        self.at = at

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.at:
            raise KeyboardInterrupt


def model_of(seed=1):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "tanh"), layers.Dense(1)])
    schedule = keras.optimizers.schedules.ExponentialDecay(0.05, 4, 0.9)
    model.compile(keras.optimizers.Adam(schedule), "mse")
    return model


def watched(root, script, resumed=None, status="interrupted"):
    """Runs a function under observation; gives back what it returned, and the stored run."""
    session = Session(TargetRecord("script.py"), root=root, draw_ledger=False)
    session.resumed = resumed
    session.install()
    try:
        told = script()
    except KeyboardInterrupt:
        told = None
    return told, session.finish(status, 0)


def fitted(model, stop_at=None, epochs=EPOCHS):
    callbacks = [] if stop_at is None else [Stopping(stop_at)]
    return model.fit(X, Y, epochs=epochs, callbacks=callbacks, **DATA)


@pytest.mark.parametrize("stop_at", [1, 3, 5])
def test_a_stopped_fit_ends_as_one_that_was_never_stopped(tmp_path, stop_at):
    whole = model_of()
    expected = fitted(whole)
    _, before = watched(tmp_path, lambda: fitted(model_of(), stop_at))
    assert [e.epoch for e in before.fits[0].epochs] == list(range(stop_at))
    again = model_of(seed=2)  # weights of its own, which are not to be trained
    history, after = watched(tmp_path, lambda: fitted(again), before, "finished")
    assert [e.epoch for e in after.fits[0].epochs] == list(range(EPOCHS))
    assert history.epoch == list(range(EPOCHS))
    assert np.allclose(history.history["loss"], expected.history["loss"], rtol=1e-4)
    assert np.allclose(history.history["val_loss"], expected.history["val_loss"], rtol=1e-4)
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        assert np.allclose(one, other, rtol=1e-4, atol=1e-6)
    assert f"goes on after epoch {stop_at}" in " ".join(after.fits[0].notes)


def test_a_fit_that_had_ended_is_not_trained_again(tmp_path):
    def script(stop_at):
        first, second = model_of(), model_of(seed=3)
        history = fitted(first, epochs=3)
        fitted(second, stop_at)
        return first, history

    _, before = watched(tmp_path, lambda: script(2))
    assert before.fits[0].status == "finished"
    (first, history), after = watched(tmp_path, lambda: script(None), before, "finished")
    assert history.epoch == [0, 1, 2]
    assert first.optimizer.iterations == 12
    assert [len(fit.epochs) for fit in after.fits] == [3, EPOCHS]
    assert not list(tmp_path.glob(f"runs/{after.record.id}/fits/*/backup"))


def test_another_fit_of_the_model_begins_at_its_own_first_epoch(tmp_path):
    def script(stop_at):
        model = model_of()
        fitted(model, stop_at)
        return fitted(model, epochs=2)

    _, before = watched(tmp_path, lambda: script(3))
    history, after = watched(tmp_path, lambda: script(None), before, "finished")
    assert history.epoch == [0, 1]
    assert [e.epoch for e in after.fits[1].epochs] == [0, 1]


def test_a_model_that_was_changed_begins_anew_and_it_is_said(tmp_path):
    _, before = watched(tmp_path, lambda: fitted(model_of(), 3))
    other = keras.Sequential([keras.Input((6,)), layers.Dense(5), layers.Dense(1)])
    other.compile("adam", "mse")
    own, seen = other.get_weights(), []
    looking = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: seen.extend(other.get_weights())
    )

    def script():
        return other.fit(X, Y, epochs=EPOCHS, callbacks=[looking], **DATA)

    history, after = watched(tmp_path, script, before, "finished")
    assert all(map(np.array_equal, own, seen))
    assert history.epoch == list(range(EPOCHS))
    assert any("cannot go on" in note for note in after.fits[0].notes)


def test_the_state_is_kept_as_often_as_it_is_worth_and_no_trace_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "PRICE", 1e9)
    saved = []
    monkeypatch.setattr(
        keras.callbacks.BackupAndRestore, "on_epoch_end", lambda *args, **_: saved.append(args[1])
    )
    _, run = watched(tmp_path, lambda: fitted(model_of()), status="finished")
    assert saved == [0]
    assert load_run(run.path).fits[0].status == "finished"
    assert not list(run.path.glob("fits/*/backup"))


def test_a_state_that_cannot_be_kept_costs_the_fit_nothing(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.callbacks.BackupAndRestore, "on_epoch_end", full)
    history, run = watched(tmp_path, lambda: fitted(model_of()), status="finished")
    assert history.epoch == list(range(EPOCHS))
    assert any("No space" in note for note in run.fits[0].notes)
