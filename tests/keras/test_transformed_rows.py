"""Training rows as the random transforms that a model begins with change them."""

import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest

from valgap.evidence.records import TargetRecord
from valgap.evidence.rows import RowsRecord
from valgap.ledger.plan import Budget
from valgap.ledger.probes import gather
from valgap.session import Session

SIDE, ROWS = 8, 40


def pictures():
    """Pictures that are bright on their left half alone."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.0, 0.1, (ROWS, SIDE, SIDE, 1)).astype("float32")
    x[:, :, : SIDE // 2] += 0.9
    return x, np.arange(ROWS) % 2


def beginning_with(*first, branched=False):
    given = keras.Input((SIDE, SIDE, 1))
    inner = given
    for layer in first:
        inner = layer(inner)
    inner = keras.layers.Flatten()(inner)
    if branched:
        inner = keras.layers.Concatenate()([inner, keras.layers.Flatten()(given)])
    return keras.Model(given, keras.layers.Dense(2, activation="softmax")(inner))


def transformed(model):
    """What measuring takes for the plain and the transformed training rows of a model."""
    model.compile("adam", "sparse_categorical_crossentropy")
    session = Session(TargetRecord("script.py"), root=Path(tempfile.mkdtemp()), draw_ledger=False)
    session.install()
    model.fit(*pictures(), epochs=1, verbose=0)
    session.uninstall()
    (live,) = session._watch.fits
    store, seen = session._watch.store, []

    def kept(number, sampled, seconds, fed, changed):
        seen.append((sampled.tables["train"], changed))
        return RowsRecord(number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("valgap.ledger.probes.rows.measure.measure_rows", kept)
        gather.measure(live, Budget(60, 1000), lambda name: store.read_weights(0, name))
    return seen[0]


def left_is_bright(x):
    return x[:, :, : SIDE // 2].mean(axis=(1, 2, 3)) > x[:, :, SIDE // 2 :].mean(axis=(1, 2, 3))


def test_rows_behind_a_random_flip_are_flipped_in_part_and_keep_their_labels():
    plain, changed = transformed(beginning_with(keras.layers.RandomFlip("horizontal", seed=1)))
    assert left_is_bright(plain.x).all()
    assert 0 < left_is_bright(changed.x).sum() < ROWS
    np.testing.assert_array_equal(changed.y, plain.y)
    np.testing.assert_array_equal(changed.ids, plain.ids)


def test_a_change_of_scale_among_the_transforms_is_gone_through():
    scale, flip = keras.layers.Rescaling(2.0), keras.layers.RandomFlip("horizontal", seed=1)
    _, changed = transformed(beginning_with(scale, flip))
    assert changed.x.max() > 1.5


def test_the_transforms_of_a_sequential_model_that_grew_layer_by_layer_are_found():
    model = keras.Sequential([keras.Input((SIDE, SIDE, 1))])
    model.add(keras.layers.RandomFlip("horizontal", seed=1))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(2, activation="softmax"))
    _, changed = transformed(model)
    assert 0 < left_is_bright(changed.x).sum() < ROWS


def test_transforms_in_a_model_of_their_own_are_found():
    inner = keras.Sequential([keras.layers.RandomFlip("horizontal", seed=1)])
    _, changed = transformed(beginning_with(inner))
    assert 0 < left_is_bright(changed.x).sum() < ROWS


@pytest.mark.parametrize(
    "first",
    [
        (),
        (lambda: keras.layers.Rescaling(2.0),),
        (lambda: keras.layers.Conv2D(2, 3), lambda: keras.layers.RandomFlip("horizontal")),
    ],
    ids=["no transform", "a scale alone", "a filter comes first"],
)
def test_a_model_that_does_not_begin_with_transforms_leaves_no_transformed_rows(first):
    assert transformed(beginning_with(*(make() for make in first)))[1] is None


def test_a_model_that_also_reads_plain_rows_leaves_no_transformed_rows():
    flip = keras.layers.RandomFlip("horizontal", seed=1)
    assert transformed(beginning_with(flip, branched=True))[1] is None
