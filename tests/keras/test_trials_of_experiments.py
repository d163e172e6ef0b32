"""Experiments that train, on recipes of small real models."""

import dataclasses

import numpy as np
import pytest
from experiment_recipes import ALL, of_numbers, of_pictures, of_series, of_table, of_tokens
from recipes_help import labels, pictures, recipe_of_model, same, snapshot, table, written
from recipes_varied import damaged, fresh, layer, mislabelled, plain_numbers, sgd

from valgap.experiments.arms import CannotVaryError, load_experiments, varied
from valgap.experiments.change import layers_in
from valgap.experiments.rebuild import build
from valgap.experiments.trial import make_trial

ARMS = [e.arm(option) for e in load_experiments() for option in e.options]


def with_callbacks(recipe):
    import keras

    callbacks = (
        keras.callbacks.EarlyStopping(patience=2),
        keras.callbacks.ReduceLROnPlateau(),
        keras.callbacks.LearningRateScheduler(tenths),
    )
    return dataclasses.replace(recipe, callbacks=callbacks)


def tenths(epoch, rate):
    return 0.01 * 0.1**epoch


def frozen(recipe):
    import copy

    model = copy.deepcopy(recipe.model)
    layer(model, "first")["config"]["trainable"] = False
    trainable = {path: not str(path).endswith("first") for path in recipe.trainable}
    return dataclasses.replace(recipe, model=model, trainable=trainable)


def copied(recipe):
    """Twelve training rows are validation rows, four of them all but equal."""
    x = recipe.train.x.copy()
    x[:12] = recipe.validation.x[:12]
    x[8:12] *= 1 + 1e-4
    return dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, x=x))


# What an arm is tried on, where that is not the first recipe that it can vary.
SPECIAL = {
    "all-layers-trainable": lambda: frozen(fresh(of_table)),
    "doubtful-labels-left-out": lambda: mislabelled(fresh(of_table)),
    "non-finite-left-out": lambda: damaged(fresh(of_table)),
    "schedule-removed": lambda: with_callbacks(fresh(of_table)),
    "stopping-removed": lambda: with_callbacks(fresh(of_table)),
    "targets-standardised": lambda: plain_numbers(fresh(of_numbers)),
    "twins-left-out": lambda: copied(fresh(of_table)),
    "feature-left-out": lambda: fresh(of_table),
    "optimizer-plain": lambda: fresh(of_table, optimizer=sgd()),
}


def named(arm):
    return "feature-left-out:x[2]" if arm == "feature-left-out" else arm


def suitable(arm):
    if arm in SPECIAL:
        return SPECIAL[arm]()
    for make in ALL:
        recipe = fresh(make)
        try:
            varied(recipe, arm)
        except CannotVaryError:
            continue
        return recipe
    raise AssertionError(f"no recipe for {arm}")


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_trains_and_leaves_the_recipe_as_it_was(arm, tmp_path):
    recipe = suitable(arm)
    before = snapshot(recipe)
    changed = varied(recipe, named(arm))
    assert same(before, snapshot(recipe))
    assert not same(before, snapshot(changed))
    told = make_trial(written(tmp_path / "recipe.pkl", recipe), named(arm), 3, 1)
    assert told.error is None
    assert told.score is not None
    assert told.loss is not None


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("arm", ARMS)
def test_every_recipe_stays_as_it_is_and_what_is_made_of_it_can_be_built(make, arm):
    recipe = fresh(make)
    before = snapshot(recipe)
    try:
        changed = varied(recipe, named(arm))
    except CannotVaryError:
        changed = recipe
    if not same(before["model"], changed.model):
        build(changed, 1)
    assert same(before, snapshot(recipe))


@pytest.mark.parametrize("make", ALL)
def test_a_model_that_is_built_leaves_its_recipe_whole_for_the_next(make):
    recipe = make()
    before = snapshot(recipe)
    first, second = (build(recipe, 1).count_params() for _ in range(2))
    assert first == second
    assert same(before, snapshot(recipe))


def test_dropout_is_gone_or_halved_in_wrapped_nested_and_attention_layers():
    none = varied(fresh(of_series), "dropout-removed:0")
    held = {
        (c["class_name"], k): c["config"][k]
        for c in layers_in(none.model)
        for k in ("rate", "dropout", "recurrent_dropout")
        if k in c["config"]
    }
    assert set(held.values()) == {0.0}
    assert {("LSTM", "dropout"), ("LSTM", "recurrent_dropout"), ("Dropout", "rate")} <= set(held)
    half = varied(fresh(of_tokens), "dropout-removed:0.5")
    attention = [c for c in layers_in(half.model) if c["class_name"] == "MultiHeadAttention"]
    assert attention[0]["config"]["dropout"] == pytest.approx(0.1)
    pictures = varied(fresh(of_pictures), "dropout-removed:0").model
    assert [c["config"]["stddev"] for c in layers_in(pictures) if "stddev" in c["config"]] == [0]


def test_penalties_on_activations_are_taken_away_alone_or_with_all_others():
    def held(model):
        found = [(k, v) for c in layers_in(model) for k, v in c["config"].items()]
        return {k for k, v in found if k.endswith("_regularizer") and v}

    def losses(recipe):
        model = build(recipe, 1)
        model(recipe.train.x)
        return len(model.losses)

    recipe = fresh(of_series)
    everything = {"activity_regularizer", "kernel_regularizer", "recurrent_regularizer"}
    assert held(recipe.model) == everything
    alone = varied(recipe, "activity-penalty-removed")
    assert held(alone.model) == everything - {"activity_regularizer"}
    assert held(varied(recipe, "penalties-removed:0").model) == set()
    assert 0 < losses(alone) < losses(recipe)


def test_without_augmentation_training_mode_gives_what_inference_does():
    recipe = varied(fresh(of_pictures), "augmentation-removed")
    assert recipe.train.fed == ()
    model = build(varied(recipe, "dropout-removed:0"), 1)
    for one in model.layers:
        if one.name == "conv":
            break
        assert one.name in ("flip", "moved", "rescaling")
    x = recipe.train.x[:4]
    for one in model.layers[:3]:
        trained, plain = one(x, training=True), one(x, training=False)
        assert np.array_equal(np.asarray(trained), np.asarray(plain))
        x = trained
    assert tuple(x.shape) == (4, 12, 12, 3)


def test_a_crop_at_random_becomes_what_it_is_in_inference():
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.RandomCrop(8, 8),
            layers.Conv2D(2, 3, name="conv"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    recipe = recipe_of_model(model, pictures(), labels(2), loss="binary_crossentropy")
    plain = build(varied(recipe, "augmentation-removed"), 1)
    x = recipe.validation.x[:3].astype("float32")
    before = build(recipe, 1)
    plain.set_weights(before.get_weights())
    expected = keras.ops.convert_to_numpy(before(x, training=False))
    assert np.allclose(keras.ops.convert_to_numpy(plain(x, training=True)), expected)


def test_what_an_epoch_missed_is_in_it():
    assert fresh(of_table).steps_per_epoch == 2
    assert varied(fresh(of_table), "all-rows-per-epoch").steps_per_epoch is None
    with pytest.raises(CannotVaryError, match="all training rows"):
        varied(fresh(of_table, steps_per_epoch=4), "all-rows-per-epoch")


def test_the_best_epoch_is_the_last_thing_kept():
    recipe = varied(fresh(of_table), "best-epoch-kept")
    keeper = recipe.callbacks[-1]
    assert keeper.monitor == "val_loss"
    assert keeper.restore_best_weights
    with pytest.raises(CannotVaryError, match="kept already"):
        varied(recipe, "best-epoch-kept")


def test_the_rate_of_a_schedule_is_its_first_one():
    import keras

    recipe = with_callbacks(fresh(of_table))
    changed = varied(recipe, "schedule-removed")
    assert changed.optimizer["config"]["learning_rate"] == pytest.approx(0.01)
    assert [type(c).__name__ for c in changed.callbacks] == ["EarlyStopping"]
    rates = keras.optimizers.schedules
    for schedule, first in (
        (rates.ExponentialDecay(0.3, 10, 0.5), 0.3),
        (rates.PiecewiseConstantDecay([5], [0.2, 0.01]), 0.2),
        (rates.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=5), 0.1),
    ):
        optimizer = keras.saving.serialize_keras_object(keras.optimizers.SGD(schedule))
        changed = varied(fresh(of_table, optimizer=optimizer), "schedule-removed")
        assert changed.optimizer["config"]["learning_rate"] == pytest.approx(first)
        build(changed, 1)


def test_stopping_and_cuts_are_left_out_and_nothing_else():
    changed = varied(with_callbacks(fresh(of_table)), "stopping-removed")
    assert [type(c).__name__ for c in changed.callbacks] == ["LearningRateScheduler"]


def test_frozen_layers_are_trained():
    recipe = frozen(fresh(of_table))
    names = {w.path for w in build(recipe, 1).trainable_weights}
    assert not any("first" in name for name in names)
    changed = build(varied(recipe, "all-layers-trainable"), 1)
    assert any("first" in w.path for w in changed.trainable_weights)


@pytest.mark.parametrize("option", ["glorot", "he"])
def test_units_that_began_alike_begin_apart(option):
    recipe = fresh(of_table)
    alike = build(recipe, 1).get_layer("first").kernel
    assert np.ptp(np.asarray(alike)) == 0
    changed = varied(recipe, f"initialisation-replaced:{option}")
    kernel = np.asarray(build(changed, 1).get_layer("first").kernel)
    assert np.all(kernel.std(axis=1) > 0)
    assert changed.start is None


def test_relu_is_added_only_where_no_activation_follows():
    changed = varied(fresh(of_table), "activations-added").model
    held = {c["config"]["name"]: c["config"].get("activation") for c in layers_in(changed)}
    assert held["first"] == "tanh"
    assert held["second"] == "relu"
    assert held["head"] == "softmax"
    with pytest.raises(CannotVaryError, match="hidden layer"):  # the convolution has its own
        varied(fresh(of_pictures), "activations-added")
    wrapped = varied(fresh(of_series), "activations-added").model
    assert layer(wrapped, "by_step")["config"]["activation"] == "relu"
    assert layer(wrapped, "head")["config"]["activation"] == "linear"


def test_hidden_activations_are_replaced_and_heads_keep_theirs():
    changed = varied(fresh(of_pictures), "activations-replaced:elu").model
    assert layer(changed, "relu")["config"]["activation"] == "elu"
    assert layer(changed, "hidden")["config"]["activation"] == "elu"
    assert layer(changed, "head")["config"]["activation"] == "sigmoid"
    nested = varied(fresh(of_series), "activations-replaced:leaky_relu").model
    assert layer(nested, "inner")["config"]["activation"] == "leaky_relu"
    assert layer(nested, "soft")["class_name"] == "Softmax"


def test_pooling_stands_under_the_name_of_flatten():
    changed = build(varied(fresh(of_pictures), "pooling-for-flatten"), 1)
    assert type(changed.get_layer("flat")).__name__ == "GlobalAveragePooling2D"
    assert changed.get_layer("hidden").kernel.shape == (4, 8)


@pytest.mark.parametrize(("arm", "units"), [("larger-model", 64), ("smaller-model", 4)])
def test_widths_change_within_wrappers_and_nested_models_but_not_at_the_head(arm, units):
    changed = build(varied(fresh(of_series), arm), 1)
    assert changed.get_layer("net").get_layer("inner").units == units
    both = changed.get_layer("both")
    assert both.forward_layer.units == both.backward_layer.units == units // 2
    assert changed.output_shape == (None, 3)


def test_layers_that_were_loaded_are_loaded_still_where_others_change_their_size():
    recipe = fresh(of_pictures)
    loaded = list(recipe.start)
    loaded[0] = np.full_like(loaded[0], 0.25)
    recipe = dataclasses.replace(recipe, start=tuple(loaded))
    pooled = build(varied(recipe, "pooling-for-flatten"), 1)
    assert np.all(np.asarray(pooled.get_layer("conv").kernel) == 0.25)
    assert np.ptp(np.asarray(pooled.get_layer("hidden").kernel)) > 0


def head_of(recipe):
    config = layer(recipe.model, "head")["config"]
    return config["units"], config["activation"], recipe.loss


def with_head(recipe, units, activation, loss, change=None):
    import copy

    model = copy.deepcopy(recipe.model)
    layer(model, "head")["config"].update(units=units, activation=activation)
    splits = [recipe.train, recipe.validation]
    if change is not None:
        splits = [dataclasses.replace(rows, y=change(rows.y)) for rows in splits]
    return dataclasses.replace(
        recipe, model=model, loss=loss, train=splits[0], validation=splits[1], start=None
    )


SPARSE = "sparse_categorical_crossentropy"
HEADS = {
    "softmax on one unit": (of_pictures, (1, "softmax", "binary_crossentropy"), None, 1),
    "squared error of classes": (of_table, (1, "linear", "mse"), None, 3),
    "classes from 1": (of_table, (4, "softmax", SPARSE), lambda y: y * 10 + 5, 3),
    "sigmoid for classes": (of_table, (3, "sigmoid", SPARSE), None, 3),
    "minus 1 and 1": (of_pictures, (1, "sigmoid", "binary_crossentropy"), lambda y: 2 * y - 1, 1),
    "logits taken for probabilities": (of_pictures, (1, "linear", "binary_crossentropy"), None, 1),
    "one-hot and squared error": (of_table, (3, "softmax", "mse"), lambda y: np.eye(3)[y], 3),
    "numbers under cross-entropy": (of_numbers, (1, "sigmoid", "binary_crossentropy"), None, 1),
    "flags under softmax": (
        of_table,
        (2, "softmax", "categorical_crossentropy"),
        lambda y: np.stack([y > 0, y < 2], axis=1).astype("float32"),
        2,
    ),
}
WANTED = {
    1: ("sigmoid", "binary_crossentropy"),
    2: ("sigmoid", "binary_crossentropy"),
    3: ("softmax", SPARSE),
}


@pytest.mark.parametrize("fault", HEADS)
def test_a_head_that_does_not_fit_is_replaced_by_what_targets_ask_for(fault, tmp_path):
    make, head, change, units = HEADS[fault]
    recipe = with_head(fresh(make), *head, change)
    changed = varied(recipe, "head-that-fits")
    wanted = ("linear", "mean_squared_error") if make is of_numbers else WANTED[units]
    assert head_of(changed) == (units, *wanted)
    for rows in (changed.train, changed.validation):
        if units == 3:
            assert set(np.unique(rows.y)) == {0, 1, 2}
        elif make is of_pictures:
            assert set(np.unique(rows.y)) == {0, 1}
    told = make_trial(written(tmp_path / "recipe.pkl", recipe), "head-that-fits", 3, 1)
    assert told.error is None
    assert told.score is not None
    with pytest.raises(CannotVaryError, match="fit each other already"):
        varied(changed, "head-that-fits")


@pytest.mark.parametrize("make", [of_table, of_pictures, of_series, of_tokens])
def test_a_head_that_fits_is_left_alone(make):
    with pytest.raises(CannotVaryError, match="fit each other already"):
        varied(fresh(make), "head-that-fits")


def test_classes_that_validation_counts_from_another_number_are_matched():
    recipe = with_head(fresh(of_table), 4, "softmax", SPARSE)
    moved = dataclasses.replace(recipe.validation, y=recipe.validation.y + 1)
    changed = varied(dataclasses.replace(recipe, validation=moved), "head-that-fits")
    assert np.array_equal(changed.validation.y, recipe.validation.y)
    assert np.array_equal(changed.train.y, recipe.train.y)


def test_scores_with_logits_fit_where_the_loss_takes_them():
    import keras

    loss = keras.saving.serialize_keras_object(keras.losses.BinaryCrossentropy(from_logits=True))
    recipe = with_head(fresh(of_pictures), 1, "linear", loss)
    with pytest.raises(CannotVaryError, match="fit each other already"):
        varied(recipe, "head-that-fits")


def test_inputs_are_standardised_by_training_rows_and_tokens_stay():
    recipe = fresh(of_tokens)
    changed = varied(recipe, "inputs-standardised")
    assert np.array_equal(changed.train.x[0], recipe.train.x[0])
    assert np.allclose(changed.train.x[1].mean(axis=0), 0, atol=1e-4)
    assert np.allclose(changed.train.x[1].std(axis=0), 1, atol=1e-4)
    only = dataclasses.replace(recipe.train, x=(recipe.train.x[0],))
    with pytest.raises(CannotVaryError, match="tokens"):
        varied(dataclasses.replace(recipe, train=only), "inputs-standardised")


def test_standardised_pictures_are_fractions_and_not_rescaled_again():
    changed = varied(fresh(of_pictures), "inputs-standardised")
    assert abs(float(changed.train.x.mean())) < 1e-3
    assert np.array_equal(changed.train.fed[1], changed.train.x)
    model = build(changed, 1)
    assert model.input_dtype == "float32"
    rescaled = model.get_layer("rescaling")(changed.train.x)
    assert np.allclose(np.asarray(rescaled), changed.train.x)


def test_the_linear_head_reaches_standardised_targets():
    changed = varied(fresh(of_numbers), "targets-standardised:linear")
    assert layer(changed.model, "head")["config"]["activation"] == "linear"
    assert abs(float(changed.train.y.mean())) < 1e-3
    assert changed.train.y.std() == pytest.approx(1, abs=1e-3)
    with pytest.raises(CannotVaryError, match="unless it is linear"):
        varied(fresh(of_numbers), "targets-standardised")
    with pytest.raises(CannotVaryError, match="no numbers"):
        varied(fresh(of_table), "targets-standardised")


def test_twins_are_left_out_and_others_stay():
    recipe = copied(fresh(of_table))
    changed = varied(recipe, "twins-left-out")
    assert np.array_equal(changed.train.x, recipe.train.x[12:])
    assert np.array_equal(changed.train.w, recipe.train.w[12:])
    with pytest.raises(CannotVaryError, match="no training row"):
        varied(fresh(of_table), "twins-left-out")


def test_doubtful_labels_are_those_that_were_exchanged():
    recipe = mislabelled(fresh(of_table))
    changed = varied(recipe, "doubtful-labels-left-out")
    wrong = [
        int((np.argmax(r.train.x[:, :3], axis=1) != r.train.y).sum()) for r in (recipe, changed)
    ]
    assert wrong[0] == 3
    assert wrong[1] < 3
    assert changed.train.count - wrong[1] == recipe.train.count - 3


def test_a_feature_left_out_has_its_training_mean_in_both_splits():
    recipe = fresh(of_tokens)
    changed = varied(recipe, "feature-left-out:x[1][2]")
    mean = recipe.train.x[1][:, 2].mean()
    for rows, before in ((changed.train, recipe.train), (changed.validation, recipe.validation)):
        assert np.allclose(rows.x[1][:, 2], mean, rtol=1e-5)
        assert np.array_equal(rows.x[1][:, :2], before.x[1][:, :2])
        assert np.array_equal(rows.x[0], before.x[0])
    whole = varied(fresh(of_series), "feature-left-out:numbers")
    assert np.ptp(whole.validation.x["numbers"], axis=0).max() == 0


def test_optimisers_and_batches_are_as_said():
    plain = varied(fresh(of_table, optimizer=sgd()), "optimizer-plain")
    assert type(build(plain, 1).optimizer).__name__ == "Adam"
    with pytest.raises(CannotVaryError, match="already"):
        varied(plain, "optimizer-plain")
    with pytest.raises(CannotVaryError, match="already"):  # as Keras gives back its own default
        varied(fresh(of_table), "optimizer-plain")
    larger = varied(fresh(of_table), "batches-larger:32")
    assert (larger.batch_size, larger.steps_per_epoch) == (32, 1)


def test_a_model_of_its_own_class_has_no_hidden_layers_to_change():
    recipe = fresh(of_table)
    own = {**recipe.model, "class_name": "Own", "config": {"name": "own"}}
    with pytest.raises(CannotVaryError):
        varied(dataclasses.replace(recipe, model=own), "activations-added")
    standardised = varied(dataclasses.replace(recipe, model=own), "inputs-standardised")
    assert np.allclose(standardised.train.x.std(axis=0), 1, atol=1e-3)
    assert np.allclose(table()[:60].std(axis=0), recipe.train.x.std(axis=0))
