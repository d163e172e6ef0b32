"""Steps of a row: attention, masks, and what their order is worth."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from probes_help import layer, measured

STEPS = 8


def series(seed, rows=160):
    """A class that only the order tells: the one high step comes early or late."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = rng.normal(0, 0.3, (rows, STEPS, 2)).astype("float32")
    at = rng.integers(0, STEPS // 2, rows) + y * (STEPS // 2)
    x[np.arange(rows), at, 0] += 3
    return x, y


def summed(seed, rows=160):
    """A class that the sum over the steps tells."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, STEPS, 2)).astype("float32")
    return x, (x[:, :, 0].sum(axis=1) > 0).astype("int32")


def fit(build, data, epochs=2, rate=0.03, mask=False):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((STEPS, 2))
    hidden = layers.Masking()(inputs) if mask else inputs
    model = keras.Model(inputs, layers.Dense(2, activation="softmax", name="head")(build(hidden)))
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return measured(model, *data(0), validation_data=data(1, 96), epochs=epochs)


class ByHand(layers.Layer):
    """Additive attention as people write it; `sharp` makes it look at one step."""

    def __init__(self, sharp):
        super().__init__(name="by_hand")
        self.sharp = sharp

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 1), initializer="ones")

    def call(self, x):
        weights = ops.softmax(self.sharp * ops.matmul(x, self.w), axis=1)
        return ops.sum(x * weights, axis=1)


def test_even_attention_written_by_hand_has_entropy_one_and_the_mean_does_as_well():
    found = fit(ByHand(0.0), series)
    (one,) = found.attention
    assert (one.layer, one.positions) == ("by_hand", STEPS)
    assert one.entropy == pytest.approx(1.0, abs=1e-5)
    assert one.with_mean.value == pytest.approx(0.0, abs=1e-5)


def test_attention_that_looks_at_steps_has_less_and_the_mean_costs_it():
    found = fit(ByHand(3.0), peaks, epochs=30)
    (one,) = found.attention
    assert one.entropy < 0.7
    assert one.with_mean.low > 0


def peaks(seed, rows=160):
    """The class is a mark on the one step that stands out; the others carry marks of noise."""
    rng = np.random.default_rng(seed)
    y, rows_ = rng.integers(0, 2, rows), np.arange(rows)
    x = np.zeros((rows, STEPS, 2), "float32")
    x[:, :, 1] = rng.normal(0, 1, (rows, STEPS)) * 0.3
    at = rng.integers(0, STEPS, rows)
    x[rows_, at, 0], x[rows_, at, 1] = 2, 0.5 * (2 * y - 1)
    return x, y


class Weighing(layers.Layer):
    """Attention as people write it: a layer that holds a layer, and a softmax of its own."""

    def build(self, shape):
        self.score = layers.Dense(1)
        self.score.build(shape)
        super().build(shape)

    def call(self, steps):
        return ops.sum(steps * ops.softmax(self.score(steps), axis=1), axis=1)


FORMS = {
    "of one's own": lambda x: Weighing(name="it")(x),  # noqa: PLW0108 (a new one each time)
    "keras": lambda x: layers.GlobalAveragePooling1D()(
        layers.MultiHeadAttention(2, 4, name="it")(x, x)
    ),
    "dot": lambda x: layers.GlobalAveragePooling1D()(layers.Attention(name="it")([x, x])),
    "additive": lambda x: layers.GlobalAveragePooling1D()(
        layers.AdditiveAttention(name="it")([x, x])
    ),
    "layer": lambda x: layers.Flatten()(
        layers.Multiply()([x, layers.Softmax(axis=1, name="it")(layers.Dense(1)(x))])
    ),
    "dense-over-steps": lambda x: layers.Flatten()(
        layers.Dense(STEPS, activation="softmax", name="it")(layers.Permute((2, 1))(x))
    ),
    "one-unit": lambda x: layers.Flatten()(
        layers.Multiply()([x, layers.Dense(1, activation="softmax", name="it")(x)])
    ),
    "operation": lambda x: ops.sum(x * ops.softmax(layers.Dense(1)(x), axis=1), axis=1),
}


@pytest.mark.parametrize("form", FORMS)
def test_attention_is_found_in_whatever_form(form):
    found = fit(FORMS[form], series, epochs=1)
    (one,) = found.attention
    assert one.positions == STEPS
    assert 0 < one.entropy <= 1 + 1e-9
    assert one.with_mean is not None
    assert one.layer == "it" or form == "operation"
    if form == "one-unit":
        assert one.entropy == pytest.approx(1.0)


def test_a_softmax_over_classes_is_no_attention():
    found = fit(lambda x: layers.Dense(5, activation="softmax")(layers.Flatten()(x)), series)
    assert found.attention == ()


def padded(seed, rows=160):
    x, y = summed(seed, rows)
    ends = np.random.default_rng(seed + 9).integers(3, STEPS, rows)
    x[np.arange(STEPS)[None] >= ends[:, None]] = 0
    return x, y


def test_a_mask_that_a_convolution_drops_is_lost_and_masked_steps_reach_the_loss():
    found = fit(
        lambda x: layers.Flatten(name="flat")(layers.Conv1D(4, 3, name="conv")(x)),
        padded,
        mask=True,
        epochs=30,
    )
    assert (layer(found, "masking").mask_in, layer(found, "masking").mask_out) == (False, True)
    assert (layer(found, "conv").mask_in, layer(found, "conv").mask_out) == (True, False)
    assert layer(found, "flat").mask_in is None
    assert found.masked_noise.low > 0


def test_a_mask_that_is_heeded_keeps_masked_steps_from_the_loss():
    found = fit(
        lambda x: layers.GlobalAveragePooling1D(name="pool")(
            layers.LSTM(4, return_sequences=True, name="lstm")(x)
        ),
        padded,
        mask=True,
    )
    assert (layer(found, "lstm").mask_in, layer(found, "lstm").mask_out) == (True, True)
    assert layer(found, "pool").mask_in
    assert found.masked_noise.value == pytest.approx(0.0, abs=1e-6)


def test_attention_by_hand_behind_a_mask_weighs_masked_steps():
    found = fit(ByHand(0.0), padded, mask=True)
    (one,) = found.attention
    share = np.mean(np.all(padded(1, 96)[0] == 0, axis=-1))
    assert one.on_masked == pytest.approx(share, abs=0.05)


def test_attention_of_keras_heeds_the_mask():
    found = fit(FORMS["keras"], padded, mask=True)
    assert found.attention[0].on_masked == pytest.approx(0.0, abs=1e-6)


def test_order_is_worth_something_to_a_model_of_a_task_of_order():
    found = fit(layers.Flatten(), series, epochs=20)
    assert found.permuted["x"].low > 0.1


def test_order_is_worth_nothing_to_a_mean_over_the_steps():
    found = fit(layers.GlobalAveragePooling1D(), summed, epochs=20)
    assert abs(found.permuted["x"].value) < 1e-5


def test_tokens_of_an_embedding_are_permuted_and_tables_are_not():
    rng = np.random.default_rng(0)
    tokens, table = rng.integers(1, 9, (160, STEPS)), rng.normal(size=(160, STEPS))
    words, numbers = keras.Input((STEPS,), name="words"), keras.Input((STEPS,), name="numbers")
    read = layers.Flatten()(layers.Embedding(9, 2)(words))
    model = keras.Model([words, numbers], layers.Dense(1)(layers.Concatenate()([read, numbers])))
    model.compile("adam", "mse")
    x = {"words": tokens, "numbers": table.astype("float32")}
    found = measured(model, x, tokens[:, 0].astype("float32"), epochs=1)
    assert set(found.permuted) == {"words"}


def test_frames_are_permuted_and_their_layers_measured_over_all_of_them():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(96, 4, 6, 6, 1)).astype("float32")
    y = (x[:, 0].mean(axis=(1, 2, 3)) > x[:, 3].mean(axis=(1, 2, 3))).astype("int32")
    each = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.GlobalAveragePooling2D(),
        ]
    )
    model = keras.Sequential(
        [
            keras.Input((4, 6, 6, 1)),
            layers.TimeDistributed(each),
            layers.LSTM(4),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    found = measured(model, x[:64], y[:64], validation_data=(x[64:], y[64:]), epochs=1)
    assert set(found.permuted) == {"x"}
    assert layer(found, "conv").units == 3
    assert layer(found, "conv").mean > 0
    assert layer(found, "conv").has_gradient
    assert found.missing == {"probes_by_layer": "it takes 40 rows of two classes in each split"}
