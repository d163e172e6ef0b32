"""Every remedy on recipes of small real models: it can be made, and it trains."""

import copy
import dataclasses

import cloudpickle
import numpy as np
import pytest
from experiment_recipes import of_numbers, of_pictures, of_series, of_table, of_tokens
from recipes_help import labels, recipe_of_model, same, series, snapshot, table
from recipes_varied import damaged, fresh, mislabelled, plain_numbers, sgd

from valgap.experiments.change import layers_in
from valgap.experiments.feed import arguments
from valgap.experiments.rebuild import build
from valgap.experiments.trial import _trained
from valgap.observe.sources.nested import take_rows
from valgap.remedies.base import CannotVaryError, load_remedies, remedied
from valgap.remedies.shapes import with_shapes

REMEDIES = load_remedies()


def of_frames(**changes):
    """A Functional model of four frames a row, flattened for an LSTM; three classes."""
    import keras
    from keras import layers

    start = keras.Input((4, 10, 10, 1), name="frames")
    x = layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu"))(start)
    x = layers.TimeDistributed(layers.Dropout(0.3), name="dropped")(x)
    x = layers.TimeDistributed(layers.SpatialDropout2D(0.2), name="maps")(x)
    x = layers.TimeDistributed(layers.Flatten())(x)
    x = layers.LSTM(6, name="memory")(x)
    model = keras.Model(start, layers.Dense(3, activation="softmax", name="head")(x))
    x = np.random.default_rng(0).random((90, 4, 10, 10, 1)).astype("float32")
    return recipe_of_model(model, x, labels(3), loss="sparse_categorical_crossentropy", **changes)


def of_plain_pictures(**changes):
    """A Sequential model of pictures that nothing transforms; three classes, two of them rare."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(3, name="head"),
        ]
    )
    x = np.random.default_rng(0).random((90, 12, 12, 3)).astype("float32")
    y = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [60, 15, 15]))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return recipe_of_model(model, x, y, loss=loss, **changes)


def of_padded_series(**changes):
    """A Functional model of a constant query and of series half of which is padding."""
    import keras
    from keras import layers

    asked, steps = keras.Input((8,), name="asked"), keras.Input((9, 4), name="steps")
    states = layers.LSTM(8, return_sequences=True, name="states")(steps)
    query = layers.Dense(8, name="query")(asked)
    weights = layers.Softmax()(layers.Dot(axes=-1, name="scores")([query, states]))
    x = layers.Dot(axes=1)([weights, states])
    out = layers.Dense(1, activation="sigmoid", name="head")(x)
    x = {"asked": np.full((90, 8), 0.1, "float32"), "steps": series(steps=9, columns=4)}
    return recipe_of_model(
        keras.Model([asked, steps], out), x, labels(2), loss="binary_crossentropy", **changes
    )


def of_plain_series(**changes):
    """A Sequential model of series, padded at the end; two classes."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((9, 4)),
            layers.Dense(6, activation="relu"),
            layers.Bidirectional(layers.GRU(4, recurrent_initializer="zeros"), name="both"),
            layers.Dense(2, activation="softmax", name="head"),
        ]
    )
    x = series(steps=9, columns=4)
    x[:, 6:] = 0
    return recipe_of_model(model, x, labels(2), loss="sparse_categorical_crossentropy", **changes)


def of_maps(**changes):
    """A Sequential model of pictures with a wide kernel, a stride and two poolings; two classes."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(4, 9, padding="same", activation="relu", name="wide"),
            layers.MaxPooling2D(2, name="halved"),
            layers.Conv2D(4, (3, 7), strides=2, padding="same", activation="relu", name="strided"),
            layers.AveragePooling2D(4, name="last_pool"),
            layers.Flatten(name="flat"),
            layers.Dense(2, activation="softmax", name="head"),
        ]
    )
    x = np.random.default_rng(0).random((90, 16, 16, 1)).astype("float32")
    return recipe_of_model(model, x, labels(2), loss="sparse_categorical_crossentropy", **changes)


def of_penalised_steps(**changes):
    """A Functional model of series with penalties on activities of nine steps; two classes."""
    import keras
    from keras import layers

    start = keras.Input((9, 4))
    x = layers.LSTM(6, return_sequences=True, activity_regularizer="l2", name="steps")(start)
    x = layers.ActivityRegularization(l1=0.09, name="paid")(x)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dense(5, activity_regularizer="l2", name="once")(x)
    model = keras.Model(start, layers.Dense(1, activation="sigmoid", name="head")(x))
    x = series(steps=9, columns=4)
    return recipe_of_model(model, x, labels(2), loss="binary_crossentropy", **changes)


def uneven(**changes):
    """A Sequential model of two classes, one of them three times as frequent, that overlap."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(1, activation="sigmoid", name="head")]
    )
    y = np.random.default_rng(1).permutation(np.repeat([0, 1], [180, 60]))
    x = np.random.default_rng(2).normal(size=(240, 4)).astype("float32")
    x[:, 0] += y
    return recipe_of_model(model, x, y, loss="binary_crossentropy", train=180, **changes)


def of_penalties(**changes):
    """A Sequential model of a table with penalties on weights and on activities."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, kernel_regularizer="l2", activity_regularizer="l2"),
            layers.Dense(3, activation="softmax", name="head"),
        ]
    )
    return recipe_of_model(
        model, table(), labels(3), loss="sparse_categorical_crossentropy", **changes
    )


def of_backbone(**changes):
    """A frozen network of ten layers within a model, dropout always on before the head."""
    import keras
    from keras import layers

    inner = [keras.Input((12, 12, 3))]
    for number in range(4):
        inner += [layers.Conv2D(4, 3, padding="same", name=f"c{number}"), layers.ReLU()]
    inner += [layers.BatchNormalization(name="bn"), layers.GlobalAveragePooling2D()]
    base = keras.Sequential(inner, name="base")
    base.trainable = False
    start = keras.Input((12, 12, 3))
    x = layers.Dropout(0.1, name="always")(base(start, training=False), training=True)
    model = keras.Model(start, layers.Dense(1, activation="sigmoid", name="head")(x))
    x = np.random.default_rng(0).random((90, 12, 12, 3)).astype("float32")
    return recipe_of_model(model, x, labels(2), loss="binary_crossentropy", **changes)


def thawed(recipe):
    """The network within it is trained."""
    model = copy.deepcopy(recipe.model)
    for layer in layers_in(model):
        if "trainable" in layer["config"]:
            layer["config"]["trainable"] = True
    return dataclasses.replace(recipe, model=model, trainable=dict.fromkeys(recipe.trainable, True))


def with_callbacks(recipe):
    import keras

    callbacks = (keras.callbacks.EarlyStopping(patience=2), keras.callbacks.ReduceLROnPlateau())
    return dataclasses.replace(recipe, callbacks=callbacks)


def with_train(recipe, **changes):
    return dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, **changes))


def never_moving(recipe):
    x = recipe.train.x.copy()
    x[:, 2] = 7
    return with_train(recipe, x=x)


def telling(recipe):
    """One feature is the label."""
    splits = []
    for rows in (recipe.train, recipe.validation):
        x = rows.x.copy()
        x[:, 4] = rows.y
        splits.append(dataclasses.replace(rows, x=x))
    return dataclasses.replace(recipe, train=splits[0], validation=splits[1])


def contradicting(recipe):
    x = recipe.train.x.copy()
    x[np.flatnonzero(recipe.train.y == 0)[:2]] = x[np.flatnonzero(recipe.train.y == 1)[:2]]
    return with_train(recipe, x=x)


def saved_network(folder):
    """The path of a network without a head, with weights that no initialiser draws."""
    import keras
    from keras import layers

    start = keras.Input((24, 24, 3))
    x = layers.Conv2D(5, 3, name="stem")(layers.Rescaling(1 / 255)(start))
    model = keras.Model(start, layers.BatchNormalization()(x), name="network")
    model.set_weights([np.full(w.shape, 0.03, "float32") for w in model.weights])
    path = folder / "network.keras"
    model.save(path)
    return str(path)


ALL = (
    *(of_table, of_numbers, of_penalties, of_pictures, of_plain_pictures, of_backbone),
    *(of_plain_series, of_frames, of_padded_series, of_tokens, of_series),
)
# What an arm is tried on, where that is not the first recipe that it can vary.
SPECIAL = {
    "adam": lambda: fresh(of_table, optimizer=sgd()),
    "drop-conflicting-rows": lambda: contradicting(fresh(of_table)),
    "drop-doubtful-labels": lambda: mislabelled(fresh(of_table)),
    "fill-or-drop-non-finite": lambda: damaged(fresh(of_table)),
    "more-patience": lambda: with_callbacks(fresh(of_table)),
    "scaled-targets": lambda: plain_numbers(fresh(of_numbers)),
    "slower-schedule": lambda: with_callbacks(fresh(of_table)),
    "freeze-backbone-batchnorm": lambda: thawed(fresh(of_backbone)),
    "pretrained-backbone": lambda: fresh(of_plain_pictures),
    "self-attention": lambda: fresh(of_padded_series),
    "decision-thresholds": lambda: fresh(uneven),
    "drop-constant-features": lambda: never_moving(fresh(of_table)),
    "drop-feature": lambda: telling(fresh(of_table)),
    "less-pooling": lambda: fresh(of_maps),
    "mend-labels": lambda: mislabelled(fresh(of_table)),
    "smaller-kernels": lambda: fresh(of_maps),
    "thin-out-rows": lambda: fresh(of_table, groups=GROUPS),
    "train-on-subclasses": lambda: fresh(uneven, subclasses=KINDS),
    "activity-penalty-by-length": lambda: fresh(of_penalised_steps),
}
GROUPS = {"train": np.arange(60) // 6, "validation": np.arange(30) // 6 + 10}
KINDS = {"train": np.arange(180) % 2, "validation": np.arange(60) % 2}
# What refuses it, where all of the recipes have something of the kind.
REFUSED = {
    "drop-doubtful-labels": lambda: fresh(of_numbers),
    "clip-gradients": lambda: clipped(fresh(of_table)),
    "keep-best-epoch": lambda: few(fresh(of_table)),
    "larger-batches": lambda: fresh(of_table, batch_size=60),
    "smaller-batches": lambda: fresh(of_table, batch_size=4),
    "averaged-weights": lambda: set_to(fresh(of_table), use_ema=True),
    "weight-decay": lambda: set_to(fresh(of_table), weight_decay=0.01),
    "tuned-baseline": lambda: set_to(fresh(of_table), weight_decay=0.01),
    "cosine-schedule": lambda: set_to(fresh(of_table), learning_rate={"config": {}}),
    "lower-learning-rate": lambda: set_to(fresh(of_table), learning_rate=None),
    "raise-learning-rate": lambda: set_to(fresh(of_table), learning_rate=None),
    "placebo-epsilon": lambda: set_to(fresh(of_table), epsilon=None),
    "scale-inputs": lambda: standard(fresh(of_table)),
    "adam": lambda: fresh(of_table),
    "placebo-dropout": lambda: without_sizes(fresh(of_table)),
    "placebo-identity": lambda: without_sizes(fresh(of_table)),
    "placebo-penalty": lambda: penalised(fresh(of_table)),
    "default-initialiser": lambda: usual(fresh(of_numbers)),
    "smaller-model": lambda: headless(fresh(of_numbers)),
    "larger-model": lambda: headless(fresh(of_numbers)),
    "more-layers": lambda: headless(fresh(of_numbers)),
    "drop-constant-features": lambda: fresh(of_table),
    "train-on-subclasses": lambda: fresh(of_numbers),
    "thin-out-rows": lambda: fresh(of_table),
}
# A fit can always be longer.
NEVER_REFUSED = {"more-epochs"}


def clipped(recipe):
    return set_to(recipe, clipnorm=1.0)


def set_to(recipe, **settings):
    optimizer = copy.deepcopy(recipe.optimizer)
    optimizer["config"].update(settings)
    return dataclasses.replace(recipe, optimizer=optimizer)


def few(recipe):
    rows = np.arange(20)
    return with_train(recipe, x=recipe.train.x[rows], y=recipe.train.y[rows], w=None)


def standard(recipe):
    x = recipe.train.x
    return with_train(recipe, x=(x - x.mean(axis=0)) / x.std(axis=0))


def without_sizes(recipe):
    model = copy.deepcopy(recipe.model)
    model["config"]["layers"] = model["config"]["layers"][:1]
    return dataclasses.replace(recipe, model=model)


def headless(recipe):
    """Nothing stands before the head."""
    model = copy.deepcopy(recipe.model)
    layers = model["config"]["layers"]
    model["config"]["layers"] = [layers[0], layers[-1]]
    return dataclasses.replace(recipe, model=model)


def penalised(recipe):
    model = copy.deepcopy(recipe.model)
    for layer in layers_in(model):
        if "kernel_regularizer" in layer["config"]:
            layer["config"]["kernel_regularizer"] = "l2"
    return dataclasses.replace(recipe, model=model)


def usual(recipe):
    return dataclasses.replace(recipe, start=None)


def named(one, option, folder):
    return one.arm(saved_network(folder)) if one.name == "pretrained-backbone" else one.arm(option)


def suitable(one, option=None):
    arm = one.arm(one.options[0] if option is None else option)
    if one.name in SPECIAL:
        return SPECIAL[one.name]()
    for make in ALL:
        try:
            remedied(fresh(make), [arm])
        except CannotVaryError:
            continue
        return fresh(make)
    raise AssertionError(f"no recipe for {arm}")


@pytest.mark.parametrize("one", REMEDIES, ids=lambda r: r.name)
def test_a_remedy_trains_and_leaves_the_recipe_as_it_was(one, tmp_path):
    import keras

    recipe = suitable(one)
    before = snapshot(recipe)
    changed = remedied(recipe, [named(one, one.options[0], tmp_path)])
    assert same(before, snapshot(recipe))
    assert not same(before, snapshot(changed))
    model = build(changed, 3)
    callbacks = cloudpickle.loads(cloudpickle.dumps(list(changed.callbacks)))
    model.fit(**arguments(changed), epochs=1, callbacks=callbacks, verbose=0)
    told = model(take_rows(changed.validation.x, slice(8)), training=False)
    assert np.isfinite(keras.ops.convert_to_numpy(told)).all()


# They change targets, losses or what the head gives, by which a trial is scored.
SCORED = (
    *("cutmix", "focal-loss", "head-that-fits-the-loss", "label-smoothing", "logit-adjustment"),
    *("scaled-targets", "fill-or-drop-non-finite"),
)


@pytest.mark.parametrize("name", SCORED)
def test_what_is_made_of_targets_can_be_scored(name):
    one = next(r for r in REMEDIES if r.name == name)
    changed = remedied(suitable(one), [one.arm(one.options[0])])
    told = _trained(dataclasses.replace(changed, epochs=1), 3, is_watched=False)
    assert told["score"] is not None
    assert told["loss"] is not None


@pytest.mark.parametrize("one", [r for r in REMEDIES if len(r.options) > 1], ids=lambda r: r.name)
def test_other_options_can_be_built(one, tmp_path):
    for option in one.options[1:]:
        recipe = fresh(of_numbers) if option == "linear" else suitable(one, option)
        changed = remedied(recipe, [one.arm(option)])
        assert not same(snapshot(changed), snapshot(recipe))
        if not same(recipe.model, changed.model):
            assert build(changed, 3).built


@pytest.mark.parametrize("one", REMEDIES, ids=lambda r: r.name)
def test_a_remedy_refuses_what_has_nothing_of_the_kind_in_one_line(one):
    if one.name in NEVER_REFUSED:
        return
    made_by = REFUSED.get(one.name)
    recipes = [made_by()] if made_by else [fresh(make) for make in ALL]
    reasons = [reason for reason in (refusal(recipe, one) for recipe in recipes) if reason]
    assert reasons
    for reason in reasons:
        assert 10 < len(reason) < 300
        assert "\n" not in reason


def refusal(recipe, one):
    """Why it cannot be put on; None where it can."""
    try:
        remedied(recipe, [one.arm(one.options[0])])
    except CannotVaryError as error:
        return str(error)
    return None


@pytest.mark.parametrize("one", [r for r in REMEDIES if r.placebo], ids=lambda r: r.name)
def test_a_placebo_leaves_predictions_as_they_are_before_training(one):
    recipe = suitable(one)
    told = []
    for each in (recipe, remedied(recipe, one.arms)):
        model = build(each, 5)
        told.append(model.predict(recipe.validation.x, verbose=0))
    np.testing.assert_array_equal(*told)


def test_a_combination_is_put_on_in_its_order_whatever_the_order_of_names():
    recipe = fresh(of_plain_pictures)
    arms = ["mixup:0.2", "raise-dropout:0.5", "global-pooling", "label-smoothing:0.1", "adam"]
    arms = [*arms[:-1], "keep-best-epoch", "batch-normalisation"]
    one, other = (remedied(recipe, order) for order in (arms, arms[::-1]))
    assert one.train.count == 60 - round(0.15 * 60)
    names = [[type(part).__name__ for part in build(r, 1).layers] for r in (one, other)]
    assert names[0] == names[1]
    assert one.loss["config"]["label_smoothing"] == 0.1
    assert [type(c).__name__ for c in one.callbacks] == ["KeepBestEpoch", "MixRows"]
    told = _trained(dataclasses.replace(one, epochs=2), 1, is_watched=False)
    assert told["score"] is not None


def test_shapes_are_told_again_after_layers_were_put_in():
    recipe = fresh(of_table)
    stripped = copy.deepcopy(recipe.model)
    for layer in layers_in(stripped):
        layer.pop("build_config", None)
    again = with_shapes(dataclasses.replace(recipe, model=stripped))
    assert same(again.model["config"]["layers"], recipe.model["config"]["layers"])
