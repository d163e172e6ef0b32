"""What remedies do to a model, and to its training, beyond being there."""

import copy
import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from experiment_recipes import of_numbers, of_pictures, of_table, of_tokens
from recipes_help import recipe_of_model, table
from test_remedies import (
    fresh,
    of_backbone,
    of_frames,
    of_padded_series,
    of_plain_pictures,
    of_plain_series,
    plain_numbers,
    saved_network,
    thawed,
    with_callbacks,
)

from valgap.experiments.feed import arguments
from valgap.experiments.rebuild import build
from valgap.remedies.attached import looks_at_validation
from valgap.remedies.base import CannotVaryError, remedied


def built(make, *arms, seed=2):
    recipe = make if dataclasses.is_dataclass(make) else fresh(make)
    return build(remedied(recipe, arms), seed)


def kinds(model):
    names = [type(layer).__name__ for layer in model._flatten_layers(include_self=False)]
    return [name for name in names if name != "InputLayer"]


def fitted(recipe, epochs=1, seed=2):
    model = build(recipe, seed)
    model.fit(
        **arguments(recipe),
        epochs=epochs,
        callbacks=copy.deepcopy(list(recipe.callbacks)),
        verbose=0,
    )
    return model


def small(**changes):
    """The cheapest recipe there is: scores of three classes, of shares 4, 1 and 1."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [keras.Input((4,)), layers.BatchNormalization(), layers.Dense(3, name="head")]
    )
    y = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [60, 15, 15]))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return recipe_of_model(model, table(columns=4) / 100, y, loss=loss, **changes)


def test_settings_of_the_optimiser_are_those_of_the_option():
    rate = float(built(small).optimizer.learning_rate.numpy())
    assert float(built(small, "lower-learning-rate:0.1").optimizer.learning_rate.numpy()) == (
        pytest.approx(0.1 * rate)
    )
    assert float(built(small, "raise-learning-rate:10").optimizer.learning_rate.numpy()) == (
        pytest.approx(10 * rate)
    )
    assert built(small, "weight-decay:0.1").optimizer.weight_decay == 0.1
    assert built(small, "clip-gradients:1").optimizer.global_clipnorm == 1.0


def test_a_cosine_ends_at_nothing_after_the_last_step():
    recipe = remedied(with_callbacks(fresh(small, epochs=5)), ["cosine-schedule"])
    schedule = build(recipe, 1).optimizer._learning_rate
    assert float(schedule(0)) == pytest.approx(1e-3)
    assert float(schedule(5 * 4 - 1)) > 0
    assert float(schedule(5 * 4)) == 0
    assert [type(c).__name__ for c in recipe.callbacks] == ["EarlyStopping"]


def test_averages_take_the_place_of_weights_when_the_fit_ends():
    recipe = fresh(small, epochs=3)
    averaged = remedied(recipe, ["averaged-weights"])
    plain, mean = fitted(recipe, 3), fitted(averaged, 3)
    steps = (
        plain.get_layer("head").get_weights()[0]
        - build(recipe, 2).get_layer("head").get_weights()[0]
    )
    apart = mean.get_layer("head").get_weights()[0] - plain.get_layer("head").get_weights()[0]
    assert 0 < np.abs(apart).max() < np.abs(steps).max()


def test_the_best_epoch_is_judged_by_rows_that_are_not_trained_on():
    recipe = remedied(fresh(small, epochs=4), ["keep-best-epoch"])
    (keeper,) = recipe.callbacks
    assert keeper.rows.count == 9
    assert recipe.train.count == 51
    every = np.concatenate([keeper.rows.x, recipe.train.x])
    assert len(np.unique(every, axis=0)) == 60
    assert set(np.unique(keeper.rows.y)) == {0, 1, 2}
    assert not looks_at_validation(recipe)
    assert looks_at_validation(with_callbacks(recipe))
    model = build(recipe, 2)
    seen = []
    keeper.on_epoch_end = spied(keeper, seen)
    model.fit(**arguments(recipe), epochs=4, callbacks=[keeper], verbose=0)
    told = model.evaluate(keeper.rows.x, keeper.rows.y, verbose=0)
    assert told == pytest.approx(keeper.best, rel=1e-4)
    assert len(seen) == 4


def spied(keeper, seen):
    before = keeper.on_epoch_end

    def spy(epoch, logs=None):
        seen.append(epoch)
        before(epoch, logs)

    return spy


def test_groups_are_held_out_whole():
    groups = {"train": np.arange(60) // 6, "validation": np.arange(30) // 6 + 10}
    recipe = remedied(fresh(small, groups=groups), ["keep-best-epoch"])
    held_out = recipe.callbacks[0].rows
    assert held_out.count == 12
    assert len(recipe.groups["train"]) == recipe.train.count == 48
    assert len(np.unique(recipe.groups["train"])) == 8


def test_rows_left_out_take_their_groups_with_them_and_rows_that_judge_stay():
    groups = {"train": np.arange(60), "validation": np.arange(30)}
    recipe = fresh(small, groups=groups)
    splits = []
    for rows in (recipe.train, recipe.validation):
        x = rows.x.copy()
        x[3, 1] = np.nan
        splits.append(dataclasses.replace(rows, x=x))
    damaged = dataclasses.replace(recipe, train=splits[0], validation=splits[1])
    made = remedied(damaged, ["fill-or-drop-non-finite"])
    assert made.groups["train"].tolist() == [0, 1, 2, *range(4, 60)]
    assert made.train.w is None
    assert made.validation.count == 30
    assert made.validation.x[3, 1] == pytest.approx(made.train.x[:, 1].mean(), rel=1e-5)


def test_groups_that_no_longer_tell_of_the_rows_are_let_go():
    from valgap.remedies.base import _with_what_is_known

    stale = {"train": np.arange(59), "validation": np.arange(30)}
    fits = {"train": np.arange(60), "validation": np.arange(30)}
    made = _with_what_is_known(fresh(small, groups=stale, subclasses=fits))
    assert (made.groups, made.subclasses) == ({}, fits)
    assert _with_what_is_known(fresh(small, subclasses=stale)).subclasses == {}


def test_statistics_are_those_of_training_rows_and_no_weight_is_changed():
    recipe = fresh(small, epochs=1)
    plain, again = fitted(recipe), fitted(remedied(recipe, ["reestimate-statistics"]))
    for one, other in zip(plain.trainable_weights, again.trainable_weights, strict=True):
        np.testing.assert_array_equal(one, other)
    rows = recipe.train.x
    np.testing.assert_allclose(again.layers[0].moving_mean, rows.mean(axis=0), rtol=1e-3)
    ratio = np.array(again.layers[0].moving_variance) / rows.var(axis=0)
    assert np.all((ratio > 0.7) & (ratio <= 1.001))  # of batches, a little less
    assert again.layers[0].momentum == plain.layers[0].momentum
    assert "call" not in again.layers[0].__dict__


def test_the_head_is_shifted_by_how_rare_a_class_is():
    recipe = fresh(small)
    plain, moved = fitted(recipe), fitted(remedied(recipe, ["logit-adjustment:1"]))
    shift = moved.get_layer("head").get_weights()[1] - plain.get_layer("head").get_weights()[1]
    shares = np.bincount(recipe.train.y) / recipe.train.count
    np.testing.assert_allclose(shift, -np.log(shares), rtol=1e-4)


def test_weights_are_put_back_before_statistics_and_the_head_last():
    arms = ["logit-adjustment:1", "reestimate-statistics", "keep-best-epoch"]
    made = remedied(fresh(small), arms)
    names = [type(c).__name__ for c in made.callbacks]
    assert names == ["KeepBestEpoch", "ReestimateStatistics", "ShiftHead"]


def test_mixup_mixes_rows_and_targets_by_one_share():
    from valgap.remedies.mixing import MixRows

    mixer, model = MixRows(0.4), build(fresh(small), 1)
    mixer.set_model(model)
    x = np.arange(8, dtype="float32")[:, None] * np.ones((8, 4), "float32")
    y = np.eye(8, dtype="float32")
    steps = [mixed(mixer, model, (x, y), step) for step in range(6)]
    for mixed_x, mixed_y in steps:
        np.testing.assert_allclose(mixed_y @ np.arange(8), mixed_x[:, 0], rtol=1e-5)
        np.testing.assert_allclose(mixed_y.sum(axis=1), 1, rtol=1e-5)
    assert len({float(y[0, 0]) for _, y in steps}) > 3
    again = mixed(mixer, model, (x, y), 2)
    np.testing.assert_array_equal(again[1], steps[2][1])


def mixed(mixer, model, data, step):
    """What the training step is given."""
    import keras

    from valgap.remedies.mixing import _ByStep

    kind = keras.random.SeedGenerator(7).state.dtype
    told = mixer._mixed(data, _ByStep(7, np.array(step), kind))
    return [keras.ops.convert_to_numpy(part) for part in told]


def test_mixed_rows_weigh_what_they_are_made_of():
    from valgap.remedies.mixing import MixRows

    y, w = np.eye(4, dtype="float32"), np.array([1, 2, 3, 4], "float32")
    x = np.zeros((4, 2), "float32")
    _, targets, weights = mixed(MixRows(1.0), None, (x, y, w), 1)
    np.testing.assert_allclose((targets * weights[:, None]).sum(axis=0).sum(), w.sum(), rtol=1e-5)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-5)


def test_cutmix_takes_a_box_and_counts_its_area():
    from valgap.remedies.mixing import MixRows

    x = np.arange(6, dtype="float32").reshape(6, 1, 1, 1, 1) * np.ones((6, 2, 10, 10, 1), "float32")
    for step in range(4):
        made_x, made_y = mixed(MixRows(1.0, cut=True), None, (x, np.eye(6, dtype="float32")), step)
        np.testing.assert_allclose(made_x.mean(axis=(1, 2, 3, 4)), made_y @ np.arange(6), rtol=1e-4)
        np.testing.assert_array_equal(made_x[:, 0], made_x[:, 1])


def test_names_of_things_are_not_mixed():
    with pytest.raises(CannotVaryError, match="names of things"):
        remedied(fresh(of_tokens), ["mixup:0.2"])
    with pytest.raises(CannotVaryError, match="not shuffled"):
        remedied(fresh(of_table), ["mixup:0.2"])


def test_evaluation_of_a_model_that_mixes_is_as_ever():
    recipe = remedied(fresh(small, epochs=2), ["mixup:0.4"])
    model = build(recipe, 2)
    callbacks = list(recipe.callbacks)
    before = model.evaluate(recipe.validation.x, recipe.validation.y, verbose=0)
    callbacks[0].set_model(model)
    assert model.evaluate(recipe.validation.x, recipe.validation.y, verbose=0) == before
    model.fit(**arguments(recipe), epochs=2, callbacks=callbacks, verbose=0)
    assert "train_step" not in model.__dict__


def test_mixing_changes_what_is_learned():
    recipe = fresh(small)
    plain, other = fitted(recipe), fitted(remedied(recipe, ["mixup:0.4"]))
    assert not np.allclose(
        plain.get_layer("head").get_weights()[0], other.get_layer("head").get_weights()[0]
    )


def test_inputs_are_standardised_within_the_model():
    recipe = fresh(of_plain_pictures)
    model = built(of_plain_pictures, "scale-inputs")
    values = np.array(model.layers[0](recipe.train.x))
    assert abs(values.mean()) < 1e-3
    assert values.std() == pytest.approx(1, abs=1e-3)
    made = remedied(recipe, ["scale-inputs"])
    np.testing.assert_array_equal(made.train.x, recipe.train.x)
    by_column = np.array(built(of_numbers, "scale-inputs").layers[0](fresh(of_numbers).train.x))
    np.testing.assert_allclose(by_column.std(axis=0), 1, rtol=1e-3)


def test_rescaling_behind_scaled_inputs_does_nothing_any_more():
    model = built(of_pictures, "scale-inputs")
    assert kinds(model)[0] == "Normalization"
    assert model.get_layer("rescaling").scale == 1.0


def test_targets_and_predictions_keep_their_units_when_targets_are_scaled():
    recipe = plain_numbers(fresh(of_numbers))
    y = recipe.train.y
    model = built(recipe, "scaled-targets")
    told = model.predict(recipe.train.x * 0, verbose=0)
    np.testing.assert_allclose(told, y.mean(), rtol=1e-3)
    loss = model.evaluate(recipe.train.x * 0, y, verbose=0)
    assert loss == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(
    ("make", "arm", "expected"),
    [
        (of_plain_pictures, "augmentation:all", "RandomRotation"),
        (of_plain_pictures, "augmentation-by-flips:horizontal", "RandomFlip"),
        (of_plain_series, "augmentation-of-series:warp", "RandomZoom"),
        (of_plain_series, "augmentation-of-series:crop", "RandomTranslation"),
        (of_plain_series, "augmentation-of-series:jitter", "GaussianNoise"),
        (of_plain_series, "augmentation-of-series:channels", "SpatialDropout1D"),
        (of_plain_series, "augmentation-of-series:scale", "RandomScale"),
    ],
)
def test_augmentation_is_there_in_training_and_not_in_inference(make, arm, expected):
    import keras

    recipe = fresh(make)
    plain, model = built(recipe), built(recipe, arm)
    assert expected in kinds(model)
    weights(model, plain)
    x = recipe.train.x[:8]
    np.testing.assert_allclose(model.predict(x, verbose=0), plain.predict(x, verbose=0), rtol=1e-4)
    draws = [keras.ops.convert_to_numpy(model(x, training=True)) for _ in range(2)]
    assert not np.allclose(*draws)


def weights(model, other):
    model.set_weights(other.get_weights())


def test_all_frames_are_transformed_alike():
    model = built(of_frames, "augmentation-of-frames:shift")
    x = np.repeat(fresh(of_frames).train.x[:6, :1], 4, axis=1)
    for layer in model.layers[1:6]:
        x = layer(x, training=True)
    x = np.array(x)
    assert x.shape == (6, 4, 10, 10, 1)
    np.testing.assert_array_equal(x, np.repeat(x[:, :1], 4, axis=1))
    assert not np.allclose(x[:, 0], fresh(of_frames).train.x[:6, 0])


def test_frames_come_out_of_inference_as_they_went_in():
    model = built(of_frames, "augmentation-of-frames:all")
    x = fresh(of_frames).train.x[:6]
    told = x
    for layer in model.layers[1:8]:
        told = layer(told, training=False)
    np.testing.assert_array_equal(told, x)


def test_a_series_is_scaled_as_a_whole():
    from valgap.remedies.layers import RandomScale

    x = np.random.default_rng(0).random((5, 7, 3)).astype("float32")
    ratio = np.array(RandomScale(0.2)(x, training=True)) / x
    assert np.ptp(ratio.reshape(5, -1), axis=1).max() < 1e-5
    assert np.ptp(ratio[:, 0, 0]) > 0.01


def test_a_layer_of_ours_comes_back_from_its_configuration():
    import keras

    from valgap.remedies.layers import RandomScale

    config = keras.saving.serialize_keras_object(RandomScale(0.2, name="s"))
    assert keras.saving.deserialize_keras_object(config).deviation == 0.2


def test_one_mask_is_for_all_frames():
    model = built(of_frames, "one-mask-for-all-frames")
    for name, over in (("dropped", (1,)), ("maps", (1, 2, 3))):
        layer = model.get_layer(name)
        assert type(layer).__name__ == "Dropout"
        given = np.ones((3, 4, 5, 5, 6), "float32")
        draws = [np.array(layer(given, training=True)) for _ in range(4)]
        assert max(np.ptp(told, axis=over).max() for told in draws) == 0
        assert max(map(np.ptp, draws)) > 0  # all may stay once


def test_attention_is_added_to_the_last_sequence():
    model = built(of_padded_series, "self-attention")
    assert kinds(model).count("MultiHeadAttention") == 1
    assert model.output_shape == (None, 1)
    sequential = built(of_plain_series, "self-attention")
    assert "MultiHeadAttention" in kinds(sequential)


def test_padding_is_masked_in_attention_too():
    recipe = fresh(of_plain_series)
    model = built(recipe, "mask-padding", "self-attention", "pool-over-steps:instead")
    x = np.random.default_rng(3).normal(size=(4, 9, 4)).astype("float32")
    x[:, 6:] = 0
    # As padding is left out, it may as well stand first: nothing here knows of the order.
    turned = np.concatenate([x[:, 6:], x[:, :6]], axis=1)
    before = model.predict(x, verbose=0)
    np.testing.assert_allclose(model.predict(turned, verbose=0), before, rtol=1e-4)
    x[:, :3] = 0
    assert not np.allclose(model.predict(x, verbose=0), before, rtol=1e-3)


def test_a_query_comes_from_the_row():
    recipe = fresh(of_padded_series)
    model = built(recipe, "query-from-the-row")
    x = {name: leaf[:6].copy() for name, leaf in recipe.train.x.items()}
    before = model.predict(x, verbose=0)
    x["asked"] += 3.0
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    assert "GlobalAveragePooling1D" in kinds(model)


@pytest.mark.parametrize(("option", "left"), [("instead", 0), ("behind", 1)])
def test_steps_are_pooled(option, left):
    model = built(of_plain_series, f"pool-over-steps:{option}")
    assert kinds(model).count("Bidirectional") == left
    assert kinds(model).count("GlobalAveragePooling1D") == 1


def test_a_recurrent_layer_takes_fewer_numbers_a_step():
    model = built(of_frames, "smaller-recurrent-input:32")
    assert model.get_layer("memory").cell.kernel.shape[0] == 32


@pytest.mark.parametrize(
    ("arm", "expected"),
    [("group-normalisation", "GroupNormalization"), ("layer-normalisation", "LayerNormalization")],
)
def test_normalisation_by_row_takes_the_place_of_that_by_batch(arm, expected):
    found = kinds(built(of_table, arm))
    assert expected in found
    assert "BatchNormalization" not in found


def test_momentum_is_lowered_and_never_raised():
    assert built(small, "batchnorm-momentum:0.9").layers[0].momentum == 0.9
    with pytest.raises(CannotVaryError):
        remedied(remedied(fresh(small), ["batchnorm-momentum:0.8"]), ["batchnorm-momentum:0.9"])


def test_batch_normalisation_stands_behind_hidden_layers_only():
    found = kinds(built(of_plain_pictures, "batch-normalisation"))
    assert found == ["Conv2D", "BatchNormalization", "Flatten", "Dense"]


def test_dropout_before_batch_normalisation_moves_to_the_head():
    model = built(of_table, "dropout-behind-batchnorm")
    assert model.get_layer("drop").rate == 0
    assert kinds(model)[-2:] == ["Dropout", "Dense"]
    assert model.layers[-2].rate == 0.5


def test_losses_of_keras_are_used_where_there_are_some():
    assert built(small, "focal-loss:2").loss.gamma == 2
    smoothed = built(small, "label-smoothing:0.1")
    assert type(smoothed.loss).__name__ == "CategoricalCrossentropy"
    columns = remedied(fresh(small), ["label-smoothing:0.1"])
    assert columns.train.y.shape == (60, 3)
    assert columns.validation.y.shape == (30, 3)


def test_rows_of_rare_classes_are_seen_as_often():
    recipe = remedied(fresh(small), ["resampling"])
    counts = np.bincount(recipe.train.y)
    assert counts.min() == counts.max()
    assert recipe.steps_per_epoch == 4


def test_a_layer_whose_mode_was_fixed_follows_the_model():
    # Some versions of Keras let `predict` choose all the same, so the graph itself is looked at.
    modes = {"always": [True], "base": [False]}
    for arms, expected in (((), modes), (("free-training-mode",), {**modes, "always": [None]})):
        model = remedied(fresh(of_backbone), arms).model
        found = {
            layer["name"]: [call["kwargs"].get("training") for call in layer["inbound_nodes"]]
            for layer in model["config"]["layers"]
        }
        assert {name: found[name] for name in modes} == expected


def test_fine_tuning_frees_all_but_batch_statistics():
    model = built(of_backbone, "fine-tuning:0.1")
    frozen = [w.path for w in model.non_trainable_weights]
    assert len(frozen) == 4
    assert all(path.split("/")[-2] == "bn" for path in frozen)
    thawed_model = built(thawed(fresh(of_backbone)), "freeze-backbone-batchnorm")
    assert [w.path.split("/")[-2] for w in thawed_model.non_trainable_weights] == ["bn"] * 4


def test_a_pretrained_network_keeps_its_weights_and_is_frozen(tmp_path):
    path = saved_network(tmp_path)
    model = fitted(remedied(fresh(of_plain_pictures), [f"pretrained-backbone:{path}"]))
    network = model.get_layer("network")
    for weight in network.weights:
        np.testing.assert_allclose(weight, 0.03)
    assert [w.path for w in model.trainable_weights] == ["head/kernel", "head/bias"]


def test_without_weights_on_the_machine_nothing_is_downloaded(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(CannotVaryError, match="no weights of a known network"):
        remedied(fresh(of_plain_pictures), ["pretrained-backbone"])
    with pytest.raises(CannotVaryError, match="cannot be read"):
        remedied(fresh(of_plain_pictures), [f"pretrained-backbone:{tmp_path / 'no.keras'}"])


def test_weights_that_were_loaded_survive_a_layer_more():
    recipe = fresh(small)
    start = tuple(np.full(w.shape, 0.7, "float32") for w in recipe.start)
    loaded = dataclasses.replace(recipe, start=start)
    model = built(loaded, "group-normalisation")
    np.testing.assert_allclose(model.get_layer("head").get_weights()[0], 0.7)


def test_a_model_that_is_given_back_loads_without_valgap(tmp_path):
    """Layers of ours that act in training alone are no part of it; what it says is the same."""
    import keras

    from valgap.remedies.plain import plain

    model = built(of_plain_series, "augmentation-of-series:scale")
    made, x = plain(model), fresh(of_plain_series).train.x[:5]
    assert plain(made) is made
    ours, theirs = (keras.ops.convert_to_numpy(each(x)) for each in (made, model))
    np.testing.assert_array_equal(ours, theirs)
    made.save(tmp_path / "model.keras")
    code = (
        "import keras, sys; keras.models.load_model(sys.argv[1]);"
        "assert not [m for m in sys.modules if m.startswith('valgap')]"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "model.keras")], check=True)
    assert keras.models.load_model(tmp_path / "model.keras").compiled == model.compiled
