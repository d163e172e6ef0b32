"""Rows of a study: joined once, written aside, mapped into memory, and the same as before."""

from __future__ import annotations

import dataclasses

import cloudpickle
import ml_dtypes
import numpy as np
import pytest
from recipes_help import labels, recipe_of_model, same, table

from valgap.experiments.weighting import resplit
from valgap.treatment.engines.aside import Aside, mapped
from valgap.treatment.engines.parts import parts_of, work_from
from valgap.treatment.engines.pool import pool_of
from valgap.treatment.engines.work import Work
from valgap.treatment.plan import Fold

HELD_OUT, TRAINED = np.arange(0, 90, 3), np.setdiff1d(np.arange(90), np.arange(0, 90, 3))
WEIGHTS = {0: 1.0, 1: 2.0, 2: 0.5}


def recipe(**changes):
    import keras

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, activation="softmax")])
    loss = "sparse_categorical_crossentropy"
    return recipe_of_model(model, table(), labels(3), loss=loss, **changes)


def weighted():
    made = recipe()
    w = np.array([WEIGHTS[int(label)] for label in made.train.y])
    return dataclasses.replace(
        made, train=dataclasses.replace(made.train, w=w), class_weight=WEIGHTS
    )


@pytest.mark.parametrize(
    "make",
    [recipe, lambda: recipe(w=np.linspace(0.5, 2, 60)), lambda: recipe(fed=2), weighted],
    ids=["plain", "weights", "draws", "class weights"],
)
def test_a_pool_splits_as_experiments_do(make):
    made = make()
    split = pool_of(made).split(HELD_OUT, TRAINED)
    assert same(split, resplit(made, HELD_OUT, TRAINED))


def test_rows_of_a_pool_are_read_from_files_that_nobody_can_write_to(tmp_path):
    pool = pool_of(recipe())
    again = cloudpickle.loads(Aside(tmp_path / "rows", least=1).dumps(pool))
    assert np.array_equal(again.every.x, pool.every.x)
    assert isinstance(again.every.x.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        again.every.x[0] = 1
    split = again.split(HELD_OUT, TRAINED)
    assert split.train.x.flags.writeable  # a remedy has rows of its own
    assert same(split, pool.split(HELD_OUT, TRAINED))


def test_a_work_in_parts_is_put_together_on_the_arrays_as_they_lie_there(tmp_path):
    fold = Fold(TRAINED, HELD_OUT)
    work = Work(pool_of(recipe()), (fold,), "accuracy", "classes", None, tmp_path)
    head, *large = parts_of(work, least=work.pool.every.x.nbytes)
    assert [part.nbytes for part in large] == [work.pool.every.x.nbytes]
    assert np.shares_memory(large[0], work.pool.every.x)
    lying = large[0].copy()
    lying.flags.writeable = False
    again = work_from([head, lying])
    assert same(again, work)
    assert np.shares_memory(again.pool.every.x, lying)
    with pytest.raises(ValueError, match="read-only"):
        again.pool.every.x[0] = 1


def test_what_a_file_cannot_hold_as_it_is_and_what_is_small_goes_along(tmp_path):
    rows = {
        "words": np.array(["a", None, "b"] * 50, dtype=object),
        "narrow": np.arange(200).astype(ml_dtypes.bfloat16),
        "few": np.arange(3),
        "many": np.asfortranarray(np.arange(400.0).reshape(20, 20)),
    }
    data = Aside(tmp_path / "rows", least=100).dumps(rows)
    assert [p.name for p in (tmp_path / "rows").iterdir()] == ["0.npy"]
    again = cloudpickle.loads(data)
    for name, array in rows.items():
        assert again[name].dtype == array.dtype
        assert np.array_equal(again[name], array)


def test_rows_that_are_gone_raise_what_a_missing_file_does(tmp_path):
    with pytest.raises(FileNotFoundError):
        mapped(str(tmp_path / "0.npy"))
