import keras
import numpy as np
import pytest
import tensorflow as tf
from sources_help import SIDE, image_model, images, loss_over

from valgap.observe.sources.base import Sources, SourceUnreadableError
from valgap.observe.sources.make import make_sources
from valgap.observe.sources.tapping import install_taps

CLOSE = 1e-5


@pytest.fixture(autouse=True)
def taps():
    uninstall, missing = install_taps()
    assert missing == ()
    yield
    uninstall()


def endless(rows: int, seed: int = 0, batch: int = 8):
    x, y = images(rows, seed)
    while True:
        for start in range(0, rows, batch):
            yield x[start : start + batch], y[start : start + batch]


class Recorder(keras.callbacks.Callback):
    """Keeps the rows of chosen epochs, and what was logged with the weights of each."""

    def __init__(self, sources: Sources, keep: set[int]) -> None:
        super().__init__()
        self.sources, self.keep = sources, keep
        self.weights, self.logs = {}, {}

    def on_epoch_end(self, epoch, logs=None):
        self.sources.epoch_ended(epoch, self.keep)
        self.weights[epoch], self.logs[epoch] = self.model.get_weights(), dict(logs)


def watched_fit(keep: set[int], **arguments) -> tuple[keras.Model, Sources, Recorder]:
    epochs = arguments.pop("epochs", 4)
    sources = make_sources(arguments, epochs=epochs)
    recorder = Recorder(sources, keep)
    model = image_model()
    model.fit(**arguments, epochs=epochs, verbose=0, callbacks=[recorder])
    return model, sources, recorder


def test_each_kept_pass_of_a_validation_generator_scores_what_was_logged():
    model, sources, recorder = watched_fit(
        {1}, x=endless(40), steps_per_epoch=5, validation_data=endless(52, 1), validation_steps=3
    )
    for epoch in (1, 3):
        table = sources.validation.read("fed", 1000, epoch=epoch)
        assert table.rows == 24
        model.set_weights(recorder.weights[epoch])
        logged = recorder.logs[epoch]["val_loss"]
        assert loss_over(model, table) == pytest.approx(logged, abs=CLOSE)
    one, three = (sources.validation.read("fed", 99, epoch=e) for e in (1, 3))
    assert not np.array_equal(one.x, three.x)


def test_rows_of_the_epoch_are_kept_from_an_endless_training_generator():
    _, sources, _ = watched_fit(set(), x=endless(40), steps_per_epoch=5)
    table = sources.train.read("fed", 1000, epoch=3)
    np.testing.assert_array_equal(table.x, images(40)[0])
    assert table.sizes == (8,) * 5
    assert sources.train.record.transforms == "unknown"
    assert sources.train.record.rows == 40


def test_a_fit_is_the_same_to_the_bit_when_its_generators_are_watched():
    def weights(watch: bool) -> list[np.ndarray]:
        arguments = {
            "x": endless(40),
            "steps_per_epoch": 5,
            "validation_data": endless(52, 1),
            "validation_steps": 3,
        }
        if watch:
            make_sources(arguments, epochs=2)
        model = image_model()
        model.fit(**arguments, epochs=2, verbose=0)
        return model.get_weights()

    for one, other in zip(weights(True), weights(False), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_more_rows_are_kept_than_the_bound():
    _, sources, _ = watched_fit(set(), x=endless(4000), steps_per_epoch=500, epochs=2)
    table = sources.train.read("fed", 10_000)
    assert table.rows == 1000
    assert "sample" in table.note
    assert table.ids.max() - table.ids.min() > 2000
    assert sources.train.read("fed", 100).rows <= 100


def test_buffers_that_a_generator_fills_again_are_copied():
    x, y = images(16)

    def refilling():
        buffer = np.empty((8, SIDE, SIDE, 3), "float32")
        for start in (0, 8):
            buffer[:] = x[start : start + 8]
            yield buffer.copy() if start == 0 else buffer, y[start : start + 8]
            buffer[:] = 0

    _, sources, _ = watched_fit(set(), x=refilling(), epochs=1)
    np.testing.assert_array_equal(sources.train.read("fed", 99).x, x)


def test_items_that_cannot_be_read_again_are_given_as_they_passed():
    class Once(keras.utils.PyDataset):
        open = True

        def __len__(self):
            return 3

        def __getitem__(self, i):
            if not self.open:
                raise OSError("file is closed")
            x, y = images(24)
            return x[i * 8 : i * 8 + 8], y[i * 8 : i * 8 + 8]

    items = Once()
    _, sources, _ = watched_fit(set(), x=items, shuffle=False, epochs=2)
    items.open = False
    table = sources.train.read("fed", 99)
    np.testing.assert_array_equal(table.x, images(24)[0])
    assert "file is closed" in table.note


def test_steps_of_a_reshuffled_image_iterator_are_given_as_they_were_scored():
    x, y = images(40, 1)
    generator = tf.keras.preprocessing.image.ImageDataGenerator()
    model, sources, recorder = watched_fit(
        {0, 1},
        x=x,
        y=y,
        validation_data=generator.flow(x, y, batch_size=8),
        validation_steps=2,
        epochs=3,
    )
    assert sources.validation.epochs_differ
    for epoch in (0, 1, 2):
        model.set_weights(recorder.weights[epoch])
        table = sources.validation.read("fed", 99, epoch=epoch)
        logged = recorder.logs[epoch]["val_loss"]
        assert loss_over(model, table) == pytest.approx(logged, abs=CLOSE)


def test_a_generator_that_was_not_watched_says_so():
    sources = make_sources({"x": endless(40), "steps_per_epoch": 5}, epochs=1)
    with pytest.raises(SourceUnreadableError, match="no rows were seen"):
        sources.train.read("fed", 10)


@pytest.mark.on_tensorflow
def test_sparse_batches_in_passing_are_left_alone():
    scipy_sparse = pytest.importorskip("scipy.sparse", reason="scipy is not installed")

    def sparse():
        while True:
            yield scipy_sparse.csr_matrix(np.eye(8, dtype="float32")), np.arange(8.0)

    arguments = {"x": sparse(), "steps_per_epoch": 2}
    sources = make_sources(arguments, epochs=1)
    model = keras.Sequential([keras.Input((8,), sparse=True), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(**arguments, verbose=0)
    with pytest.raises(SourceUnreadableError, match="sparse"):
        sources.train.read("fed", 10)


def test_nothing_is_watched_once_the_fit_has_ended():
    items = endless(40)
    model, sources, _ = watched_fit(set(), x=items, steps_per_epoch=5, epochs=1)
    sources.fit_ended()
    before = sources.train.record.rows
    model.evaluate(items, steps=20, verbose=0)
    assert sources.train.record.rows == before == 40
