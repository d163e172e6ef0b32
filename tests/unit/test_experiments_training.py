"""Experiments that change settings and rows alone, on hand-written recipes."""

import dataclasses

import numpy as np
import pytest

from valgap.experiments.arms import CannotVaryError, load_experiments, varied
from valgap.experiments.change import parted
from valgap.experiments.structure import activation_of, graph_of, heads_of, one_head
from valgap.finding import Expected, Finding, Observed
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import leaves


def layer(kind, name, **config):
    return {"class_name": kind, "module": "keras.layers", "config": {"name": name, **config}}


def sequential(*layers, name="model"):
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


def functional(layers, edges, outputs):
    """A Functional model; edges name what each layer is called on."""
    made = []
    for one in layers:
        name = one["config"]["name"]
        args = [
            {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}
            for source in edges.get(name, ())
        ]
        made.append({**one, "inbound_nodes": [{"args": args, "kwargs": {}}] if args else []})
    starts = [[n["config"]["name"], 0, 0] for n in made if n["class_name"] == "InputLayer"]
    config = {"name": "net", "layers": made, "input_layers": starts}
    config["output_layers"] = [[name, 0, 0] for name in outputs]
    return {"class_name": "Functional", "config": config}


DENSE = sequential(
    layer("InputLayer", "in", batch_shape=[None, 4], dtype="float32"),
    layer("Dense", "hidden", units=8, activation="relu"),
    layer("Dense", "head", units=1, activation="sigmoid"),
)


def recipe(train, validation, model=DENSE, **changes):
    settings = {
        "loss": "binary_crossentropy",
        "optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.1}},
    }
    rest = {"backend": "tensorflow", "custom": {}, "loss_weights": None, "metrics": None}
    given = {"batch_size": 8, "epochs": 4, "train": train, "validation": validation}
    return Recipe(model=model, **settings | rest | given | changes)


def rows(count, seed=0, share=0.25, first=0):
    """Rows numbered in their first column; a share of them is of class 1, at the end."""
    x = np.random.default_rng(seed).normal(size=(count, 4)).astype("float32")
    x[:, 0] = np.arange(first, first + count)
    y = (np.arange(count) >= (1 - share) * count).astype("int64")
    return Rows(x, y)


def weighted(held, weights, own=1.0):
    factor = np.array([weights[int(k)] for k in held.train.y])
    train = dataclasses.replace(held.train, w=factor * own)
    return dataclasses.replace(held, train=train, class_weight=weights)


def numbers(of):
    return of.x[:, 0].astype(int)


def test_parted_rows_have_each_class_by_its_share_and_stay_in_order():
    strata = np.repeat([0, 1, 2], [60, 30, 10])
    drawn, rest = parted(strata, 25, np.random.default_rng(0))
    assert sorted([*drawn, *rest]) == list(range(100))
    assert list(drawn) == sorted(drawn)
    assert len(drawn) == 25
    counts = np.bincount(strata[drawn], minlength=3)
    assert np.all(np.abs(counts - [15, 7.5, 2.5]) <= 1)


def test_a_split_at_random_holds_the_same_rows_and_sizes():
    before = recipe(rows(40, share=0.0), rows(20, share=1.0, first=40))
    after = varied(before, "split-at-random")
    assert (after.train.count, after.validation.count) == (40, 20)
    assert sorted([*numbers(after.train), *numbers(after.validation)]) == list(range(60))
    assert 5 <= after.validation.y.sum() <= 8
    both = np.concatenate([after.train.y, after.validation.y])
    held = np.concatenate([numbers(after.train), numbers(after.validation)])
    assert np.array_equal(both, (held >= 40).astype(int))


def test_rows_moved_into_training_get_the_weights_of_their_class():
    before = weighted(recipe(rows(40), rows(20, first=40)), {0: 1.0, 1: 3.0})
    after = varied(before, "split-at-random")
    assert np.allclose(after.train.w, np.where(after.train.y == 1, 3.0, 1.0))
    assert after.validation.w is None


def test_draws_of_a_pipeline_are_split_with_their_rows():
    train = dataclasses.replace(rows(40), fed=(rows(40).x + 0.25,))
    after = varied(recipe(train, rows(20, first=40)), "split-at-random")
    assert after.validation.fed == ()
    moved = after.train.fed[0][:, 0] - after.train.x[:, 0]
    assert set(np.unique(moved)) <= {0.0, 0.25}
    assert np.all((moved == 0.25) == (numbers(after.train) < 40))


def test_splits_of_other_shapes_cannot_be_put_together():
    other = Rows(np.zeros((20, 5)), np.zeros(20, int))
    with pytest.raises(CannotVaryError, match="shape"):
        varied(recipe(rows(40), other), "split-at-random")


def clips(first, shot, count=12, of=24):
    """Frames that move a little from one to the next, as many of each clip."""
    rng = np.random.default_rng(0)
    starts = rng.normal(size=(of, 4)) * 10
    frames = [c + rng.normal(size=(count, 4)) * 0.01 for c in starts]
    x = np.stack(frames)[:, first:shot].reshape(-1, 4)
    clip = np.repeat(np.arange(of), shot - first)
    return Rows(x, (clip % 2).astype("int64"))


def clip_of(of):
    starts = np.random.default_rng(0).normal(size=(24, 4)) * 10
    apart = np.linalg.norm(of.x[:, None] - starts[None], axis=2)
    return set(apart.argmin(axis=1))


def test_a_split_by_group_leaves_no_clip_on_both_sides():
    before = recipe(clips(0, 9), clips(9, 12))
    assert clip_of(before.train) & clip_of(before.validation)
    after = varied(before, "split-by-group")
    assert not clip_of(after.train) & clip_of(after.validation)
    assert after.train.count + after.validation.count == 288
    assert after.validation.count == 72


def test_each_seed_splits_by_group_in_another_way():
    before = recipe(clips(0, 9), clips(9, 12))
    drawn = [
        varied(dataclasses.replace(before, draw=seed), "split-by-group").validation
        for seed in (1, 1, 2)
    ]
    assert clip_of(drawn[0]) == clip_of(drawn[1]) != clip_of(drawn[2])
    assert drawn[0].groups == len(clip_of(drawn[0])) == 6


def test_a_class_of_one_clip_cannot_be_held_out():
    apart = [
        dataclasses.replace(each, y=np.arange(24).repeat(len(each.y) // 24))
        for each in (clips(0, 9), clips(9, 12))
    ]
    with pytest.raises(CannotVaryError, match="no group left"):
        varied(recipe(*apart), "split-by-group")


def test_groups_larger_than_validation_cannot_be_held_out():
    few = clips(9, 12)
    few = Rows(few.x[:4], few.y[:4])
    with pytest.raises(CannotVaryError, match="fewer groups"):
        varied(recipe(clips(0, 9), few), "split-by-group")


def in_given_groups(train, validation, of):
    """Rows nowhere near each other, each in one of so many groups, all of them in both splits."""
    before = recipe(rows(train), rows(validation, seed=1, first=train))
    held = (before.train.count, before.validation.count)
    drawn = [np.random.default_rng(7).permutation(np.arange(count) % of) for count in held]
    return dataclasses.replace(
        before, groups=dict(zip(("train", "validation"), drawn, strict=True))
    )


def given_of(of, before):
    every = np.concatenate([before.groups["train"], before.groups["validation"]])
    return set(every[numbers(of)])


@pytest.mark.parametrize(("train", "validation"), [(240, 80), (4200, 1050)])
def test_given_groups_are_kept_whole_whatever_lies_near_and_however_many_rows(train, validation):
    before = in_given_groups(train, validation, of=40)
    after = varied(before, "split-by-group")
    held_out = given_of(after.validation, before)
    assert not held_out & given_of(after.train, before)
    assert after.validation.groups == len(held_out)
    every = [*numbers(after.train), *numbers(after.validation)]
    assert sorted(every) == list(range(train + validation))
    assert abs(after.validation.count - validation) <= 0.2 * validation


def test_groups_are_not_looked_for_among_so_many_rows_where_none_are_given():
    before = dataclasses.replace(in_given_groups(4200, 1050, of=40), groups={})
    with pytest.raises(CannotVaryError, match="among 5000 rows, not 5250"):
        varied(before, "split-by-group")


def test_half_of_the_transforms_of_a_pipeline_leave_half_of_the_rows_plain_in_each_draw():
    plain = rows(40)
    train = dataclasses.replace(plain, fed=(plain.x + 1, plain.x + 2))
    after = varied(recipe(train, rows(20)), "augmentation-removed:half").train
    first, second = (np.round((draw - plain.x)[:, 0]) for draw in after.fed)
    assert (np.sum(first == 0), np.sum(first == 1)) == (20, 20)
    assert (np.sum(second == 0), np.sum(second == 2)) == (20, 20)
    assert np.any((first == 0) != (second == 0))
    assert np.array_equal(train.fed[0], plain.x + 1)


def test_half_of_the_transforms_of_a_model_go_half_as_far():
    turned = layer("RandomRotation", "turned", factor=[-0.2, 0.2])
    flip = layer("RandomFlip", "flip", mode="horizontal")
    start, *rest = DENSE["config"]["layers"]
    model = sequential(start, flip, turned, *rest)
    after = varied(recipe(rows(40), rows(20), model), "augmentation-removed:half")
    assert after.model["config"]["layers"][2]["config"]["factor"] == [-0.1, 0.1]
    assert turned["config"]["factor"] == [-0.2, 0.2]


def test_a_pipeline_that_always_transforms_has_no_plain_rows_to_fall_back_on():
    train = dataclasses.replace(rows(40), fed=(rows(40).x + 1,), transformed=True)
    for option in ("", ":half"):
        with pytest.raises(CannotVaryError, match="no row without"):
            varied(recipe(train, rows(20)), f"augmentation-removed{option}")


def test_flips_alone_cannot_be_halved():
    start, *rest = DENSE["config"]["layers"]
    model = sequential(start, layer("RandomFlip", "flip", mode="horizontal"), *rest)
    with pytest.raises(CannotVaryError, match="strength"):
        varied(recipe(rows(40), rows(20), model), "augmentation-removed:half")


def test_a_quarter_of_training_becomes_validation_without_class_weights():
    before = weighted(recipe(rows(40), rows(20, first=40)), {0: 1.0, 1: 3.0})
    after = varied(before, "validation-from-training")
    assert (after.train.count, after.validation.count) == (30, 10)
    assert sorted([*numbers(after.train), *numbers(after.validation)]) == list(range(40))
    assert after.validation.w is None
    assert np.allclose(after.train.w, np.where(after.train.y == 1, 3.0, 1.0))


def test_shuffled_labels_take_class_weights_along_and_leave_others():
    own = np.linspace(0.5, 1.5, 40)
    before = weighted(recipe(rows(40), rows(20)), {0: 1.0, 1: 3.0}, own)
    after = varied(before, "labels-shuffled")
    assert np.array_equal(after.train.x, before.train.x)
    assert after.train.y.sum() == before.train.y.sum()
    assert not np.array_equal(after.train.y, before.train.y)
    assert np.allclose(after.train.w, own * np.where(after.train.y == 1, 3.0, 1.0))
    assert np.array_equal(after.validation.y, before.validation.y)


def test_labels_of_several_outputs_move_together():
    y = {"a": np.arange(40), "b": np.arange(40) * 2.0}
    after = varied(recipe(Rows(rows(40).x, y), rows(20)), "labels-shuffled")
    assert np.array_equal(2.0 * after.train.y["a"], after.train.y["b"])


def test_class_weights_are_divided_out_and_sample_weights_stay():
    own = np.linspace(0.5, 1.5, 40)
    before = recipe(rows(40), rows(20))
    plain = varied(weighted(before, {0: 0.5, 1: 2.0}), "class-weights:none")
    assert plain.train.w is None
    assert plain.class_weight is None
    kept = varied(weighted(before, {0: 0.5, 1: 2.0}, own), "class-weights:none")
    assert np.allclose(kept.train.w, own)
    with pytest.raises(CannotVaryError, match="no class weights"):
        varied(before, "class-weights:none")


def test_balanced_weights_make_all_classes_weigh_alike():
    after = varied(recipe(rows(40), rows(20)), "class-weights:balanced")
    assert after.class_weight == {0: 40 / 60, 1: 2.0}
    weighs = [after.train.w[after.train.y == k].sum() for k in (0, 1)]
    assert weighs == pytest.approx([20, 20])
    with pytest.raises(CannotVaryError, match="alike already"):
        varied(after, "class-weights:balanced")


def test_one_hot_targets_have_class_weights_too():
    one_hot = Rows(rows(40).x, np.eye(2)[rows(40).y])
    after = varied(recipe(one_hot, rows(20)), "class-weights:balanced")
    assert np.allclose(after.train.w, np.where(rows(40).y == 1, 2.0, 40 / 60))


def test_numbers_have_no_class_weights():
    numbers_asked = Rows(rows(40).x, np.linspace(0.0, 1.7, 40))
    with pytest.raises(CannotVaryError, match="no classes"):
        varied(recipe(numbers_asked, rows(20)), "class-weights:balanced")


def test_half_of_the_rows_are_seen_twice_as_often():
    after = varied(recipe(rows(40), rows(20)), "rows-halved")
    assert (after.train.count, after.epochs) == (20, 8)
    assert after.train.y.sum() == 5


def test_an_epoch_of_few_steps_is_as_long_on_half_of_the_rows():
    after = varied(recipe(rows(40), rows(20), steps_per_epoch=2), "rows-halved")
    assert (after.train.count, after.epochs, after.steps_per_epoch) == (20, 4, 2)


def test_scaled_features_of_validation_come_to_those_of_training():
    train, validation = rows(200), rows(100, seed=1)
    x = validation.x * [1, 10, 0.1, 1] + [0, 5, 0, -3]
    x[7, 1] = 1e9
    after = varied(recipe(train, dataclasses.replace(validation, x=x)), "splits-scaled-alike")
    assert np.array_equal(after.train.x, train.x)
    near = np.delete(after.validation.x, 7, axis=0)
    assert np.allclose(near.mean(axis=0)[1:], train.x.mean(axis=0)[1:], atol=0.05)
    assert np.allclose(near.std(axis=0)[1:], train.x.std(axis=0)[1:], rtol=0.1)


def test_pictures_are_scaled_as_a_whole():
    rng = np.random.default_rng(0)
    bright = rng.normal(100, 20, (30, 8, 8, 3)) * [1.0, 0.5, 2.0]
    train, validation = (
        Rows(a.astype("float32"), rows(30).y) for a in (bright, bright[::-1] / 255)
    )
    after = varied(recipe(train, validation), "splits-scaled-alike")
    assert np.allclose(after.validation.x, train.x[::-1], rtol=1e-3, atol=1e-2)


def test_a_constant_feature_is_moved_and_not_stretched():
    x = rows(40).x
    x[:, 2] = 7
    after = varied(recipe(Rows(x, rows(40).y), rows(20)), "inputs-standardised")
    assert np.all(after.train.x[:, 2] == 0)
    assert np.isfinite(after.train.x).all()


def test_padding_that_a_model_masks_stays_as_it_is():
    model = sequential(
        layer("InputLayer", "in", batch_shape=[None, 6, 4], dtype="float32"),
        layer("Masking", "mask", mask_value=0.0),
        layer("LSTM", "lstm", units=3),
        layer("Dense", "head", units=1, activation="sigmoid"),
    )
    x = np.random.default_rng(0).normal(50, 5, (40, 6, 4)).astype("float32")
    x[:, 4:] = 0
    after = varied(
        recipe(Rows(x, rows(40).y), Rows(x[:20], rows(20).y), model), "inputs-standardised"
    )
    assert np.all(after.train.x[:, 4:] == 0)
    assert np.allclose(after.train.x[:, :4].mean(axis=(0, 1)), 0, atol=1e-4)


def test_a_model_that_scales_its_inputs_itself_is_left_alone():
    model = sequential(
        layer("InputLayer", "in", batch_shape=[None, 4], dtype="float32"),
        layer("Normalization", "norm"),
        layer("Dense", "head", units=1, activation="sigmoid"),
    )
    with pytest.raises(CannotVaryError, match="itself"):
        varied(recipe(rows(40), rows(20), model), "inputs-standardised")


def test_rows_with_values_that_are_not_finite_go_from_both_splits():
    train, validation = rows(40), rows(20)
    train.x[3, 1] = np.nan
    targets = validation.y.astype(float)
    targets[5] = np.inf
    after = varied(recipe(train, dataclasses.replace(validation, y=targets)), "non-finite-left-out")
    assert numbers(after.train).tolist() == [i for i in range(40) if i != 3]
    assert numbers(after.validation).tolist() == [i for i in range(20) if i != 5]
    with pytest.raises(CannotVaryError, match="finite"):
        varied(recipe(rows(40), rows(20)), "non-finite-left-out")


def test_equal_tokens_are_twins():
    tokens = np.random.default_rng(0).integers(0, 9, (60, 5)).astype("int32")
    tokens[:4] = tokens[40:44]
    model = sequential(
        layer("InputLayer", "in", batch_shape=[None, 5], dtype="int32"),
        layer("Embedding", "words", input_dim=9, output_dim=2),
        layer("Dense", "head", units=1, activation="sigmoid"),
    )
    y = np.arange(60) % 2
    before = recipe(Rows(tokens[:40], y[:40]), Rows(tokens[40:], y[40:]), model)
    assert np.array_equal(varied(before, "twins-left-out").train.x, tokens[4:40])


def finding(message):
    return Finding(
        *("DAT107", "feature-leaks-label", "DAT", "warning", "suspected", message),
        *(Observed(1.0, "skill"), Expected("<", 0.995, "")),
    )


def test_the_feature_that_a_finding_names_is_the_option():
    experiment = next(e for e in load_experiments() if e.name == "feature-left-out")
    told = finding("feature x[2] alone predicts the label: skill 1.000 of 1")
    assert experiment.option_of(told) == "x[2]"
    assert experiment.option_of(finding("something else")) is None


@pytest.mark.parametrize(
    ("option", "name", "column"),
    [
        ("age", "age", None),
        ("age[0]", "age", None),
        ("readings[2]", "readings", 2),
        ("a very long nam…", "a very long name! indeed", None),
    ],
)
def test_features_are_found_by_the_names_that_messages_give_them(option, name, column):
    x = {
        "age": np.arange(40.0),
        "readings": np.random.default_rng(0).normal(size=(40, 6, 3)),
        "a very long name! indeed": np.arange(40.0)[:, None],
    }
    after = varied(recipe(Rows(x, rows(40).y), Rows(x, rows(40).y)), f"feature-left-out:{option}")
    changed = {k for k, v in x.items() if not np.array_equal(v, after.validation.x[k])}
    assert changed == {name}
    held = after.train.x[name] if column is None else after.train.x[name][..., column]
    assert np.ptp(held) == 0
    assert held.flat[0] == pytest.approx(
        float(np.mean(x[name] if column is None else x[name][..., column]))
    )


def test_a_feature_that_is_not_one_is_not_guessed():
    for option in ("", "y", "x…"):
        with pytest.raises(CannotVaryError):
            varied(recipe(rows(40), rows(20)), f"feature-left-out:{option}")


def test_targets_of_many_columns_have_one_deviation():
    y = np.random.default_rng(0).normal(size=(40, 10)) * np.arange(1, 11) + 100
    model = sequential(
        layer("InputLayer", "in", batch_shape=[None, 4], dtype="float32"),
        layer("Dense", "head", units=10, activation="linear"),
    )
    before = recipe(Rows(rows(40).x, y), Rows(rows(40).x, y), model, loss="mse")
    after = varied(before, "targets-standardised").train.y
    assert np.allclose(after.mean(axis=0), 0, atol=1e-4)
    assert after.std(axis=0)[9] / after.std(axis=0)[0] == pytest.approx(
        y.std(axis=0)[9] / y.std(axis=0)[0], rel=1e-3
    )


def test_heads_are_found_behind_activations_and_within_nested_models():
    inner = sequential(
        layer("Dense", "last", units=3), layer("Activation", "act", activation="softmax"), name="in"
    )
    head = one_head(sequential(layer("Dense", "first", units=8), inner))
    assert head.layer["config"]["name"] == "last"
    assert activation_of(head) == "softmax"


def test_both_branches_that_meet_at_the_output_are_heads():
    layers = [
        layer("InputLayer", "in"),
        *(layer("Dense", name, units=2) for name in ("base", "left", "right")),
        layer("Add", "sum"),
    ]
    edges = {"base": ["in"], "left": ["base"], "right": ["base"], "sum": ["left", "right"]}
    model = functional(layers, edges, ["sum"])
    names = [head.layer["config"]["name"] for head in heads_of(graph_of(model))]
    assert names == ["left", "right"]
    with pytest.raises(CannotVaryError, match="one dense layer"):
        one_head(model)


def test_gates_keep_their_sigmoid():
    layers = [
        layer("InputLayer", "in"),
        layer("Dense", "values", units=4, activation="tanh"),
        layer("Dense", "gate", units=4, activation="sigmoid"),
        layer("Multiply", "gated"),
        layer("Dense", "head", units=1, activation="sigmoid"),
    ]
    edges = {"values": ["in"], "gate": ["in"], "gated": ["values", "gate"], "head": ["gated"]}
    layers.insert(2, layer("Dense", "more", units=4, activation="relu"))
    edges |= {"more": ["values"], "gated": ["more", "gate"]}
    before = recipe(rows(40), rows(20), functional(layers, edges, ["head"]))
    after = varied(before, "activations-replaced:elu").model["config"]["layers"]
    held = {c["config"]["name"]: c["config"].get("activation") for c in after}
    assert held["values"] == "elu"
    assert (held["gate"], held["more"], held["head"]) == ("sigmoid", "relu", "sigmoid")


def test_an_activation_behind_batch_normalisation_is_one():
    model = sequential(
        layer("Dense", "normed", units=4, activation="linear"),
        layer("BatchNormalization", "bn"),
        layer("Activation", "relu", activation="relu"),
        layer("Dense", "bare", units=4, activation="linear"),
        layer("Dropout", "drop", rate=0.5),
        layer("Dense", "head", units=1, activation="sigmoid"),
    )
    after = varied(recipe(rows(40), rows(20), model), "activations-added").model
    held = {c["config"]["name"]: c["config"].get("activation") for c in after["config"]["layers"]}
    assert (held["normed"], held["bare"]) == ("linear", "relu")


def test_batches_are_larger_and_an_epoch_holds_as_many_rows():
    before = recipe(rows(64), rows(20), batch_size=4, steps_per_epoch=8)
    after = varied(before, "batches-larger:32")
    assert (after.batch_size, after.steps_per_epoch) == (32, 1)
    with pytest.raises(CannotVaryError, match="of 64 rows"):
        varied(dataclasses.replace(before, batch_size=64), "batches-larger:64")


def test_none_of_it_needs_random_numbers_of_the_process():
    before = recipe(rows(40), rows(20, first=40))
    for arm in ("split-at-random", "rows-halved", "labels-shuffled", "validation-from-training"):
        state = np.random.get_state()[1].copy()
        one, other = varied(before, arm), varied(before, arm)
        assert np.array_equal(state, np.random.get_state()[1])
        for ours, theirs in zip(leaves(one.train.y), leaves(other.train.y), strict=True):
            assert np.array_equal(ours, theirs)
