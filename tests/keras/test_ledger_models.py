"""Models of every kind: the account closes, and training modes are told apart."""

import types

import keras
import numpy as np
import pytest
from keras import layers
from ledger_help import assert_closes, fitted, last, noise, row, statuses

from valgap.ledger.stand_in import stand_in
from valgap.observe.sources.base import Table

X, XV = noise(80), noise(50, seed=1)
S, SV = noise(80, 20).reshape(80, 5, 4), noise(50, 20, seed=3).reshape(50, 5, 4)
C, CV = (X[:, 0] > 0).astype("int32"), (XV[:, 0] > 0).astype("int32")


def head():
    return layers.Dense(2, activation="softmax")


def drawn(model, data=(X, XV), **compiled):
    keras.utils.set_random_seed(4)
    rate = keras.optimizers.Adam(0.01)
    model.compile(rate, "sparse_categorical_crossentropy", metrics=["accuracy"], **compiled)
    train, held_out = data
    return fitted(model, train, C, validation_data=(held_out, CV), epochs=2, batch_size=20)


def assert_both_close(ledger, tolerance=1e-5):
    assert_closes(last(ledger), tolerance)
    assert_closes(last(ledger, "accuracy"), tolerance)


def usual():
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(6),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            head(),
        ]
    )


def without_input():
    return keras.Sequential([layers.Dense(6), layers.BatchNormalization(), head()])


def functional():
    inputs = keras.Input((6,))
    hidden = layers.BatchNormalization()(layers.Dense(6)(inputs))
    return keras.Model(inputs, head()(layers.Dropout(0.3)(layers.Add()([hidden, inputs]))))


def with_shared_layers():
    inputs, dense, norm, drop = (
        keras.Input((6,)),
        layers.Dense(6),
        layers.BatchNormalization(),
        layers.Dropout(0.4),
    )
    hidden = drop(norm(dense(drop(norm(dense(inputs))))))
    return keras.Model(inputs, head()(hidden))


def nested():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(6), layers.BatchNormalization()])
    inputs = keras.Input((6,))
    return keras.Model(inputs, head()(layers.Dropout(0.2)(inner(inner(inputs)))))


def with_a_lambda():
    inputs = keras.Input((6,))
    return keras.Model(
        inputs, head()(layers.Lambda(lambda t: t * 2.0)(layers.Dropout(0.3)(inputs)))
    )


def without_noise_at_all():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(6), layers.LayerNormalization(), head()]
    )


def frozen_backbone():
    base = keras.Sequential([keras.Input((6,)), layers.Dense(6), layers.BatchNormalization()])
    base.trainable = False
    inputs = keras.Input((6,))
    hidden = layers.Dropout(0.2)(base(inputs, training=False))
    return keras.Model(inputs, head()(hidden))


def noise_asked_for_in_inference():
    inputs = keras.Input((6,))
    return keras.Model(inputs, head()(layers.Dropout(0.4)(inputs, training=True)))


FLAT = (
    without_input,
    functional,
    with_shared_layers,
    nested,
    with_a_lambda,
    without_noise_at_all,
    frozen_backbone,
    noise_asked_for_in_inference,
)


@pytest.mark.parametrize("make", FLAT, ids=lambda make: make.__name__)
def test_a_model_of_this_kind_has_every_row_and_closes(make):
    ledger = drawn(make())
    assert_both_close(ledger)
    assert set(statuses(last(ledger)).values()) == {"measured"}


def time_distributed():
    inner = keras.Sequential([layers.Dense(3), layers.Dropout(0.3)])
    inputs = keras.Input((5, 4))
    return keras.Model(inputs, head()(layers.Flatten()(layers.TimeDistributed(inner)(inputs))))


def bidirectional():
    inputs = keras.Input((5, 4))
    both = layers.Bidirectional(layers.LSTM(3, dropout=0.3, recurrent_dropout=0.3))
    return keras.Model(inputs, head()(both(inputs)))


def attention():
    inputs = keras.Input((5, 4))
    hidden = layers.MultiHeadAttention(2, 4, dropout=0.4)(inputs, inputs)
    return keras.Model(inputs, head()(layers.GlobalAveragePooling1D()(hidden)))


@pytest.mark.parametrize(
    "make", [time_distributed, bidirectional, attention], ids=lambda m: m.__name__
)
def test_noise_inside_layers_of_sequences_is_reached_and_stands_in_its_row(make):
    ledger = drawn(make(), (S, SV))
    assert_both_close(ledger)
    account = last(ledger)
    assert row(account, "noise-layers").delta != 0.0
    assert row(account, "batch-statistics").delta == pytest.approx(0.0, abs=1e-7)


class Passing(layers.Layer):
    """Takes `training` only to hand it on."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.drop = layers.Dropout(0.4)

    def call(self, x, training=None):
        return self.drop(x, training=training)


class Drawing(layers.Layer):
    """Draws noise of its own in training mode."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.seed = keras.random.SeedGenerator(3)

    def call(self, x, training=None):
        return x + keras.random.normal(keras.ops.shape(x), seed=self.seed) if training else x


class AlwaysDrawing(layers.Layer):
    """Draws noise in inference mode too, and says so nowhere."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.seed = keras.random.SeedGenerator(3)

    def call(self, x):
        return x + keras.random.normal(keras.ops.shape(x), seed=self.seed)


def test_a_layer_of_the_users_own_that_only_hands_training_on_is_no_mystery():
    ledger = drawn(keras.Sequential([keras.Input((6,)), layers.Dense(6), Passing(), head()]))
    assert_both_close(ledger)
    assert set(statuses(last(ledger)).values()) == {"measured"}
    assert row(last(ledger), "noise-layers").delta != 0.0


def test_noise_of_a_layer_of_the_users_own_is_merged_with_the_reason():
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(6),
            layers.BatchNormalization(),
            Drawing(name="hiss"),
            head(),
        ]
    )
    ledger = drawn(model)
    assert_both_close(ledger)
    merged = row(last(ledger), "noise-layers")
    assert merged.status == "merged"
    assert merged.reason == "inside batch-statistics: hiss has a training mode of its own"


def test_noise_in_inference_is_said_and_what_is_unaccounted_may_be_noise():
    ledger = drawn(keras.Sequential([keras.Input((6,)), layers.Dense(6), AlwaysDrawing(), head()]))
    assert "inference draws at random too: each figure is a mean of draws" in ledger.notes
    account = last(ledger)
    unaccounted = row(account, "unaccounted")
    assert unaccounted.delta != 0.0
    assert unaccounted.low <= 0.0 <= unaccounted.high
    assert row(account, "augmentation").delta == 0.0


class Own(keras.Model):
    """Sub-classed, with dropout and batch normalisation."""

    def __init__(self):
        super().__init__()
        self.dense, self.norm = layers.Dense(6), layers.BatchNormalization()
        self.drop, self.out = layers.Dropout(0.4), head()

    def call(self, x, training=None):
        hidden = self.norm(self.dense(x), training=training)
        return self.out(self.drop(hidden, training=training))


class OwnTrainStep(Own):
    def train_step(self, *data):  # on jax the state comes before it
        return super().train_step(*data)


class OwnTestStep(Own):
    def test_step(self, *data):
        return super().test_step(*data)


class OwnLoss(Own):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return super().compute_loss(x, y, y_pred, sample_weight) + 1.0


class OwnHarmlessLoss(Own):
    def compute_loss(self, *args, **kwargs):
        return super().compute_loss(*args, **kwargs)


class AddedLoss(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense, self.out = layers.Dense(6), head()

    def call(self, x):
        hidden = self.dense(x)
        self.add_loss(keras.ops.mean(hidden**2))
        return self.out(hidden)


def test_a_sub_classed_model_has_every_row_and_closes():
    ledger = drawn(Own())
    assert_both_close(ledger)
    assert set(statuses(last(ledger)).values()) == {"measured"}


def test_a_loss_added_in_call_stands_with_the_penalties():
    model = AddedLoss()
    account = last(drawn(model))
    assert_closes(account)
    added = np.mean(np.asarray(model.dense(XV)) ** 2)
    # One mean a batch of 20, 20 and 10 rows, each counted by its rows.
    assert row(account, "penalties-validation").delta == pytest.approx(added, abs=1e-5)


def test_a_train_step_of_its_own_leaves_the_rows_that_do_not_need_it():
    ledger = drawn(OwnTrainStep())
    account = last(ledger)
    assert_closes(account)
    assert row(account, "epoch-averaging").status == "merged"
    assert "train_step of its own" in row(account, "epoch-averaging").reason
    assert row(account, "generalisation").status == "measured"


def test_a_test_step_of_its_own_leaves_no_account():
    ledger = drawn(OwnTestStep())
    assert ledger.accounts == ()
    assert "test_step of its own" in ledger.unmeasured


def test_a_loss_of_its_own_that_is_not_keras_is_unmeasured_and_metrics_are_not():
    ledger = drawn(OwnLoss())
    assert set(statuses(last(ledger)).values()) == {"unmeasured"}
    assert row(last(ledger), "generalisation").reason == "the model has a compute_loss of its own"
    assert_closes(last(ledger, "accuracy"))


def test_a_loss_of_its_own_that_equals_that_of_keras_is_measured():
    assert_both_close(drawn(OwnHarmlessLoss()))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_another_precision_closes(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = usual()
    finally:
        keras.config.set_dtype_policy(before)
    # A step that jax compiles whole rounds less often than one layer by layer.
    rounds = keras.backend.backend() == "jax" and policy.startswith("mixed")
    assert_both_close(drawn(model), 1e-3 if rounds else 1e-5)


@pytest.mark.parametrize(
    "compiled",
    [{"run_eagerly": True}, {"steps_per_execution": 4}, {"jit_compile": True}],
    ids=lambda compiled: next(iter(compiled)),
)
def test_another_way_of_execution_closes(compiled):
    assert_both_close(drawn(usual(), **compiled))


def test_a_state_carried_from_batch_to_batch_is_said():
    model = keras.Sequential(
        [keras.Input(batch_shape=(10, 5, 4)), layers.LSTM(4, stateful=True, name="memory"), head()]
    )
    keras.utils.set_random_seed(4)
    model.compile("adam", "sparse_categorical_crossentropy")
    ledger = fitted(model, S, C, validation_data=(SV, CV), batch_size=10, shuffle=False, epochs=2)
    expected = "memory carries its state from batch to batch: its first state was taken anew"
    assert expected in ledger.notes


def pictures(rows, seed):
    return np.random.default_rng(seed).uniform(size=(rows, 8, 8, 3)).astype("float32")


def test_random_layers_of_pictures_stand_in_the_row_of_augmentation():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Pipeline([layers.RandomFlip(), layers.RandomContrast(0.4)]),
            layers.RandomRotation(0.2),
            layers.Flatten(),
            layers.Dropout(0.3),
            head(),
        ]
    )
    ledger = drawn(model, (pictures(80, 0), pictures(50, 1)))
    assert_both_close(ledger)
    assert row(last(ledger), "augmentation").delta != 0.0
    assert row(last(ledger), "noise-layers").delta != 0.0


class Times(layers.Layer):
    """Multiplies by a number that is set from outside: no weight, and in no configuration."""

    factor = 1.0

    def call(self, inputs):
        """Gives the inputs, that many times."""
        return self.factor * inputs


def test_a_layer_whose_clone_computes_otherwise_is_measured_on_the_model_itself():
    times = Times()
    model = keras.Sequential(
        [keras.Input((6,)), times, layers.Dense(6), layers.Dropout(0.2), head()]
    )
    times.factor = 7.0
    kept = [w.numpy() for w in model.weights]
    ledger = drawn(model)
    assert_both_close(ledger)
    assert times.factor == 7.0
    assert any((a != b.numpy()).any() for a, b in zip(kept, model.weights, strict=True))


def table_of(x):
    return Table(x, None, None, (len(x),), np.arange(len(x)))


def test_a_sound_clone_is_not_given_up_for_the_model():
    live, table = types.SimpleNamespace(model=usual(), trainable={}), table_of(X)
    clone = stand_in(live, table)
    assert not clone.borrowed
    clone.close()


def test_a_model_that_draws_at_random_in_inference_keeps_its_clone():
    inputs = keras.Input((6,))
    model = keras.Model(inputs, head()(layers.Dropout(0.5)(inputs, training=True)))
    clone = stand_in(types.SimpleNamespace(model=model, trainable={}), table_of(X))
    assert not clone.borrowed
    clone.close()
