"""Remedies of classes and rows: parts of classes, thresholds, labels, thinned rows, features."""

import dataclasses

import numpy as np
import pytest
from experiment_recipes import of_table
from recipes_help import recipe_of_model, same, snapshot
from recipes_varied import fresh, mislabelled
from test_remedies import never_moving, telling, uneven
from test_remedies_effects import built, fitted

from valgap.remedies.attached import given_back
from valgap.remedies.base import CannotVaryError, remedied


def of_two_clouds(classes=3, scores=False, in_columns=False, **changes):
    """Class 0 lies on both sides of class 1: no linear head tells them apart. Kinds are known."""
    import keras
    from keras import layers

    single = classes == 2 and not in_columns
    ends_in = None if scores else "sigmoid" if single else "softmax"
    head = layers.Dense(1 if single else classes, activation=ends_in, name="head")
    model = keras.Sequential([keras.Input((2,)), head])
    kind = np.arange(180) % (classes + 1)
    y = np.where(kind == classes, 0, kind)
    middle = np.array([[-4, 0], [0, 0], [0, 6], [4, 0]])[[*range(classes), 3]]
    x = (middle[kind] + np.random.default_rng(0).normal(0, 0.3, (180, 2))).astype("float32")
    target = np.eye(classes, dtype="float32")[y] if in_columns else y
    name = "binary" if single else "categorical" if in_columns else "sparse_categorical"
    losses = {
        "binary": keras.losses.BinaryCrossentropy,
        "categorical": keras.losses.CategoricalCrossentropy,
        "sparse_categorical": keras.losses.SparseCategoricalCrossentropy,
    }
    told = {"train": kind[:120], "validation": kind[120:]}
    settings = {"optimizer": keras.optimizers.Adam(0.1), "subclasses": told, "epochs": 15}
    loss = losses[name](from_logits=scores)
    return recipe_of_model(model, x, target, loss=loss, train=120, **settings | changes)


def trained(recipe, *arms):
    """The model as it is given back, and the share of judging rows that it puts right."""
    made = remedied(recipe, arms)
    model = fitted(made, made.epochs)
    model, told, rows = given_back(model, made, made.validation)
    predicted = model.predict(rows.x, verbose=0)
    return model, told, rows, predicted


def hits(predicted, y, scores):
    if predicted.shape[1] == 1:
        chosen = (predicted[:, 0] > (0 if scores else 0.5)).astype(int)
    else:
        chosen = predicted.argmax(axis=1)
    return (chosen == (y.argmax(axis=1) if y.ndim > 1 else y)).mean()


@pytest.mark.parametrize("option", ["2", "known"])
@pytest.mark.parametrize(
    ("classes", "scores", "in_columns"), [(3, False, False), (2, True, False), (3, True, True)]
)
def test_classes_in_parts_are_learned_and_given_back_whole(option, classes, scores, in_columns):
    recipe = of_two_clouds(classes, scores, in_columns)
    before = snapshot(recipe)
    _, _, _, plain = trained(recipe)
    model, told, rows, predicted = trained(recipe, f"train-on-subclasses:{option}")
    assert same(before, snapshot(recipe))
    assert predicted.shape == plain.shape
    y = recipe.validation.y
    np.testing.assert_array_equal(rows.y, y)
    np.testing.assert_array_equal(told.train.y, recipe.train.y)
    assert hits(plain, y, scores) < 0.9
    assert hits(predicted, y, scores) > 0.95
    if not scores:
        np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-5)
    loss = model.evaluate(rows.x, rows.y, verbose=0)
    assert loss == pytest.approx(0, abs=0.2)


def test_a_model_of_parts_is_saved_and_loaded_without_valgap(tmp_path):
    import keras

    for scores in (False, True):
        model, _, rows, predicted = trained(of_two_clouds(2, scores), "train-on-subclasses:known")
        model.save(tmp_path / "model.keras")
        names = {type(part).__module__.partition(".")[0] for part in model._flatten_layers()}
        assert names == {"keras"}
        again = keras.models.load_model(tmp_path / "model.keras", compile=False)
        np.testing.assert_allclose(again.predict(rows.x, verbose=0), predicted, rtol=1e-5)
        assert [w.path for w in again.trainable_weights] == ["head/kernel", "head/bias"]


def test_a_study_judges_the_classes_of_a_model_of_parts(tmp_path):
    from valgap.treatment.engines.pool import pool_of
    from valgap.treatment.engines.training import train
    from valgap.treatment.engines.work import Work, write_work
    from valgap.treatment.jobs import Job
    from valgap.treatment.plan import Fold

    made = of_two_clouds(3)
    rows = np.arange(180)
    fold = Fold(rows[rows % 3 > 0], rows[rows % 3 == 0])
    path = tmp_path / "work.pkl"
    write_work(path, Work(pool_of(made), (fold,), "accuracy", "classes", None, tmp_path))
    for option in ("known", "2"):
        told = train(path, Job((f"train-on-subclasses:{option}",), 0, 1))
        assert told.error is None
        assert told.score > 0.95
        assert np.load(told.predictions).shape == (60, 3)
    assert train(path, Job((), 0, 1)).score < 0.9


def test_a_recipe_of_before_there_were_sub_labels_is_read():
    import cloudpickle

    made = of_two_clouds(2)
    *state, _ = made.__getstate__()
    again = object.__new__(type(made))
    again.__setstate__(state)
    assert again.subclasses == {}
    assert same(snapshot(again)["train"], snapshot(made)["train"])
    kept = cloudpickle.loads(cloudpickle.dumps(made))
    np.testing.assert_array_equal(kept.subclasses["train"], made.subclasses["train"])


def test_thresholds_are_moved_by_rows_that_are_not_trained_on():
    import keras

    fast = keras.saving.serialize_keras_object(keras.optimizers.Adam(0.05))
    recipe = fresh(uneven, epochs=30, optimizer=fast)
    made = remedied(recipe, ["decision-thresholds:balanced"])
    (mover,) = made.callbacks
    assert mover.rows.count + made.train.count == recipe.train.count
    every = np.concatenate([mover.rows.x, made.train.x])
    np.testing.assert_array_equal(np.unique(every, axis=0), np.unique(recipe.train.x, axis=0))
    plain = fitted(dataclasses.replace(made, callbacks=()), 30)
    moved = fitted(made, 30)
    np.testing.assert_array_equal(*(m.get_layer("head").get_weights()[0] for m in (plain, moved)))
    before, after = (recalls(m, mover.rows.x, mover.codes) for m in (plain, moved))
    assert np.mean(after) > np.mean(before)
    judged = [recalls(m, recipe.validation.x, recipe.validation.y) for m in (plain, moved)]
    assert judged[1][1] > judged[0][1]  # of the rare class


def recalls(model, x, y):
    chosen = model.predict(x, verbose=0)[:, 0] > 0.5
    return [float((chosen == k)[y == k].mean()) for k in (0, 1)]


def test_labels_in_doubt_are_mended_and_rows_that_judge_are_not():
    recipe = mislabelled(fresh(of_table))
    given = np.array([recipe.class_weight[int(k)] for k in recipe.train.y])
    recipe = dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, w=given))
    made = remedied(recipe, ["mend-labels"])
    changed = np.flatnonzero(made.train.y != recipe.train.y)
    right = fresh(of_table).train.y
    np.testing.assert_array_equal(changed, np.flatnonzero(recipe.train.y != right))
    np.testing.assert_array_equal(made.train.y, right)
    np.testing.assert_array_equal(made.validation.y, recipe.validation.y)
    weights = np.array([recipe.class_weight[int(k)] for k in made.train.y])
    np.testing.assert_allclose(made.train.w, weights)
    with pytest.raises(CannotVaryError, match="no label is doubtful"):
        remedied(made, ["mend-labels"])


def test_columns_of_labels_are_mended_too():
    recipe = mislabelled(fresh(of_table, class_weight=None))
    rows = dataclasses.replace(recipe.train, y=np.eye(3, dtype="float32")[recipe.train.y], w=None)
    made = remedied(dataclasses.replace(recipe, train=rows), ["mend-labels"])
    np.testing.assert_array_equal(made.train.y, np.eye(3)[fresh(of_table).train.y])


def test_of_each_group_the_rows_that_differ_most_are_kept():
    groups = {"train": np.arange(60) // 6, "validation": np.arange(30) // 6 + 10}
    recipe = fresh(of_table, groups=groups)
    x = np.random.default_rng(0).normal(0, 1e-3, recipe.train.x.shape).astype("float32")
    x[::6] += 5  # of each group one row that differs
    y = (np.arange(60) // 6 % 3).astype(recipe.train.y.dtype)
    rows = dataclasses.replace(recipe.train, x=x, y=y)
    made = remedied(dataclasses.replace(recipe, train=rows), ["thin-out-rows:0.5"])
    assert np.bincount(made.groups["train"]).tolist() == [3] * 10
    assert (made.train.x[:, 0] > 4).sum() == 10
    assert made.validation.count == 30
    half = len(made.train.x)
    assert remedied(recipe, ["thin-out-rows:0.25"]).train.count < half
    assert fitted(made).predict(made.validation.x, verbose=0).shape == (30, 3)


def test_copies_are_found_where_no_group_is_known():
    recipe = fresh(of_table)
    near = np.random.default_rng(0).normal(0, 1e-4, recipe.train.x.shape)
    x = np.random.default_rng(1).normal(size=(15, 6))[np.arange(60) // 4] + near
    y = (np.arange(60) // 4 % 3).astype(recipe.train.y.dtype)
    rows = dataclasses.replace(recipe.train, x=x.astype("float32"), y=y)
    made = remedied(dataclasses.replace(recipe, train=rows), ["thin-out-rows:0.25"])
    assert made.train.count == 15
    assert len(np.unique(np.round(made.train.x, 2), axis=0)) == 15


def test_a_feature_left_out_is_held_by_the_model_and_rows_stay():
    recipe = telling(fresh(of_table))
    made = remedied(recipe, ["drop-feature", "scale-inputs"])
    np.testing.assert_array_equal(made.train.x, recipe.train.x)
    model = fitted(made)
    x = recipe.validation.x.copy()
    before = model.predict(x, verbose=0)
    x[:, 4] += 100
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    x[:, 5] *= -3
    assert not np.allclose(model.predict(x, verbose=0), before)


def test_a_feature_is_left_out_by_its_name_too():
    model = built(fresh(of_table), "drop-feature:x[1]")
    x = fresh(of_table).validation.x.copy()
    before = model.predict(x, verbose=0)
    x[:, 1] = 0
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    with pytest.raises(CannotVaryError, match="no feature is named"):
        remedied(fresh(of_table), ["drop-feature:x[9]"])


def test_features_that_never_move_are_held_where_they_stood():
    model = built(never_moving(fresh(of_table)), "drop-constant-features")
    x = fresh(of_table).validation.x.copy()
    before = model.predict(x, verbose=0)
    x[:, 2] = 7
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    np.testing.assert_array_equal(np.array(model.layers[0](x))[:, 2], 7)
