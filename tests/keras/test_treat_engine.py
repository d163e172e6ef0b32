"""What a worker makes of a job: placebos, callbacks of the script, callables, what is refused."""

from __future__ import annotations

import dataclasses
import math

import cloudpickle
import numpy as np
import pytest
from recipes_help import labels, recipe_of_model, table

from valgap.errors import UsageError
from valgap.treatment.engines import compiled
from valgap.treatment.engines.apart import apart
from valgap.treatment.engines.local import LEAST_PATIENCE, PATIENCE, Local
from valgap.treatment.engines.pool import pool_of
from valgap.treatment.engines.training import train
from valgap.treatment.engines.work import Work, read_work, write_work
from valgap.treatment.jobs import DIVERGED, KILLED, OUT_OF_MEMORY, Job
from valgap.treatment.patient import patient_of
from valgap.treatment.plan import Fold

ROWS = np.arange(90)
FOLD = Fold(np.setdiff1d(ROWS, ROWS[::3]), ROWS[::3])


def recipe(units=3, loss="sparse_categorical_crossentropy", y=None, **changes):
    import keras

    head = "softmax" if units > 1 else None
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(units, activation=head)])
    y = labels(units) if y is None else y
    return recipe_of_model(model, table() / 1e5, y, loss=loss, **changes)


def work_of(folder, made, metric="accuracy", of="classes", groups=None, *, scripted=None):
    (folder / "predictions").mkdir()
    path = folder / "work.pkl"
    work = Work(pool_of(made), (FOLD,), metric, of, groups, folder / "predictions", scripted)
    write_work(path, work)
    return path


def predictions(path, *jobs):
    made = [train(path, job) for job in jobs]
    assert [r.error for r in made] == [None] * len(jobs)
    return [np.load(r.predictions) for r in made]


def test_the_same_job_gives_the_same_and_a_placebo_numbers_of_its_own(tmp_path):
    path = work_of(tmp_path, recipe())
    first, again, placebo, other = predictions(
        path, Job((), 0, 5), Job((), 0, 5), Job(("placebo-1",), 0, 5), Job(("placebo-2",), 0, 5)
    )
    assert np.array_equal(first, again)
    assert not np.allclose(first, placebo)
    assert not np.allclose(placebo, other)
    assert first.shape == (30, 3)


def test_the_score_is_of_the_predictions_that_are_kept(tmp_path):
    made = recipe()
    path = work_of(tmp_path, made)
    result = train(path, Job((), 0, 1))
    every = np.concatenate([made.train.y, made.validation.y])
    hits = np.load(result.predictions).argmax(1) == every[FOLD.validation]
    assert result.score == pytest.approx(hits.mean())


def minus_squares(y, p):
    return -float(np.mean((np.ravel(y) - np.ravel(p)) ** 2))


def test_a_callable_on_values_is_given_values(tmp_path):
    y = np.linspace(-3, 3, 90).astype("float32")
    made = recipe(1, "mse", y)
    path = work_of(tmp_path, made, minus_squares, "values")
    result = train(path, Job((), 0, 1))
    assert result.score == pytest.approx(
        minus_squares(y[FOLD.validation], np.load(result.predictions))
    )


def test_a_remedy_that_does_not_apply_says_so_and_one_that_is_not_known(tmp_path):
    path = work_of(tmp_path, recipe())
    assert "cannot be applied" in train(path, Job(("lower-dropout:0.5",), 0, 1)).error
    assert "no remedy" in train(path, Job(("nothing",), 0, 1)).error


def stopping():
    import keras

    return keras.callbacks.EarlyStopping(monitor="val_loss", patience=1)


def test_callbacks_that_monitor_are_shown_training_rows_the_same_for_all(tmp_path):
    made = recipe(callbacks=(stopping(),))
    shown, trained = apart(pool_of(made), FOLD.train, None, 7)
    assert sorted([*shown, *trained]) == list(FOLD.train)
    assert len(shown) == round(0.15 * 60)
    assert not set(shown) & set(FOLD.validation)
    again = apart(pool_of(made), FOLD.train, None, 7)
    assert np.array_equal(again[0], shown)
    assert train(work_of(tmp_path, made), Job(("lower-learning-rate:0.3",), 0, 1)).error is None


def test_groups_are_not_torn_apart_for_callbacks():
    groups = ROWS // 10
    shown, trained = apart(pool_of(recipe(callbacks=(stopping(),))), FOLD.train, groups, 7)
    assert len(shown) >= 9
    assert not set(groups[shown]) & set(groups[trained])


def test_a_schedule_looks_at_nothing():
    import keras

    made = recipe(callbacks=(keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate),))
    shown, trained = apart(pool_of(made), FOLD.train, None, 7)
    assert len(shown) == 0
    assert np.array_equal(trained, FOLD.train)


@pytest.mark.parametrize("given", [labels(3) + 1, labels(3) * 2, labels(2) * 2 - 1])
def test_labels_that_are_no_columns_are_refused_in_one_line(tmp_path, given):
    made = recipe(4, y=given)
    (tmp_path / "recipe.pkl").write_bytes(cloudpickle.dumps(made))
    with pytest.raises(UsageError, match=r"^cannot be treated: expected classes from 0 on"):
        patient_of(tmp_path / "recipe.pkl", "tensorflow")


def too_large(y, p):
    np.ones(1 << 50)


def exhausted(y, p):
    import tensorflow as tf

    raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")


@pytest.mark.parametrize("metric", [too_large, exhausted])
def test_too_little_memory_is_told_as_what_passes(tmp_path, metric):
    made = train(work_of(tmp_path, recipe(), metric), Job((), 0, 1))
    assert (made.score, made.error) == (None, OUT_OF_MEMORY)


@pytest.mark.parametrize(("phase", "least"), [("race", 0), ("final", 2000)])
def test_a_full_disk_is_no_fault_of_the_trial_and_leaves_nothing_half_written(
    tmp_path, phase, least
):
    resource = pytest.importorskip("resource")
    path = work_of(tmp_path, recipe())
    read_work(path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (least, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            train(path, Job((), 0, 1, phase))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "predictions").iterdir()) == []


def killer(y, p):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_a_worker_that_dies_takes_its_own_training_along_and_no_other(tmp_path):
    for name, metric in (("sound", "accuracy"), ("deadly", killer)):
        (tmp_path / name).mkdir()
        engine = Local(work_of(tmp_path / name, recipe(), metric), "tensorflow", workers=2)
        jobs = [Job((), 0, seed) for seed in (1, 2, 3)]
        try:
            made = {r.job: r for r in engine.run(jobs, None)}
        finally:
            engine.close()
        assert set(made) == set(jobs)
        assert {r.error for r in made.values()} == ({None} if name == "sound" else {KILLED})


def test_a_fit_that_takes_long_is_given_the_time_that_it_took_when_it_was_recorded(tmp_path):
    assert Local(tmp_path, "tensorflow", 1)._time(math.inf) == LEAST_PATIENCE
    assert Local(tmp_path, "tensorflow", 1, slowest=1000)._time(math.inf) == 1000 * PATIENCE


def dropped(batch_size=16, **changes):
    """A fit whose variables are of all kinds: weights, statistics, seeds, slots of an optimiser."""
    import keras

    layers = [keras.layers.Dense(8, "relu"), keras.layers.BatchNormalization()]
    layers += [keras.layers.Dropout(0.3), keras.layers.Dense(3, "softmax")]
    model = keras.Sequential([keras.Input((6,)), *layers])
    loss, seen = "sparse_categorical_crossentropy", keras.callbacks.ReduceLROnPlateau("loss")
    made = {"loss": loss, "epochs": 3, "batch_size": batch_size, "callbacks": (seen,)}
    return recipe_of_model(model, table() / 1e5, labels(3), **made | changes)


def test_a_model_compiled_before_begins_as_one_built_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "_kept", {})
    path = work_of(tmp_path, dropped())
    jobs = [Job((), 0, 1), Job((), 0, 2)]
    kept = predictions(path, *jobs)
    assert len(compiled._kept) == 1
    monkeypatch.setattr(compiled, "_begin_again", lambda *_: pytest.fail("nothing is kept"))
    for job, before in zip(jobs, kept, strict=True):
        compiled._kept.clear()
        assert np.array_equal(predictions(path, job)[0], before)


@pytest.mark.on_tensorflow
def test_models_of_other_arms_or_with_code_of_the_users_are_not_taken(monkeypatch):
    monkeypatch.setattr(compiled, "_kept", {})
    patient, other = dropped(), dropped(loss="kl_divergence")
    first = compiled.built(patient, 0)
    assert compiled.built(other, 0) is not first
    assert compiled.built(patient, 1) is first
    own = dropped(custom={"f": len})
    assert compiled.built(own, 0) is not compiled.built(own, 0)


def test_an_epoch_is_a_whole_pass_on_more_rows_too():
    """Recorded were 60 rows in four batches of 16; a study may train on all 90."""
    every = np.arange(90)
    steps = {n: pool_of(recipe(steps_per_epoch=n)).split(every[:5], every) for n in (3, 4, None)}
    assert [made.steps_per_epoch for made in steps.values()] == [3, None, None]


def test_a_split_that_leaves_a_class_out_is_mended_by_a_split_at_random(tmp_path):
    """Rows that train are of classes 0 and 1; a third of those that judge is of class 2."""
    x = np.repeat(np.eye(3, 6, dtype="float32"), 30, axis=0)
    y = np.repeat(np.arange(3), 30)
    import keras

    made = recipe(epochs=60, optimizer=keras.optimizers.Adam(0.05))
    split = {"train": made.train, "validation": made.validation}
    parts = {"train": slice(0, 60), "validation": slice(60, 90)}
    split = {k: dataclasses.replace(v, x=x[parts[k]], y=y[parts[k]]) for k, v in split.items()}
    path = work_of(tmp_path, dataclasses.replace(made, **split), scripted=60)
    patient, mended = (train(path, Job(arms, 0, 1)) for arms in ((), ("shuffled-split",)))
    assert patient.score == pytest.approx(2 / 3)
    assert mended.score == 1.0


def test_a_model_that_diverges_knows_nothing_and_can_be_treated(tmp_path):
    import keras

    y = np.linspace(-3, 3, 90).astype("float32")
    for name, units, loss, of, expected in (
        ("classes", 3, "sparse_categorical_crossentropy", "balanced_accuracy", 1 / 3),
        ("values", 1, "mse", "mae", None),
    ):
        (tmp_path / name).mkdir()
        rate = keras.optimizers.SGD(float("nan"))
        made = recipe(units, loss, None if units > 1 else y, optimizer=rate)
        kind = "classes" if units > 1 else "values"
        result = train(work_of(tmp_path / name, made, of, kind), Job((), 0, 1))
        assert (result.error, result.note) == (None, DIVERGED)
        known = np.mean(np.abs(y[FOLD.validation] - y[FOLD.train].mean()))
        assert result.score == pytest.approx(known if expected is None else expected)
        assert np.isfinite(np.load(result.predictions)).all()


def test_the_script_is_made_again_with_the_split_that_helped():
    from valgap.refitting import _dealt_again

    made = recipe()
    assert _dealt_again(made, ("adam",), 1) is made
    again = _dealt_again(made, ("adam", "stratified-split"), 1)
    assert (again.train.count, again.validation.count) == (60, 30)
    every = np.concatenate([again.train.x, again.validation.x])
    before = np.concatenate([made.train.x, made.validation.x])
    np.testing.assert_array_equal(np.sort(every, axis=0), np.sort(before, axis=0))
    assert not np.isin(again.train.x[:, 0], made.train.x[:, 0]).all()
