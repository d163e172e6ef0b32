"""Remedies of the build of a model: kernels, poolings, layers, penalties by length."""

import numpy as np
import pytest
from experiment_recipes import of_numbers, of_table
from recipes_help import recipe_of_model
from recipes_varied import fresh
from test_remedies import of_maps, of_penalised_steps, of_plain_pictures, of_plain_series
from test_remedies_effects import built, fitted, kinds

from valgap.experiments.rebuild import build
from valgap.remedies.base import CannotVaryError, remedied


def test_kernels_are_no_wider_than_the_option_says():
    for option, expected in (("3", [(3, 3), (3, 3)]), ("5", [(5, 5), (3, 5)])):
        model = built(of_maps, f"smaller-kernels:{option}")
        sizes = [model.get_layer(name).kernel_size for name in ("wide", "strided")]
        assert sizes == expected
    with pytest.raises(CannotVaryError, match="no hidden layer of the kind"):
        remedied(fresh(of_plain_pictures), ["smaller-kernels:3"])


@pytest.mark.parametrize(("option", "gone"), [("first", "halved"), ("last", "last_pool")])
def test_one_pooling_is_left_out_and_maps_are_as_much_wider(option, gone):
    plain, model = built(of_maps), built(of_maps, f"less-pooling:{option}")
    assert kinds(plain).count("Identity") == 0
    assert type(model.get_layer(gone)).__name__ == "Identity"
    factor = 4 if gone == "halved" else 16
    before, after = (m.get_layer("flat").output.shape[1] for m in (plain, model))
    assert after == factor * before
    recipe = remedied(fresh(of_maps), [f"less-pooling:{option}"])
    assert fitted(recipe).predict(recipe.validation.x, verbose=0).shape == (30, 2)


@pytest.mark.parametrize(
    ("arm", "pooling"),
    [
        ("global-pooling:max", "GlobalMaxPooling2D"),
        ("global-pooling", "GlobalAveragePooling2D"),
    ],
)
def test_what_was_flattened_is_pooled_over_places(arm, pooling):
    plain, model = built(of_plain_pictures), built(of_plain_pictures, arm)
    assert "Flatten" in kinds(plain)
    assert pooling in kinds(model)
    assert "Flatten" not in kinds(model)
    recipe = remedied(fresh(of_plain_pictures), [arm])
    assert fitted(recipe).count_params() < plain.count_params()


def test_an_average_of_the_scripts_own_stays_one():
    import keras
    from keras import layers

    given = keras.Input((12, 12, 3))
    maps = layers.Conv2D(4, 3, name="maps")(given)
    both = [layers.GlobalAveragePooling2D()(maps), layers.Flatten()(maps)]
    scores = layers.Dense(3, name="head")(layers.Concatenate()(both))
    x, y = np.zeros((90, 12, 12, 3), "float32"), np.arange(90) % 3
    recipe = recipe_of_model(keras.Model(given, scores), x, y, loss="mse")
    made = kinds(build(remedied(recipe, ["global-pooling:max"]), 1))
    assert made.count("GlobalAveragePooling2D") == made.count("GlobalMaxPooling2D") == 1


def test_a_stride_counts_as_pooling_and_wide_maps_are_left_alone():
    both = remedied(remedied(fresh(of_maps), ["less-pooling:last"]), ["less-pooling:last"])
    assert build(both, 1).get_layer("strided").strides == (1, 1)
    with pytest.raises(CannotVaryError, match="the last map is 8 wide"):
        remedied(both, ["less-pooling:first"])


@pytest.mark.parametrize(
    ("make", "added"),
    [(of_numbers, "Dense"), (of_plain_pictures, "Conv2D"), (of_plain_series, "Bidirectional")],
)
def test_layers_are_added_like_the_last_hidden_one(make, added):
    plain, more = (
        [type(layer).__name__ for layer in model.layers]
        for model in (built(make), built(make, "more-layers:2"))
    )
    assert sorted(more) == sorted([*plain, added, added])
    recipe = remedied(fresh(make), ["more-layers:1"])
    model = fitted(recipe)
    assert np.isfinite(model.predict(recipe.validation.x, verbose=0)).all()
    assert model.count_params() > built(make).count_params()


def test_a_dense_layer_more_stands_before_the_head():
    model = built(fresh(of_table), "more-layers:1")
    assert [layer.name for layer in model.layers][-2:] == ["valgap_dense", "head"]
    assert model.get_layer("valgap_dense").units == 8


@pytest.mark.parametrize(("option", "steps"), [("steps", 9), ("values", 9 * 6)])
def test_penalties_are_divided_by_steps_or_by_values(option, steps):
    plain, model = (
        built(of_penalised_steps),
        built(of_penalised_steps, f"activity-penalty-by-length:{option}"),
    )
    factors = [
        (
            float(m.get_layer("steps").activity_regularizer.l2),
            float(m.get_layer("paid").l1),
            float(m.get_layer("once").activity_regularizer.l2),
        )
        for m in (plain, model)
    ]
    np.testing.assert_allclose(factors[1][:2], np.array(factors[0][:2]) / steps, rtol=1e-5)
    once = 1 if option == "steps" else 5
    assert factors[1][2] == pytest.approx(factors[0][2] / once)


def test_what_is_paid_falls_with_the_factor():
    losses = []
    for arms in ((), ("activity-penalty-by-length:steps",)):
        model = built(of_penalised_steps, *arms)
        model(fresh(of_penalised_steps).train.x[:16], training=False)
        losses.append(float(sum(model.losses)))
    assert losses[1] < 0.5 * losses[0]
