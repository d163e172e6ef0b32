"""Fits of every kind are made again from what was kept of them, or it is said what is missing."""

import errno
from contextlib import contextmanager
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import watched

from valgap.experiments import trial as module
from valgap.experiments.rebuild import build
from valgap.experiments.trial import PATIENT, make_trial
from valgap.observe.known import Known
from valgap.observe.known import known as known_of
from valgap.observe.recipe import write_recipe

RNG = np.random.default_rng(0)
X, XV = (RNG.normal(size=(n, 6)).astype("float32") for n in (160, 80))
Y, YV = ((x[:, 0] + x[:, 1] > 0).astype("int32") for x in (X, XV))
NOTHING = Known()
CLIPS = tuple(RNG.integers(0, 24, n) for n in (160, 80))


class Doubled(layers.Layer):
    """A layer of one's own."""

    def call(self, inputs):
        """Twice the inputs."""
        return 2.0 * inputs


def own_loss(truth, predicted):
    """A loss of one's own."""
    return keras.losses.sparse_categorical_crossentropy(truth, predicted)


class Scaled(keras.losses.Loss):
    """A loss of one's own with a setting that stands in no configuration."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor, self.inner = factor, keras.losses.SparseCategoricalCrossentropy()

    def call(self, truth, predicted):
        """So many times the crossentropy."""
        return self.factor * self.inner(truth, predicted)


class Own(keras.Model):
    """A model without a graph, and without a configuration."""

    def __init__(self, table):
        super().__init__()
        self.table, self.head = table, layers.Dense(2, activation="softmax")

    def call(self, inputs):
        """Scores of two classes."""
        return self.head(inputs)


class Stepping(keras.Model):
    """A model that trains in its own way."""

    def train_step(self, data):
        """As Keras does."""
        return super().train_step(data)


def sequential(*inner):
    return keras.Sequential(
        [keras.Input((6,)), *inner, layers.Dense(8, activation="relu"),
         layers.Dense(2, activation="softmax")]
    )  # fmt: skip


def kept(
    model, *data, loss="sparse_categorical_crossentropy", rate=0.02, known=NOTHING, **arguments
):
    """Fits under observation; gives back the stored fit and the path of its recipe."""
    keras.utils.set_random_seed(1)
    optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer, loss, metrics=["accuracy"])
    given = {"validation_data": (XV, YV), "epochs": 6, "verbose": 0} | arguments
    stored = watched(lambda: model.fit(*(data or (X, Y)), **given), known=known)
    fit = stored.fits[0]
    return fit, stored.path / "fits" / "0" / str(fit.recipe)


def recipe(path):
    module._recipes.clear()
    return module._read(path)


def made(path, arm=PATIENT, seed=1):
    module._recipes.clear()
    return make_trial(path, arm, seed, 6)


def test_a_plain_fit_is_made_again_and_does_as_well():
    _, path = kept(sequential())
    told = made(path)
    assert told.error is None
    assert told.score > 0.6
    assert told.rows == 80


def test_the_same_seed_gives_the_same_trial_and_another_one_another():
    _, path = kept(sequential(layers.Dropout(0.3)))
    one, again, other = made(path), made(path), made(path, seed=2)
    assert (one.loss, one.score) == (again.loss, again.score)
    assert one.loss != other.loss


def test_layers_losses_and_lambdas_of_ones_own_come_along():
    model = sequential(Doubled(), layers.Lambda(lambda x: x + 1.0))
    _, path = kept(model, loss=own_loss)
    assert made(path).error is None


def test_a_loss_of_ones_own_keeps_its_settings():
    _, path = kept(sequential(), loss=Scaled(50.0))
    told, plain = made(path), made(kept(sequential())[1])
    assert told.error is None
    assert told.loss > 10 * plain.loss


def test_a_data_set_with_random_transforms_keeps_draws_of_them():
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(16)
    noisy = data.map(lambda x, y: (x + tf.random.normal(tf.shape(x)), y))
    fit, path = kept(sequential(), noisy)
    assert fit.not_rebuilt is None
    found = recipe(path)
    assert len(found.train.fed) == 3
    assert made(path).error is None


def test_class_weights_and_the_rate_before_the_fit_are_kept():
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.1 * rate)
    _, path = kept(sequential(), callbacks=[schedule], class_weight={0: 1.0, 1: 3.0})
    found = recipe(path)
    assert found.optimizer["config"]["learning_rate"] == pytest.approx(0.02)
    assert found.class_weight == {0: 1.0, 1: 3.0}
    assert set(np.unique(found.train.w)) == {1.0, 3.0}
    assert [type(c).__name__ for c in found.callbacks] == ["LearningRateScheduler"]


def test_callbacks_that_only_write_are_left_out(tmp_path):
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    _, path = kept(sequential(), callbacks=[log, stop])
    found = recipe(path)
    assert [type(c).__name__ for c in found.callbacks] == ["EarlyStopping"]
    before = (tmp_path / "log.csv").read_text()
    assert made(path).error is None
    assert (tmp_path / "log.csv").read_text() == before


def stored_at(x, where):
    """Where each row stands among others."""
    return (x[:, None] == where[None]).all(axis=2).argmax(axis=1)


@pytest.mark.parametrize("form", ["arrays", "validation_split", "tf.data"])
def test_rows_are_kept_with_the_groups_that_were_given(form):
    tf = pytest.importorskip("tensorflow")
    given = {"epochs": 2}
    if form == "validation_split":
        both = (np.concatenate(pair) for pair in ((X, XV), (Y, YV)))
        _, path = kept(
            sequential(), *both, known=known_of(CLIPS), validation_split=1 / 3,
            validation_data=None, **given,
        )  # fmt: skip
    else:
        data = (X, Y)
        if form == "tf.data":
            data = (tf.data.Dataset.from_tensor_slices(data).batch(16),)
        _, path = kept(sequential(), *data, known=known_of(CLIPS), **given)
    found = recipe(path)
    for split, x, clips in zip(("train", "validation"), (X, XV), CLIPS, strict=True):
        at = stored_at(getattr(found, split).x, x)
        assert sorted(at) == list(range(len(x)))
        assert np.array_equal(found.groups[split], clips[at])


def test_rows_are_kept_with_the_sub_labels_that_were_given():
    _, path = kept(sequential(), known=known_of(subclasses=CLIPS))
    found = recipe(path)
    assert found.groups == {}
    for split, x, kinds in zip(("train", "validation"), (X, XV), CLIPS, strict=True):
        at = stored_at(getattr(found, split).x, x)
        assert np.array_equal(found.subclasses[split], kinds[at])


def test_rows_of_a_set_that_shuffles_are_kept_without_groups():
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(160).batch(16)
    _, path = kept(sequential(), data, known=known_of(CLIPS), epochs=2)
    assert recipe(path).groups == {}


def test_a_trial_holds_out_whole_groups_that_were_given():
    _, path = kept(sequential(), known=known_of(CLIPS))
    told = made(path, "split-by-group")
    assert told.error is None
    assert 4 <= told.rows <= 12  # a third of 24 groups, where chains would be of one row each


def test_weights_that_were_loaded_are_begun_with_and_others_drawn_anew():
    model = sequential()
    loaded = np.full((6, 8), 0.05) + np.eye(6, 8)
    model.layers[0].set_weights([loaded, np.zeros(8)])
    _, path = kept(model)
    found = recipe(path)
    again = [np.asarray(w) for w in build(found, 3).weights]
    np.testing.assert_allclose(again[0], loaded, rtol=1e-6)
    assert not np.allclose(again[2], found.start[2])


def test_what_cannot_be_made_again_is_named():
    told, _ = kept(Own(table=object()))
    assert "the model has no configuration" in told.not_rebuilt
    inputs = keras.Input((6,))
    stepping = Stepping(inputs, layers.Dense(2, activation="softmax")(inputs))
    assert kept(stepping)[0].not_rebuilt == "the model has a train_step of its own"
    assert "no validation data" in kept(sequential(), validation_data=None)[0].not_rebuilt


def test_a_trial_that_gives_nan_scores_nothing_and_is_no_error():
    _, path = kept(sequential(), loss=lambda t, p: keras.ops.mean(p) * np.nan)
    told = made(path)
    assert (told.error, told.loss, told.score) == (None, None, 0.0)


def test_a_trial_out_of_memory_says_so(monkeypatch):
    _, path = kept(sequential())

    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr(module, "_trained", full)
    assert made(path).error == "out of memory"


def test_an_arm_that_finds_nothing_to_vary_says_so():
    _, path = kept(sequential())
    assert "no layer" in made(path, "dropout-removed:0").error


def test_making_a_fit_again_leaves_the_users_model_alone():
    model = sequential()
    _, path = kept(model)
    before = [np.array(w) for w in model.get_weights()]
    made(path, "rate-lowered:0.1")
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("text", [None, b"", b"\x80\x05cut off"])
def test_a_recipe_that_is_gone_or_cut_off_fails_the_trial_with_the_reason(tmp_path, text):
    path = tmp_path / "recipe.pkl"
    if text is not None:
        path.write_bytes(text)
    assert made(path).error.startswith("the recipe cannot be read: ")


class Counting(keras.callbacks.Callback):
    """Counts the epochs of all fits that it sees, and stops learning after six."""

    def __init__(self):
        super().__init__()
        self.seen, self.rates = 0, []

    def on_epoch_begin(self, epoch, logs=None):
        """Counts, and lets the rate go to 0."""
        self.seen += 1
        self.rates.append(epoch)
        if self.seen > 6:
            self.model.optimizer.learning_rate = 0.0


def test_a_callback_that_counts_begins_anew_in_each_trial():
    counting = Counting()
    _, path = kept(sequential(), callbacks=[counting])
    assert counting.seen == 6
    found = recipe(path)
    assert (found.callbacks[0].seen, found.callbacks[0].rates) == (0, [])
    module._recipes.clear()
    one, again = (make_trial(path, PATIENT, 1, 6) for _ in range(2))
    assert one.loss == again.loss
    assert one.score > 0.6


def test_what_callbacks_close_over_begins_anew_in_each_trial():
    seen = []
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(epoch))
    _, path = kept(sequential(), callbacks=[stop])
    count = len(seen)
    module._recipes.clear()
    for _ in range(2):
        assert make_trial(path, PATIENT, 1, 6).error is None
    held = module._recipes[path].callbacks[0].on_epoch_begin
    assert len(held.__closure__[0].cell_contents) == count


def test_seeds_that_the_script_wrote_down_go_with_that_of_the_trial():
    drawn = keras.initializers.GlorotUniform(seed=1)
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, "relu", kernel_initializer=drawn),
         layers.Dropout(0.2, seed=3), layers.Dense(2, "softmax", kernel_initializer=drawn)]
    )  # fmt: skip
    _, path = kept(model, shuffle=False)
    one, again, other = made(path), made(path), made(path, seed=2)
    assert one.loss == again.loss
    assert one.loss != other.loss


def test_of_a_recipe_that_a_full_disk_cut_off_nothing_is_left(tmp_path, monkeypatch):
    _, path = kept(sequential())
    found = recipe(path)
    real = type(path).open

    @contextmanager
    def full(self, *mode):
        with real(self, *mode) as file:
            yield SimpleNamespace(writelines=lambda parts: cut_off(file, b"".join(parts)))

    def cut_off(file, data):
        file.write(data[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(path), "open", full)
    with pytest.raises(OSError, match="No space left"):
        write_recipe(tmp_path / "recipe.pkl", found)
    assert list(tmp_path.iterdir()) == []
