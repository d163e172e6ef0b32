import keras
import numpy as np
import pytest
import tensorflow as tf
from sources_help import (
    SIDE,
    by_id,
    image_model,
    images,
    loss_over,
    multiset,
    random_states,
    sources,
)

from valgap.observe.sources.base import SourceUnreadableError

CLOSE = 1e-6
Dataset = tf.data.Dataset


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return image_model()


def slices(rows: int, seed: int = 0) -> Dataset:
    return Dataset.from_tensor_slices(images(rows, seed))


def test_validation_rows_score_what_evaluate_logs(model):
    data = slices(45, 1).batch(16).prefetch(1)
    _, validation = sources(x=slices(32).batch(8), validation_data=data)
    table = validation.read("fed", 1000)
    assert table.sizes == (16, 16, 13)
    assert loss_over(model, table) == pytest.approx(model.evaluate(data, verbose=0), abs=CLOSE)


def test_validation_steps_and_a_repeated_set_give_the_rows_scored(model):
    data = slices(20, 1).batch(8).repeat()
    _, validation = sources(x=slices(32).batch(8), validation_data=data, validation_steps=4)
    fed, clean = validation.read("fed", 1000), validation.read("clean", 1000)
    assert fed.ids.tolist() == [*range(20), *range(8)]
    assert clean.ids.tolist() == list(range(20))
    logged = model.evaluate(data, steps=4, verbose=0)
    assert loss_over(model, fed) == pytest.approx(logged, abs=CLOSE)


def test_an_endless_shuffled_set_is_read_once_over():
    data = slices(50).shuffle(50, seed=3).repeat().batch(8)
    train, _ = sources(x=data, steps_per_epoch=7, validation_data=slices(8).batch(8))
    fed, clean = train.read("fed", 1000), train.read("clean", 1000)
    assert fed.rows == 50
    assert multiset(fed.x) == multiset(images(50)[0])
    np.testing.assert_array_equal(fed.x, clean.x)
    assert train.record.rows == 50
    assert train.record.shuffled
    assert train.record.transforms == "none"


def test_a_seeded_shuffled_set_goes_on_as_if_it_had_not_been_read():
    def epochs(read: bool) -> list[bytes]:
        tf.random.set_seed(4)
        data = slices(50).shuffle(50).batch(8)
        passes = [b"".join(y.numpy().tobytes() for _, y in data)]
        if read:
            train, _ = sources(x=data, validation_data=data)
            train.read("fed", 20)
            train.read("clean", 20)
        return [*passes, b"".join(y.numpy().tobytes() for _, y in data)]

    assert epochs(read=True) == epochs(read=False)


def test_a_split_by_take_and_skip_after_one_fixed_shuffle_keeps_its_rows():
    whole = slices(60).shuffle(60, reshuffle_each_iteration=False)
    first, second = whole.take(40).batch(8), whole.skip(40).batch(8)
    train, validation = sources(x=first, validation_data=second)
    expected = [np.concatenate([x.numpy() for x, _ in data]) for data in (first, second)]
    for source, rows in zip((train, validation), expected, strict=True):
        fed = source.read("fed", 1000)
        assert multiset(fed.x) == multiset(rows)
        assert by_id(fed) == by_id(source.read("clean", 1000))


def test_a_reshuffled_split_is_said_to_change_its_rows():
    whole = slices(60).shuffle(60)
    train, validation = sources(x=whole.take(40).batch(8), validation_data=whole.skip(40).batch(8))
    fed, clean = train.read("fed", 1000), train.read("clean", 1000)
    assert fed.rows == 40
    np.testing.assert_array_equal(fed.x, clean.x)
    assert "change split" in train.record.note
    validation.read("clean", 100)
    assert "change split" in validation.record.note


def flips() -> keras.layers.Layer:
    # On other backends Keras computes layers of pictures in a map, and no model of them.
    on_tensorflow = keras.backend.backend() == "tensorflow"
    return (keras.Sequential if on_tensorflow else keras.layers.Pipeline)(
        [
            keras.layers.RandomFlip("horizontal", seed=3),
            keras.layers.RandomRotation(0.2, seed=4),
            keras.layers.Rescaling(2.0),
        ]
    )


def test_random_layers_in_a_map_are_known_and_taken_away():
    layers = flips()
    data = slices(40).map(lambda x, y: (layers(x, training=True), y)).batch(8)
    train, _ = sources(x=data, validation_data=data)
    clean, one, two = (
        train.read("clean", 99),
        train.read("fed", 99),
        train.read("fed", 99, draw=1),
    )
    assert train.record.transforms == "known"
    assert train.record.transform_names == ("RandomFlip", "RandomRotation")
    np.testing.assert_allclose(clean.x, images(40)[0] * 2, rtol=1e-6)
    assert not np.array_equal(one.x, two.x)
    assert one.ids.tolist() == clean.ids.tolist()
    np.testing.assert_array_equal(one.y, clean.y)


def test_the_same_draw_of_random_layers_is_the_same_rows_and_leaves_their_state():
    layers = flips()
    data = slices(40).batch(8).map(lambda x, y: (layers(x, training=True), y))
    train, _ = sources(x=data, validation_data=data)
    generator = layers.layers[0].generator
    before = generator.state.numpy()
    one, again = train.read("fed", 99, draw=2), train.read("fed", 99, draw=2)
    np.testing.assert_array_equal(one.x, again.x)
    np.testing.assert_array_equal(before, generator.state.numpy())


@pytest.mark.parametrize("seed", [None, 11])
def test_random_image_functions_in_a_map_are_known_and_taken_away(seed):
    if seed is not None:
        tf.random.set_seed(seed)

    def augment(x, y):
        x = tf.image.random_flip_left_right(x)
        x = tf.image.random_brightness(x, 0.3)
        return tf.image.random_crop(x, (SIDE - 2, SIDE - 2, 3)), y

    data = slices(40).shuffle(40).map(augment, num_parallel_calls=2).batch(8)
    train, _ = sources(x=data, validation_data=data)
    clean, fed = train.read("clean", 99), train.read("fed", 99)
    assert train.record.transforms == "known"
    assert "tf.image.random_brightness" in train.record.transform_names
    assert clean.x.shape == fed.x.shape == (40, SIDE - 2, SIDE - 2, 3)
    assert multiset(clean.x) == multiset(images(40)[0][:, 1:-1, 1:-1])
    np.testing.assert_array_equal(clean.y, fed.y)


def test_a_random_map_of_the_users_own_is_opaque_and_stays_on():
    def jitter(x, y):
        return x + tf.random.uniform((), -0.5, 0.5), y

    data = slices(40).map(jitter).batch(8)
    train, _ = sources(x=data, validation_data=data)
    clean, fed = train.read("clean", 99), train.read("fed", 99)
    assert train.record.transforms == "opaque"
    assert not np.array_equal(clean.x, images(40)[0])
    assert fed.ids.tolist() == clean.ids.tolist()


def test_a_random_map_gives_as_many_rows_at_each_draw_however_few_are_read():
    """A draw passes over as many elements as its number, of which a small sample has fewer."""
    tf.random.set_seed(5)
    data = slices(160).shuffle(160, seed=9).batch(16)
    data = data.map(lambda x, y: (x + tf.random.normal(tf.shape(x)), y))
    train, _ = sources(x=data, validation_data=slices(8).batch(8))
    tables = [train.read("fed", 48, draw=draw) for draw in range(8)]
    assert [table.rows for table in tables] == [48] * 8
    assert all(np.array_equal(t.y, tables[0].y) for t in tables)
    assert not np.array_equal(tables[4].x, tables[0].x)


def test_randomness_in_python_code_is_seen_by_reading_twice():
    def noise(x):
        return (x + np.random.normal(size=x.shape)).astype("float32")

    def jitter(x, y):
        return tf.ensure_shape(tf.numpy_function(noise, [x], tf.float32), x.shape), y

    def plain(x, y):
        return tf.ensure_shape(tf.numpy_function(lambda v: v * 2, [x], tf.float32), x.shape), y

    noisy, still = slices(40).map(jitter).batch(8), slices(40).map(plain).batch(8)
    train, validation = sources(x=noisy, validation_data=still)
    before = random_states()
    assert not np.array_equal(train.read("fed", 99).x, train.read("fed", 99, draw=1).x)
    validation.read("fed", 99)
    assert random_states() == before
    assert train.record.transforms == "opaque"
    assert validation.record.transforms == "none"


def test_transforms_frozen_in_a_cache_are_none():
    data = slices(40).map(lambda x, y: (tf.image.random_brightness(x, 0.5), y)).cache().batch(8)
    rows = np.concatenate([x.numpy() for x, _ in data])
    train, _ = sources(x=data, validation_data=data)
    np.testing.assert_array_equal(train.read("fed", 99).x, rows)
    np.testing.assert_array_equal(train.read("clean", 99).x, rows)
    assert train.record.transforms == "none"


def test_class_weights_are_those_that_keras_maps_on():
    from keras.src.trainers.data_adapters.tf_dataset_adapter import TFDatasetAdapter

    data = slices(40).batch(8)
    weights = {0: 0.5, 1: 1.0, 2: 4.0}
    train, _ = sources(x=data, validation_data=data, class_weight=weights)
    theirs = np.concatenate([w for _, _, w in TFDatasetAdapter(data, weights).get_tf_dataset()])
    np.testing.assert_array_equal(train.read("fed", 99).w, theirs)
    assert train.record.weighted


def test_sample_weights_in_the_set_are_read(model):
    x, y = images(40)
    data = Dataset.from_tensor_slices((x, y, np.linspace(0, 2, 40))).batch(8)
    _, validation = sources(x=data, validation_data=data)
    table = validation.read("fed", 99)
    assert loss_over(model, table) == pytest.approx(model.evaluate(data, verbose=0), abs=CLOSE)


def test_a_directory_of_images_is_paired_by_row(tmp_path):
    x, _ = images(24)
    for i, image in enumerate(x):
        folder = tmp_path / f"class{i % 2}"
        folder.mkdir(exist_ok=True)
        keras.utils.save_img(folder / f"{i}.png", image)
    common = {"validation_split": 0.25, "seed": 1, "image_size": (SIDE, SIDE), "batch_size": 4}
    first, second = (
        keras.utils.image_dataset_from_directory(tmp_path, subset=subset, verbose=0, **common)
        for subset in ("training", "validation")
    )
    train, validation = sources(x=first, validation_data=second)
    fed, clean = validation.read("fed", 99), validation.read("clean", 99)
    assert by_id(fed) == by_id(clean)
    assert multiset(fed.x) == multiset(np.concatenate([x.numpy() for x, _ in second]))
    assert train.read("fed", 99).rows == 18
    assert train.record.rows == 18
    assert train.record.transforms == "none"


def test_a_set_from_a_python_generator_in_another_order_each_time_is_none():
    x, y = images(40)

    def rows():
        for i in np.random.permutation(40):
            yield x[i], y[i]

    signature = (tf.TensorSpec((SIDE, SIDE, 3)), tf.TensorSpec((), tf.int64))
    data = Dataset.from_generator(rows, output_signature=signature).batch(8)
    train, _ = sources(x=data, validation_data=data)
    fed, clean = train.read("fed", 99, draw=1), train.read("clean", 99)
    assert train.record.transforms == "none"
    assert multiset(fed.x) == multiset(x)
    assert by_id(fed) == by_id(clean)


def test_a_sample_of_a_long_set_is_spread_over_it_and_paired():
    data = slices(400).map(lambda x, y: (tf.image.random_brightness(x, 0.5), y)).batch(8)
    train, _ = sources(x=data, validation_data=data)
    fed, clean = train.read("fed", 80), train.read("clean", 80)
    assert fed.rows == 80
    assert fed.ids.tolist() == clean.ids.tolist()
    assert clean.ids.min() < 100
    assert clean.ids.max() > 300
    np.testing.assert_array_equal(clean.x, images(400)[0][clean.ids])
    assert "of 400 rows" in clean.note


def test_batches_of_unequal_size_are_read(model):
    data = slices(10).batch(4).concatenate(slices(9, 1).batch(3))
    _, validation = sources(x=data, validation_data=data)
    table = validation.read("fed", 99)
    assert table.sizes == (4, 4, 2, 3, 3, 3)
    assert loss_over(model, table) == pytest.approx(model.evaluate(data, verbose=0), abs=CLOSE)


def test_ragged_rows_are_refused_with_a_reason():
    ragged = Dataset.from_tensor_slices(tf.ragged.constant([[1, 2], [3], [4, 5, 6]])).batch(2)
    train, _ = sources(x=ragged, validation_data=ragged)
    with pytest.raises(SourceUnreadableError, match="ragged"):
        train.read("fed", 9)


def test_zipped_inputs_in_dictionaries_with_a_shuffle_upstream_stay_paired():
    x, y = images(40)
    inputs = Dataset.from_tensor_slices({"a": x, "b": np.arange(40.0)})
    data = Dataset.zip((inputs, Dataset.from_tensor_slices(y))).shuffle(40).batch(8)
    train, _ = sources(x=data, validation_data=data)
    table = train.read("fed", 99)
    rows = table.x["b"].astype(int)
    np.testing.assert_array_equal(table.x["a"], x[rows])
    np.testing.assert_array_equal(table.y, y[rows])
    assert rows.tolist() != sorted(rows)


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.layers.RandomHue(0.3),
        lambda: keras.layers.RandomGrayscale(0.5),
        lambda: keras.layers.RandomCrop(SIDE - 2, SIDE - 2),
        keras.layers.RandAugment,
        pytest.param(lambda: keras.layers.GaussianNoise(0.2), marks=pytest.mark.on_tensorflow),
    ],
    ids=["hue", "grayscale", "crop", "rand-augment", "noise"],
)
def test_a_random_layer_is_taken_away_for_good(make):
    layer, (x, y) = make(), images(8)
    data = Dataset.from_tensor_slices((x, y)).batch(4)
    data = data.map(lambda a, b: (layer(a, training=True), b))
    train, _ = sources(x=data, validation_data=data)
    clean = train.read("clean", 99).x
    assert train.record.transforms == "known"
    expected = x[:, 1:-1, 1:-1] if "Crop" in type(layer).__name__ else x
    np.testing.assert_allclose(clean, expected, atol=1e-5)


def test_a_pipeline_that_draws_from_a_captured_generator_leaves_it_alone():
    generator = tf.random.Generator.from_seed(3)

    def augment(x, y):
        seed = tf.cast(generator.make_seeds(1)[:, 0], tf.int32)
        return tf.image.stateless_random_brightness(x, 0.5, seed), y

    data = slices(20).map(augment).batch(4)
    before = generator.state.numpy().copy()
    train, _ = sources(x=data, validation_data=data)
    assert not np.array_equal(train.read("fed", 99).x, train.read("fed", 99, draw=1).x)
    assert train.record.transforms == "known"
    np.testing.assert_array_equal(generator.state.numpy(), before)


@pytest.mark.on_tensorflow
def test_several_steps_in_one_execution_score_whole_executions(model):
    data = slices(45, 1).batch(4)
    _, validation = sources(x=data, validation_data=data, validation_steps=3, steps_per_execution=2)
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=2)
    logged = model.evaluate(data, steps=3, verbose=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    table = validation.read("fed", 99)
    assert table.rows == 16
    assert loss_over(model, table) == pytest.approx(logged, abs=CLOSE)


def test_a_long_set_of_unknown_length_is_read_for_a_bounded_time():
    from valgap.observe.sources.request import Request
    from valgap.observe.sources.stream import StreamSource
    from valgap.observe.sources.tf_data import DatasetReader

    data = Dataset.counter().map(lambda i: (tf.fill((2,), tf.cast(i, tf.float32)), i)).batch(4)
    source = StreamSource(
        DatasetReader(Request("train", data)), steps=None, shuffled=False, seconds=0.2
    )
    table = source.read("fed", 40)
    assert table.rows <= 40
    assert "took 0.2 s" in table.note
    assert source.record.rows is None


def test_steps_of_a_reshuffled_validation_set_are_said_to_score_other_rows():
    shuffled, fixed = slices(40).shuffle(40).batch(4), slices(40).batch(4)
    for data, note in ((shuffled, True), (fixed, False)):
        _, validation = sources(x=fixed, validation_data=data, validation_steps=3)
        assert validation.read("fed", 99).rows == 12
        assert ("other rows" in (validation.record.note or "")) == note


@pytest.mark.parametrize("parallel", [None, tf.data.AUTOTUNE])
def test_interleaved_and_flattened_sets_behind_a_shuffle_are_rebuilt(parallel):
    def rows(i):
        return Dataset.range(i * 10, i * 10 + 5)

    files = Dataset.range(4).shuffle(4)
    for numbers in (
        files.interleave(rows, num_parallel_calls=parallel, deterministic=False),
        files.flat_map(rows),
        files.batch(2).unbatch().filter(lambda i: i != 2).flat_map(rows),
    ):
        data = numbers.map(lambda i: (tf.cast(i, tf.float32), i)).batch(4).prefetch(1)
        train, _ = sources(x=data, validation_data=data)
        fed, clean = train.read("fed", 99), train.read("clean", 99)
        np.testing.assert_array_equal(fed.y, clean.y)
        assert sorted(fed.y) == sorted(int(i) for _, batch in data for i in batch)
        assert train.record.transforms == "none"


def test_steps_that_are_not_known_keep_their_shuffle_and_still_pair():
    data = slices(3).shuffle(3).take_while(lambda x, y: True).batch(1)
    for _ in range(5):
        train, _ = sources(x=data, validation_data=data)
        assert by_id(train.read("fed", 99)) == by_id(train.read("clean", 99))
        assert train.record.transforms == "none"
