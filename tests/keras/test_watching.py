"""valgap from Python: the block and the callback see the same, and both survive an exception."""

from functools import partial

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import assert_closes, last, noise, row

import valgap
from valgap.errors import UsageError
from valgap.evidence.records import TargetRecord
from valgap.observe.known import read_known
from valgap.session import Session
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


def of_clips(count, each, seed):
    """Rows that are all but alike within their clip, with classes, clips and kinds of them."""
    x = np.repeat(noise(count, seed=seed), each, axis=0)
    clip = np.repeat(np.arange(count), each)
    return x + 0.01 * noise(len(x), seed=9), clip % 2, clip + 100 * seed, clip % 4


def classified(train, held_out, **more):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(*train[:2], validation_data=held_out[:2], epochs=2, verbose=0, **more)


INSIDE, HELD_OUT = of_clips(16, 12, 1), of_clips(12, 8, 2)
CLIPS, PARTS = (INSIDE[2], HELD_OUT[2]), (INSIDE[3], HELD_OUT[3])


def test_groups_that_are_told_of_are_counted_and_widen_what_rows_alike_made_narrow(tmp_path):
    shared = (INSIDE[2], np.where(HELD_OUT[2] == 200, 100, HELD_OUT[2]))
    with valgap.watch(tmp_path, groups=shared) as run:
        classified(INSIDE, HELD_OUT)
    with valgap.watch(tmp_path) as without:
        classified(INSIDE, HELD_OUT)
    found = run.stored.rows_of(0).neighbours.given
    assert (found.train, found.validation, found.across, found.rows_across) == (16, 12, 1, 8)
    assert found.fewest == 8
    assert without.stored.rows_of(0).neighbours.given is None
    by_group, by_row = (row(last(r.ledgers[0]), "generalisation") for r in (run, without))
    assert by_group.delta == pytest.approx(by_row.delta, abs=1e-6)
    assert by_group.high - by_group.low > 2 * (by_row.high - by_row.low)


def test_recall_is_by_the_sub_classes_that_are_told_of(tmp_path):
    with valgap.watch(tmp_path, subclasses=PARTS) as run:
        classified(INSIDE, HELD_OUT)
    found = {one.class_name: one for one in run.stored.rows_of(0).subclasses}
    assert {name: (one.source, set(one.recalls)) for name, one in found.items()} == {
        "0": ("given", {"0", "2"}),
        "1": ("given", {"1", "3"}),
    }


def test_groups_of_other_rows_are_noted_and_cost_nothing_else(tmp_path):
    with valgap.watch(tmp_path, groups=(np.zeros(7), CLIPS[1])) as run:
        classified(INSIDE, HELD_OUT)
    told = "groups of train: expected 192 labels, one a row, received shape (7,)"
    assert run.stored.record.notes == (told,)
    assert told in run.report()
    assert run.stored.rows_of(0).neighbours.given is None
    assert_closes(last(run.ledgers[0]))


def test_of_several_fits_those_of_as_many_rows_have_the_groups(tmp_path):
    with valgap.watch(tmp_path, groups=CLIPS) as run:
        classified([part[:60] for part in INSIDE], HELD_OUT)
        classified(INSIDE, HELD_OUT)
    given = [run.stored.rows_of(fit).neighbours.given for fit in (0, 1)]
    assert [found is None for found in given] == [True, False]
    assert run.stored.record.notes == ()


def test_a_file_of_groups_that_was_never_written_is_noted_and_the_run_is_kept(tmp_path):
    session = Session(TargetRecord("script.py"), root=tmp_path)
    session.known = partial(read_known, tmp_path / "known.npz")
    session.install()
    classified(INSIDE, HELD_OUT)
    stored = session.finish("finished", 0)
    (note,) = stored.record.notes
    assert note.startswith(f"{tmp_path / 'known.npz'}: expected an .npz file of arrays, ")
    assert_closes(last(stored.ledgers[0]))


def test_groups_that_are_no_pair_are_refused_before_the_block_begins(tmp_path):
    before = keras.Model.fit
    with (
        pytest.raises(UsageError, match="groups: expected a pair"),
        valgap.watch(tmp_path, groups=CLIPS[0]),
    ):
        pytest.fail("the block was entered")
    assert keras.Model.fit is before


def test_a_run_is_loaded_again_as_it_was(tmp_path):
    with valgap.watch(tmp_path) as run:
        compiled(metrics=["mae"]).fit(X, Y, **DATA)
    again = valgap.load(root=tmp_path)
    assert again.fits == run.fits
    assert again.ledgers == run.ledgers
    assert np.isfinite(again.ledgers[0].seconds)
