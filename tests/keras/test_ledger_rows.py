"""Each row of the account against an independent calculation with plain Keras."""

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import assert_closes, fitted, last, noise, row

X, XV = noise(96), noise(64, seed=1)
C, CV = (X[:, 0] > 0).astype("int32"), (XV[:, 0] > 0).astype("int32")
TRAINING = (
    "penalties-train",
    "weights",
    "augmentation",
    "noise-layers",
    "batch-statistics",
)
VALIDATION = ("validation-pipeline", "validation-weights", "penalties-validation")


def model_of(*hidden, seed=3, metrics=("accuracy",), **compiled):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input((6,)), *hidden, layers.Dense(2, activation="softmax", name="out")]
    )
    rate = keras.optimizers.Adam(0.01)
    model.compile(rate, "sparse_categorical_crossentropy", metrics=list(metrics), **compiled)
    return model


def drawn(model, **arguments):
    data = {"validation_data": (XV, CV), "epochs": 2} | arguments
    return fitted(model, X, C, **data)


def losses(model, x, y, **call):
    found = keras.losses.sparse_categorical_crossentropy(y, model(x, **call))
    return keras.ops.convert_to_numpy(found).astype(np.float64)


@pytest.fixture(scope="module")
def plain():
    model = model_of(layers.Dense(5, activation="relu"))
    return model, drawn(model)


def test_a_plain_model_has_rows_for_epoch_averaging_and_generalisation_alone(plain):
    _, ledger = plain
    for metric in ("loss", "accuracy"):
        account = last(ledger, metric)
        assert_closes(account)
        for name in (*TRAINING, *VALIDATION):
            assert row(account, name).status == "measured"
            assert row(account, name).delta == pytest.approx(0.0, abs=1e-7)


def test_generalisation_is_evaluate_on_validation_less_evaluate_on_training(plain):
    model, ledger = plain
    train, held_out = (model.evaluate(*d, verbose=0) for d in ((X, C), (XV, CV)))
    for position, metric in enumerate(("loss", "accuracy")):
        found = row(last(ledger, metric), "generalisation")
        assert found.before == pytest.approx(train[position], abs=1e-6)
        assert found.after == pytest.approx(held_out[position], abs=1e-6)
        assert found.low <= found.delta <= found.high
        assert found.n == len(XV)


def test_epoch_averaging_is_evaluate_on_training_less_the_logged_figure(plain):
    model, ledger = plain
    account = last(ledger)
    found = row(account, "epoch-averaging")
    assert found.before == account.train
    assert found.after == pytest.approx(model.evaluate(X, C, verbose=0)[0], abs=1e-6)


def test_penalties_are_the_l2_and_activity_penalties_by_hand():
    decay, activity = 0.02, 0.03
    hidden = layers.Dense(
        5,
        kernel_regularizer=keras.regularizers.L2(decay),
        activity_regularizer=keras.regularizers.L2(activity),
    )
    model = model_of(hidden)
    account = last(drawn(model))
    assert_closes(account)
    weights = decay * np.sum(np.asarray(hidden.kernel) ** 2)

    def by_hand(x):  # Keras divides an activity penalty by the rows of the batch
        return weights + activity * np.mean(
            np.sum(keras.ops.convert_to_numpy(hidden(x)) ** 2, axis=1)
        )

    assert row(account, "penalties-train").delta == pytest.approx(-by_hand(X), abs=1e-5)
    assert row(account, "penalties-validation").delta == pytest.approx(by_hand(XV), abs=1e-5)


def test_the_weights_row_is_the_weighted_loss_by_hand_in_its_scale_and_its_mixture():
    model = model_of(layers.Dense(5, activation="relu"))
    account = last(drawn(model, class_weight={0: 1.0, 1: 4.0}))
    assert_closes(account)
    rows, weight = losses(model, X, C), np.where(C == 1, 4.0, 1.0)
    found = row(account, "weights")
    assert found.before == pytest.approx(np.mean(weight * rows), abs=1e-5)
    assert found.after == pytest.approx(np.mean(rows), abs=1e-5)
    scale = np.mean(rows) - np.mean(weight) * np.mean(rows)
    mixture = np.mean(weight) * np.mean(rows) - np.mean(weight * rows)
    assert found.parts["scale"] == pytest.approx(scale, abs=1e-5)
    assert found.parts["mixture"] == pytest.approx(mixture, abs=1e-5)
    assert row(account, "validation-weights").delta == 0.0


def test_validation_sample_weights_have_a_row_of_their_own():
    weight = np.linspace(0.1, 3.0, len(XV)).astype("float32")
    model = model_of(layers.Dense(5), weighted_metrics=["accuracy"])
    ledger = drawn(model, validation_data=(XV, CV, weight))
    rows = losses(model, XV, CV)
    for metric in ("loss", "accuracy", "weighted_accuracy"):
        assert_closes(last(ledger, metric))
    found = row(last(ledger), "validation-weights")
    assert found.delta == pytest.approx(np.mean(weight * rows) - np.mean(rows), abs=1e-5)
    assert row(last(ledger, "accuracy"), "validation-weights").delta == 0.0
    correct = np.argmax(keras.ops.convert_to_numpy(model(XV)), axis=1) == CV
    by_hand = np.sum(weight * correct) / np.sum(weight) - np.mean(correct)
    found = row(last(ledger, "weighted_accuracy"), "validation-weights")
    assert found.delta == pytest.approx(by_hand, abs=1e-5)


def test_the_noise_row_holds_the_mean_of_many_draws_by_hand_in_its_interval():
    model = model_of(layers.Dense(16, activation="relu"), layers.Dropout(0.5))
    ledger = drawn(model, epochs=4)
    account = last(ledger)
    assert_closes(account)
    many = np.mean([losses(model, X, C, training=True) for _ in range(300)])
    found = row(account, "noise-layers")
    assert found.low <= np.mean(losses(model, X, C)) - many <= found.high
    assert found.high - found.low < 0.5 * abs(found.delta) + 0.1
    for name in ("augmentation", "batch-statistics"):
        assert row(account, name).delta == pytest.approx(0.0, abs=1e-7)


def test_batch_statistics_is_training_mode_against_inference_over_one_batch():
    model = model_of(layers.Dense(8), layers.BatchNormalization(momentum=0.9))
    account = last(drawn(model, batch_size=len(X)))
    assert_closes(account)
    moving = model.get_weights()
    of_the_batch = np.mean(losses(model, X, C, training=True))
    model.set_weights(moving)
    found = row(account, "batch-statistics")
    assert found.before == pytest.approx(of_the_batch, abs=1e-5)
    assert found.after == pytest.approx(np.mean(losses(model, X, C)), abs=1e-5)
    for name in ("augmentation", "noise-layers"):
        assert row(account, name).delta == pytest.approx(0.0, abs=1e-6)


def test_augmentation_in_the_model_is_told_from_noise_and_from_batch_statistics():
    class Shift(layers.RandomTranslation):
        """Any `Random*` layer: told by what it is derived from."""

    x, xv = (np.linspace(0, 1, n * 64).reshape(n, 8, 8, 1) for n in (96, 64))
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            Shift(0.4, 0.4, fill_mode="constant"),
            layers.Flatten(),
            layers.Dense(4, activation="relu"),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    ledger = fitted(model, x, C, validation_data=(xv, CV), epochs=3)
    account = last(ledger)
    assert_closes(account)
    many = np.mean([losses(model, x, C, training=True) for _ in range(60)])
    found = row(account, "augmentation")
    assert found.low <= np.mean(losses(model, x, C)) - many <= found.high
    assert found.delta != 0.0
    assert row(account, "noise-layers").delta == pytest.approx(0.0, abs=1e-6)


def test_validation_steps_that_miss_rows_stand_in_the_validation_pipeline():
    model = model_of(layers.Dense(5))
    account = last(drawn(model, validation_steps=2, validation_batch_size=10))
    assert_closes(account)
    rows = losses(model, XV, CV)
    found = row(account, "validation-pipeline")
    assert found.delta == pytest.approx(np.mean(rows[:20]) - np.mean(rows), abs=1e-5)
    assert row(account, "generalisation").after == pytest.approx(np.mean(rows), abs=1e-5)


def test_a_validation_generator_that_transforms_is_told_by_the_validation_pipeline():
    image = pytest.importorskip("tensorflow").keras.preprocessing.image
    draw = np.random.default_rng(0)
    x = draw.uniform(size=(60, 8, 8, 1)).astype("float32")
    y = (np.arange(60) % 2).astype("int32")
    x[y == 1, :, :4] += 1.0  # the side that is bright tells the class, and a flip hides it
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    flipping = image.ImageDataGenerator(horizontal_flip=True)
    ledger = fitted(
        model, x[:40], y[:40], validation_data=flipping.flow(x[40:], y[40:], seed=1), epochs=8
    )
    account = last(ledger)
    clean = row(account, "generalisation").after
    assert clean == pytest.approx(model.evaluate(x[40:], y[40:], verbose=0), abs=1e-5)
    found = row(account, "validation-pipeline")
    assert found.delta > 0
    assert row(account, "unaccounted").low <= 0 <= row(account, "unaccounted").high
