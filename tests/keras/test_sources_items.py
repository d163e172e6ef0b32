import math
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from sources_help import SIDE, by_id, image_model, images, loss_over, random_states, sources

from valgap.observe.sources.base import SourceUnreadableError
from valgap.observe.sources.image_generator import ImageIteratorReader

CLOSE = 1e-6
Generator = tf.keras.preprocessing.image.ImageDataGenerator


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return image_model()


class Items(keras.utils.PyDataset):
    """Batches of eight; `change` is applied to the images of each."""

    def __init__(self, rows: int, change=None, seed: int = 0) -> None:
        super().__init__()
        self.x, self.y = images(rows, seed)
        self.change = change or (lambda x: x)
        self.draw = np.random.default_rng(3)
        self.ends = 0

    def __len__(self) -> int:
        return math.ceil(len(self.x) / 8)

    def __getitem__(self, i):
        rows = slice(i * 8, (i + 1) * 8)
        return self.change(self.x[rows]), self.y[rows]

    def on_epoch_end(self) -> None:
        self.ends += 1


def test_items_of_a_validation_set_score_what_evaluate_logs(model):
    items = Items(45, seed=1)
    _, validation = sources(x=Items(20), validation_data=items)
    table = validation.read("fed", 1000)
    assert table.sizes == (8, 8, 8, 8, 8, 5)
    assert loss_over(model, table) == pytest.approx(model.evaluate(items, verbose=0), abs=CLOSE)
    assert validation.record.rows == 45
    assert validation.record.transforms == "none"


def test_validation_steps_bound_the_items_scored_not_the_clean_rows():
    _, validation = sources(x=Items(20), validation_data=Items(45), validation_steps=2)
    assert validation.read("fed", 1000).ids.tolist() == list(range(16))
    assert validation.read("clean", 1000).rows == 45


def test_hooks_of_the_epoch_are_not_called_and_generators_not_moved():
    items = Items(40)
    items.change = lambda x: x + items.draw.normal() + random.random() + np.random.random()
    states = random_states(), items.draw.bit_generator.state
    train, _ = sources(x=items, validation_data=items)
    one, two = train.read("fed", 100), train.read("fed", 100, draw=1)
    assert (random_states(), items.draw.bit_generator.state) == states
    assert items.ends == 0
    assert train.record.transforms == "opaque"
    assert not np.array_equal(one.x, two.x)
    assert one.ids.tolist() == two.ids.tolist()


def test_random_layers_called_by_items_are_known_and_taken_away():
    flip = keras.layers.RandomFlip("horizontal", seed=2)
    items = Items(40, lambda x: keras.ops.convert_to_numpy(flip(x, training=True)))
    state = np.array(flip.generator.state)
    train, _ = sources(x=items, validation_data=items)
    clean, fed = train.read("clean", 100), train.read("fed", 100)
    assert train.record.transforms == "known"
    assert train.record.transform_names == ("RandomFlip",)
    np.testing.assert_array_equal(clean.x, items.x)
    assert not np.array_equal(fed.x, clean.x)
    np.testing.assert_array_equal(np.array(flip.generator.state), state)


def test_a_sample_of_items_is_whole_items_paired_across_views():
    train, _ = sources(x=Items(200), validation_data=Items(8), class_weight={0: 2.0, 1: 1.0})
    fed, clean = train.read("fed", 40), train.read("clean", 40)
    assert fed.sizes == (8,) * 5
    assert by_id(fed) == by_id(clean)
    assert fed.ids.max() > 100
    np.testing.assert_array_equal(fed.w, np.where(fed.y == 0, 2.0, 1.0))


def test_items_that_fail_the_second_time_give_the_reason():
    items = Items(40)
    train, _ = sources(x=items, validation_data=items)
    del items.x
    with pytest.raises(SourceUnreadableError, match="AttributeError"):
        train.read("fed", 10)


def augmenting() -> Generator:
    return Generator(
        rescale=0.5, horizontal_flip=True, rotation_range=30, brightness_range=(0.5, 1.5)
    )


def test_random_settings_of_an_image_generator_are_known_and_taken_away():
    x, y = images(40)
    x *= 255
    iterator = augmenting().flow(x, y, batch_size=8, seed=3)
    np.random.seed(1)
    states = random_states(), iterator.total_batches_seen, iterator.index_array
    train, _ = sources(x=iterator, validation_data=iterator)
    clean, one, two = train.read("clean", 99), train.read("fed", 99), train.read("fed", 99, draw=1)
    assert (random_states(), iterator.total_batches_seen, iterator.index_array) == states
    assert train.record.transforms == "known"
    assert set(train.record.transform_names) == {
        "horizontal_flip", "rotation_range", "brightness_range",
    }  # fmt: skip
    np.testing.assert_allclose(clean.x, x[clean.ids] * 0.5, rtol=1e-6)
    np.testing.assert_array_equal(clean.y, y[clean.ids])
    assert one.ids.tolist() == clean.ids.tolist()
    assert clean.ids.tolist() != sorted(clean.ids)
    assert not np.array_equal(one.x, two.x)


def test_a_preprocessing_function_of_its_own_randomness_is_opaque():
    x, y = images(40)
    noisy = Generator(preprocessing_function=lambda image: image + np.random.normal())
    iterator = noisy.flow(x, y, batch_size=8)
    train, _ = sources(x=iterator, validation_data=iterator)
    train.read("fed", 99)
    assert train.record.transforms == "opaque"


def test_clean_validation_rows_go_through_the_training_generator(model):
    x, y = images(40)
    first = augmenting().flow(x, y, batch_size=8)
    second = Generator().flow(x, y, batch_size=8, shuffle=False)
    _, validation = sources(x=first, validation_data=second)
    fed, clean = validation.read("fed", 99), validation.read("clean", 99)
    assert fed.ids.tolist() == clean.ids.tolist()
    np.testing.assert_allclose(clean.x, fed.x * 0.5, rtol=1e-6)
    assert loss_over(model, fed) == pytest.approx(model.evaluate(second, verbose=0), abs=CLOSE)
    assert validation.record.transforms == "none"


def test_featurewise_statistics_stay_on_in_the_clean_view():
    x, y = images(40)
    generator = Generator(featurewise_center=True, zoom_range=0.3)
    generator.fit(x)
    iterator = generator.flow(x, y, batch_size=8)
    train, _ = sources(x=iterator, validation_data=iterator)
    clean = train.read("clean", 99)
    np.testing.assert_allclose(clean.x, x[clean.ids] - generator.mean, atol=1e-6)


def test_subsets_of_one_directory_are_read_as_they_are_scored(tmp_path, model):
    for i, image in enumerate(images(24)[0]):
        folder = tmp_path / f"class{i % 3}"
        folder.mkdir(exist_ok=True)
        keras.utils.save_img(folder / f"{i}.png", image)
    generator = Generator(rescale=1 / 255, horizontal_flip=True, validation_split=0.25)
    common = {"target_size": (SIDE, SIDE), "batch_size": 4, "class_mode": "sparse"}
    first, second = (
        generator.flow_from_directory(tmp_path, subset=subset, **common)
        for subset in ("training", "validation")
    )
    train, validation = sources(x=first, validation_data=second)
    assert (train.record.rows, validation.record.rows) == (18, 6)
    assert train.read("fed", 99).x.shape == (18, SIDE, SIDE, 3)
    clean = validation.read("clean", 99)
    again = generator.flow_from_directory(tmp_path, subset="validation", shuffle=False, **common)
    again.image_data_generator = Generator(rescale=1 / 255)
    logged = model.evaluate(again, verbose=0)
    assert loss_over(model, clean) == pytest.approx(logged, abs=CLOSE)


def test_a_frame_of_files_brings_its_weights(tmp_path):
    import pandas as pd

    for i, image in enumerate(images(12)[0]):
        keras.utils.save_img(tmp_path / f"{i}.png", image)
    frame = pd.DataFrame(
        {"filename": [f"{i}.png" for i in range(12)], "class": ["a", "b"] * 6, "w": np.arange(12.0)}
    )
    iterator = Generator(vertical_flip=True).flow_from_dataframe(
        frame, tmp_path, weight_col="w", target_size=(SIDE, SIDE), batch_size=5, class_mode="binary"
    )
    train, _ = sources(x=iterator, validation_data=iterator)
    table = train.read("fed", 99)
    np.testing.assert_array_equal(table.w, table.ids)
    np.testing.assert_array_equal(table.y, table.ids % 2)


def test_images_are_not_written_to_the_users_folder(tmp_path):
    x, y = images(8)
    iterator = Generator().flow(x, y, batch_size=4, save_to_dir=str(tmp_path))
    train, _ = sources(x=iterator, validation_data=iterator)
    train.read("fed", 99)
    assert list(tmp_path.iterdir()) == []


def test_rows_of_flow_above_the_bound_are_let_go_on_release(monkeypatch):
    x, y = images(8)
    iterator = Generator().flow(x, y, batch_size=4)
    train, validation = sources(x=iterator, validation_data=iterator)
    train.release()
    assert train.read("fed", 8).rows == 8
    monkeypatch.setattr(ImageIteratorReader, "held_bytes", lambda self: 2**40)
    validation.release()
    with pytest.raises(SourceUnreadableError, match="let go"):
        validation.read("fed", 8)


def test_items_of_unequal_size_have_rows_of_no_known_identity():
    class Growing(Items):
        def __getitem__(self, i):
            rows = slice(i * (i + 1) // 2, (i + 1) * (i + 2) // 2)
            return self.x[rows], self.y[rows]

        def __len__(self):
            return 4

    train, _ = sources(x=Growing(10), validation_data=Growing(10))
    table = train.read("fed", 99)
    assert table.sizes == (1, 2, 3, 4)
    assert set(table.ids.tolist()) == {-1}
    np.testing.assert_array_equal(table.x, images(10)[0])
