import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sources_help import image_model, images, loss_over, random_states, sources

from valgap.observe.sources.base import SourceUnreadableError
from valgap.observe.sources.make import make_sources

CLOSE = 1e-6


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return image_model()


def test_validation_rows_score_what_evaluate_logs(model):
    x, y = images(70)
    xv, yv = images(45, seed=1)
    _, validation = sources(x=x, y=y, batch_size=16, validation_data=(xv, yv))
    assert loss_over(model, validation.read("fed", 1000)) == pytest.approx(
        model.evaluate(xv, yv, batch_size=16, verbose=0), abs=CLOSE
    )


def test_validation_sample_weights_reach_the_table(model):
    xv, yv = images(45, seed=1)
    w = np.linspace(0.1, 2, 45)
    _, validation = sources(x=xv, y=yv, validation_data=[xv, yv, w])
    assert loss_over(model, validation.read("fed", 1000)) == pytest.approx(
        model.evaluate(xv, yv, sample_weight=w, verbose=0), abs=CLOSE
    )


@pytest.mark.parametrize("rows", [10, 33, 101])
@pytest.mark.parametrize("fraction", [0.1, 0.25, 1 / 3])
def test_validation_split_takes_the_rows_that_keras_takes(rows, fraction):
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split

    x, y = np.arange(rows, dtype="float32"), np.arange(rows)
    w = np.arange(rows) / 7
    train, validation = sources(x=x, y=y, sample_weight=w, validation_split=fraction)
    ours = [train.read("clean", rows), validation.read("clean", rows)]
    theirs = train_validation_split((x, y, w), fraction)
    for table, arrays in zip(ours, theirs, strict=True):
        order = np.argsort(table.ids)
        for mine, keras_has in zip((table.x, table.y, table.w), arrays, strict=True):
            np.testing.assert_allclose(mine[order], keras_has[:], rtol=1e-6)


def test_validation_steps_smaller_than_the_set_give_its_first_rows(model):
    xv, yv = images(45, seed=1)
    _, validation = sources(
        x=xv, y=yv, validation_data=(xv, yv), validation_steps=2, validation_batch_size=8
    )
    fed, clean = validation.read("fed", 1000), validation.read("clean", 1000)
    assert fed.ids.tolist() == list(range(16))
    assert clean.rows == 45
    logged = model.evaluate(xv, yv, batch_size=8, steps=2, verbose=0)
    assert loss_over(model, fed) == pytest.approx(logged, abs=CLOSE)


def test_steps_without_a_batch_size_share_the_rows_out():
    x, y = images(70)
    train, _ = sources(x=x, y=y, steps_per_epoch=3, validation_split=0.1)
    assert train.read("fed", 1000).sizes == (21, 21, 21)


def test_both_views_of_training_are_the_same_rows_in_the_same_batches():
    x, y = images(70)
    train, _ = sources(x=x, y=y, batch_size=16, validation_split=0.1)
    fed, clean = train.read("fed", 40, draw=3), train.read("clean", 40)
    assert fed.sizes == (16, 16)
    assert fed.ids.tolist() == clean.ids.tolist()
    np.testing.assert_array_equal(fed.x, x[fed.ids])
    assert fed.ids.tolist() != sorted(fed.ids)


def test_an_unshuffled_fit_gives_contiguous_batches_over_the_whole_epoch():
    x, y = images(160)
    train, _ = sources(x=x, y=y, batch_size=16, shuffle=False, validation_data=(x, y))
    table = train.read("fed", 48)
    for batch in table.slices():
        ids = table.ids[batch]
        assert ids.tolist() == list(range(ids[0], ids[0] + 16))
    assert table.ids[0] < 40
    assert table.ids[-1] > 120


def test_all_rows_come_with_the_partial_batch_last():
    x, y = images(70)
    train, _ = sources(x=x, y=y, validation_data=(x, y))
    table = train.read("fed", 70)
    assert table.sizes == (32, 32, 6)
    assert sorted(table.ids) == list(range(70))


def test_class_weights_are_those_of_keras():
    from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

    x, y = images(70)
    weights = {0: 0.5, 2: 3.0}
    for targets in (y, y[:, None], keras.utils.to_categorical(y, 3)):
        train, _ = sources(x=x, y=targets, class_weight=weights, validation_data=(x, targets))
        table = train.read("fed", 70)
        expected = class_weight_to_sample_weights(np.asarray(targets), weights)
        np.testing.assert_array_equal(table.w, expected[table.ids])


def test_dictionaries_of_inputs_and_several_outputs_keep_their_structure():
    a, b = np.ones((40, 2)), np.zeros((40, 3), "float32")
    y = {"one": np.arange(40), "two": np.arange(40.0)}
    w = np.arange(40) / 40
    train, validation = sources(x={"a": a, "b": b}, y=y, sample_weight=w, validation_split=0.25)
    table = train.read("fed", 100)
    assert set(table.x) == {"a", "b"}
    assert table.x["a"].dtype == np.float32
    np.testing.assert_allclose(table.w["two"], w[table.ids], rtol=1e-6)
    assert validation.read("clean", 100).y["one"].tolist() == list(range(30, 40))


def test_lists_of_inputs_reach_the_model_as_keras_hands_them_on():
    a, b = np.ones((40, 2), "float32"), np.zeros((40, 3), "float32")
    inputs = [keras.Input((2,)), keras.Input((3,))]
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()(inputs)))
    model.compile("sgd", "mse")
    y = np.arange(40.0)
    _, validation = sources(x=[a, b], y=y, validation_data=([a, b], y))
    table = validation.read("fed", 100)
    assert loss_over(model, table) == pytest.approx(model.evaluate([a, b], y, verbose=0), rel=CLOSE)


def test_pandas_come_out_as_keras_standardises_them():
    from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

    frame = pd.DataFrame({"f": np.arange(40.0), "i": np.arange(40), "b": np.arange(40) % 2 == 0})
    target = pd.Series(np.arange(40) % 3, index=np.arange(40) * 7)
    _, validation = sources(x=frame, y=target, validation_data=(frame, target))
    table = validation.read("fed", 100)
    x, y = next(iter(ArrayDataAdapter(frame, target, batch_size=40).get_tf_dataset()))
    assert table.x.dtype == x.numpy().dtype
    assert table.y.shape == y.shape
    np.testing.assert_array_equal(table.x, x.numpy())
    assert validation.record.form == "pandas"


def test_tensors_are_read_too():
    x, y = images(20)
    _, validation = sources(x=x, y=y, validation_data=(tf.constant(x), tf.constant(y)))
    np.testing.assert_array_equal(validation.read("clean", 100).x, x)


def test_sparse_inputs_are_refused_with_a_reason():
    sparse = tf.sparse.from_dense(np.eye(10, dtype="float32"))
    _, validation = sources(x=sparse, y=np.arange(10), validation_data=(sparse, np.arange(10)))
    with pytest.raises(SourceUnreadableError, match="sparse"):
        validation.read("fed", 10)


def test_an_array_changed_in_place_after_the_fit_is_noticed():
    x, y = images(70)
    train, validation = sources(x=x, y=y, validation_split=0.2)
    assert validation.read("fed", 10).rows == 10
    x /= 255
    for source in (train, validation):
        with pytest.raises(SourceUnreadableError, match="changed in place"):
            source.read("clean", 10)


def test_released_sources_keep_a_sample_and_no_array():
    x, y = images(3000)
    train, validation = sources(x=x, y=y, validation_split=0.5, validation_steps=20)
    before = [s.read(v, 1000) for s in (train, validation) for v in ("fed", "clean")]
    train.release()
    validation.release()
    kept = x.copy()
    x[:] = 0
    after = [s.read(v, 1000) for s in (train, validation) for v in ("fed", "clean")]
    for one, other in zip(before, after, strict=True):
        assert one.ids.tolist() == other.ids.tolist()
        np.testing.assert_array_equal(one.x, other.x)
    small = validation.read("fed", 100)
    assert small.rows == 100
    np.testing.assert_array_equal(small.x, kept[1500 + small.ids])
    assert train.read("clean", 100).sizes == (32, 32, 32)
    assert len(train.row_hashes(50).digests) <= 1000


def test_equal_rows_have_equal_hashes_across_splits():
    x, y = images(60)
    x[50] = x[3]
    train, validation = sources(x=x, y=y, validation_split=0.5)
    mine, theirs = train.row_hashes(10), validation.row_hashes(10)
    assert len(mine.digests) == 30
    shared = set(mine.digests) & set(theirs.digests)
    assert [int(i) for i, d in zip(theirs.ids, theirs.digests, strict=True) if d in shared] == [20]


def test_reading_leaves_random_states_and_arrays_alone():
    x, y = images(70)
    keras.utils.set_random_seed(5)
    before, copy = random_states(), x.copy()
    made = make_sources({"x": x, "y": y, "validation_split": 0.2}, epochs=1)
    made.train.read("fed", 1000)
    made.train.row_hashes(100)
    assert random_states() == before
    np.testing.assert_array_equal(x, copy)


def test_a_sample_of_validation_is_spread_over_it_and_says_so():
    x, y = images(300)
    _, validation = sources(x=x, y=y, validation_data=(x, y))
    table = validation.read("clean", 50)
    assert table.rows == 50
    assert np.diff(table.ids).tolist() == [6] * 49
    assert "sample of 50 of 300" in table.note


@pytest.mark.on_tensorflow
def test_text_is_read_as_the_strings_that_keras_makes_of_it():
    words = np.array(["one", "two", "three"] * 10, dtype=object)
    y = np.arange(30)
    _, validation = sources(x=words, y=y, validation_data=(words, y))
    assert validation.read("fed", 99).x.tolist() == [word.encode() for word in words]
    words[3] = "four"
    with pytest.raises(SourceUnreadableError, match="changed in place"):
        validation.read("fed", 99)


def test_released_sources_keep_fewer_rows_where_rows_are_large(monkeypatch):
    x, y = images(300)
    monkeypatch.setattr("valgap.observe.sources.arrays.SAMPLE_BYTES", 100 * (x[0].nbytes + 8))
    _, validation = sources(x=x, y=y, validation_data=(x, y))
    validation.release()
    assert validation.read("clean", 1000).rows == 100
