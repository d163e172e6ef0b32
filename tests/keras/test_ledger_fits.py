"""Fits of every kind: what is recorded, what is said, and that none costs another its account."""

import threading

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import assert_closes, fitted, last, noise, row, statuses, watched

from valgap.observe.weights import WeightKeeper

X, XV = noise(64), noise(48, seed=1)
C, CV = (X[:, 0] > 0).astype("int32"), (XV[:, 0] > 0).astype("int32")
VALIDATED = {"validation_data": (XV, CV), "epochs": 2, "verbose": 0}


def small(**optimizer):
    keras.utils.set_random_seed(6)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(4, activation="tanh"),
            layers.Dropout(0.2),
            layers.Dense(2, activation="softmax"),
        ]
    )
    adam = keras.optimizers.Adam(0.02, **optimizer)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def drawn(**arguments):
    return fitted(small(), X, C, **VALIDATED | arguments)


def test_without_validation_the_training_rows_are_measured_and_the_rest_is_said():
    account = last(drawn(validation_data=None))
    assert account.validation is None
    assert row(account, "noise-layers").status == "measured"
    assert row(account, "generalisation").reason == "there was no validation data"
    assert row(account, "unaccounted").reason == "no validation figure was logged"


def test_an_epoch_that_was_not_validated_has_rows_but_nothing_to_account_for():
    account = last(drawn(epochs=3, validation_freq=2))
    assert account.epoch == 2
    assert account.validation is None
    assert row(account, "generalisation").status == "measured"
    assert row(account, "unaccounted").status == "unmeasured"


def test_epochs_are_counted_from_the_initial_epoch():
    ledger = drawn(initial_epoch=3, epochs=5)
    assert last(ledger).epoch == 4
    assert_closes(last(ledger))


def test_a_fit_of_no_epochs_is_recorded_and_has_no_ledger():
    stored = watched(lambda: small().fit(X, C, **VALIDATED | {"epochs": 0}))
    assert stored.fits[0].status == "finished"
    assert stored.ledgers[0].unmeasured == "no epoch came to its end"


class Raising(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if len(self.model.history.epoch) == 1:
            raise RuntimeError("in the middle of the second epoch")


def test_a_fit_that_raises_in_its_second_epoch_keeps_the_account_of_its_first():
    stored = watched(lambda: small().fit(X, C, **VALIDATED, callbacks=[Raising()]))
    assert stored.record.status == stored.fits[0].status == "raised"
    assert stored.fits[0].error == "RuntimeError: in the middle of the second epoch"
    assert [e.epoch for e in stored.fits[0].epochs] == [0]
    assert_closes(last(stored.ledgers[0]))


def test_a_fit_that_raises_at_once_is_recorded_with_its_error_on_one_plain_line():
    stored = watched(lambda: small().fit(X[:, :3], C, **VALIDATED))
    assert stored.fits[0].status == "raised"
    assert stored.fits[0].epochs == ()
    assert "expected axis -1 of input shape to have value 6" in stored.fits[0].error
    assert not set("\n\x1b") & set(stored.fits[0].error)


def test_a_loss_that_is_no_number_is_said_to_be_none_in_every_row():
    spoilt = X.copy()
    spoilt[3] = np.nan
    ledger = fitted(small(), spoilt, C, **VALIDATED)
    account = last(ledger)
    assert set(statuses(account).values()) == {"unmeasured"}
    assert {r.reason for r in account.rows} == {"the figure is not a number"}


def test_a_validation_loss_that_is_no_number_leaves_the_training_rows():
    spoilt = XV.copy()
    spoilt[3] = np.nan
    account = last(drawn(validation_data=(spoilt, CV)))
    assert row(account, "noise-layers").status == "measured"
    assert row(account, "generalisation").reason == "the figure is not a number"
    assert row(account, "generalisation").delta is None


def test_two_fits_of_one_model_have_two_accounts():
    def run():
        model = small()
        model.fit(X, C, **VALIDATED)
        model.fit(X, C, **VALIDATED | {"initial_epoch": 2, "epochs": 4})

    stored = watched(run)
    assert [last(ledger).epoch for ledger in stored.ledgers] == [1, 3]
    for ledger in stored.ledgers:
        assert_closes(last(ledger))


def test_a_model_that_is_compiled_anew_has_an_account_by_each_loss():
    one_hot, held_out = np.eye(2, dtype="float32")[C], (XV, np.eye(2, dtype="float32")[CV])

    def run():
        model = small()
        model.fit(X, C, **VALIDATED)
        model.compile("sgd", "mse", metrics=["mae"])
        model.fit(X, one_hot, **VALIDATED | {"validation_data": held_out})

    first, second = watched(run).ledgers
    assert {a.metric for a in first.accounts} == {"loss", "accuracy"}
    assert {a.metric for a in second.accounts} == {"loss", "mae"}
    for account in (last(first), last(first, "accuracy"), last(second), last(second, "mae")):
        assert_closes(account)


def test_folds_in_a_loop_are_one_study_and_each_closes_though_its_model_is_gone():
    def run():
        for fold in range(3):
            small().fit(X[fold::3], C[fold::3], **VALIDATED)
            keras.utils.clear_session()

    stored = watched(run)
    assert len({fit.study for fit in stored.fits}) == 1
    assert stored.fits[0].study is not None
    for ledger in stored.ledgers:
        assert_closes(last(ledger))


def test_a_fit_within_a_callback_of_a_fit_is_told_from_it():
    class Inner(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            small().fit(XV, CV, epochs=1, verbose=0, validation_data=(X, C))

    stored = watched(lambda: small().fit(X, C, **VALIDATED, callbacks=[Inner()]))
    assert [len(fit.epochs) for fit in stored.fits] == [2, 1, 1]
    assert {fit.status for fit in stored.fits} == {"finished"}
    for ledger in stored.ledgers:
        assert_closes(last(ledger))


def test_fits_in_two_threads_are_not_taken_for_each_other():
    def run():
        models = [(small(), epochs) for epochs in (2, 5)]
        threads = [
            threading.Thread(target=model.fit, args=(X, C), kwargs=VALIDATED | {"epochs": epochs})
            for model, epochs in models
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    stored = watched(run)
    assert sorted(len(fit.epochs) for fit in stored.fits) == [2, 5]
    for fit, ledger in zip(stored.fits, stored.ledgers, strict=True):
        assert fit.arguments["epochs"] == str(len(fit.epochs))
        assert_closes(last(ledger))


@pytest.mark.parametrize("split", ["train", "validation"])
def test_arrays_changed_in_place_after_the_fit_are_said_and_never_measured(split):
    def run():
        x, held_out = X.copy(), XV.copy()
        small().fit(x, C, **VALIDATED | {"validation_data": (held_out, CV)})
        (x if split == "train" else held_out)[:] = 0

    account = last(watched(run).ledgers[0])
    changed = row(account, "noise-layers" if split == "train" else "validation-pipeline")
    assert changed.status == ("merged" if split == "train" else "unmeasured")
    assert "changed in place" in changed.reason
    if split == "train":  # the merged row has no interval: its training rows are not known
        assert row(account, "generalisation").low is None


@pytest.mark.parametrize("change", ["layers", "compile"])
def test_a_model_changed_after_the_fit_is_said_or_makes_no_difference(change):
    def run():
        model = small()
        model.fit(X, C, **VALIDATED)
        if change == "compile":
            model.compile("sgd", "mse")
        else:
            model.pop()
            model.add(layers.Dense(3))

    (ledger,) = watched(run).ledgers
    if change == "compile":
        assert_closes(last(ledger))
    else:
        assert ledger.unmeasured == "the script changed the model's layers after the fit"


def test_positional_arguments_and_a_callback_list_are_seen_as_keras_sees_them():
    def run():
        model = small()
        own = keras.callbacks.CallbackList([], add_history=True, model=model, epochs=2)
        model.fit(X, C, 16, 2, 0, own, 0.25)

    stored = watched(run)
    assert stored.fits[0].train.batch_size == 16
    assert (stored.fits[0].train.rows, stored.fits[0].validation.rows) == (48, 16)
    assert_closes(last(stored.ledgers[0]))


def test_train_on_batch_is_not_recorded_and_that_is_said():
    def run():
        model = small()
        model.fit(X, C, **VALIDATED)
        for _ in range(3):
            model.train_on_batch(X, C)

    stored = watched(run)
    (note,) = stored.record.notes
    assert note.startswith("sequential")
    assert "was trained by train_on_batch (line" in note
    assert note.endswith("of test_ledger_fits.py): only fit is recorded")
    assert_closes(last(stored.ledgers[0]))  # of the weights of the fit, not of those after it


@pytest.mark.parametrize("on_epoch", [False, True], ids=["evaluation", "epoch"])
def test_weights_swapped_for_evaluation_stand_in_the_validation_pipeline(on_epoch):
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=on_epoch)
    averaged = small(use_ema=True, ema_momentum=0.9)
    ledger = fitted(averaged, X, C, **VALIDATED | {"epochs": 4}, callbacks=[swap])
    account = last(ledger)
    assert_closes(account)
    if not on_epoch:
        assert row(account, "validation-pipeline").delta != 0.0


def test_the_last_epoch_is_measured_with_its_own_weights_not_with_those_restored():
    rising = np.where(np.arange(48) % 2, CV, 1 - CV)  # half of the labels wrong: it gets worse
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    model = small()
    ledger = fitted(
        model, X, C, epochs=40, validation_data=(XV, rising), callbacks=[stop], batch_size=8
    )
    account = last(ledger)
    assert_closes(account)
    best = next(a for a in ledger.accounts if "best" in a.roles and a.metric == "loss")
    assert best.epoch < account.epoch
    restored = model.evaluate(XV, rising, verbose=0)[0]
    assert best.validation == pytest.approx(restored, abs=1e-6)
    assert account.validation != pytest.approx(restored, abs=1e-4)


def test_a_sample_says_how_many_rows_it_took_and_its_unaccounted_interval_is_wider():
    x, held_out = noise(2000, seed=3), noise(1500, seed=4)
    y, z = (x[:, 0] > 0).astype("int32"), (held_out[:, 0] > 0).astype("int32")
    ledger = fitted(small(), x, y, validation_data=(held_out, z), epochs=2, rows=300)
    sample = ledger.sample
    assert (sample.train_total, sample.validation_total) == (2000, 1500)
    assert 0 < sample.train <= 300
    assert 0 < sample.validation <= 300
    unaccounted = row(last(ledger), "unaccounted")
    assert unaccounted.high - unaccounted.low > 0.005


def test_one_row_a_split_closes_without_an_interval():
    account = last(fitted(small(), X[:1], C[:1], validation_data=(XV[:1], CV[:1]), epochs=2))
    assert_closes(account)
    assert row(account, "generalisation").low is None


def test_an_epoch_that_was_not_validated_is_not_ranked_among_those_that_were(monkeypatch):
    offered = []
    offer = WeightKeeper.offer

    def seen(keeper, epoch, weights, figure, *rest):
        offered.append(figure)
        return offer(keeper, epoch, weights, figure, *rest)

    monkeypatch.setattr(WeightKeeper, "offer", seen)
    stored = watched(lambda: small().fit(X, C, **VALIDATED | {"epochs": 4, "validation_freq": 2}))
    logged = [e.logs.get("val_loss") for e in stored.fits[0].epochs]
    assert offered == logged
    assert [figure is None for figure in offered] == [True, False, True, False]
