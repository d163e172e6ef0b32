"""MOD101 to MOD117: each names its own fault, spares healthy models, and yields to rivals."""

import dataclasses
import math

import pytest

from valgap.checks.example_case import example_case
from valgap.checks.example_scores import explained, referenced, scored
from valgap.evidence.account import Estimate
from valgap.evidence.model import AttentionMeasured, HeadRecord, LayerMeasured
from valgap.evidence.records import DataRecord, LayerRecord
from valgap.evidence.rows import References, TargetRecord
from valgap.finding import NotRun
from valgap.ranking import ranked
from valgap.registry import load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}
NUMBERS = (101, 102, 103, 104, 105, 107, 109, 110, 111, 112, 113, 114, 115, 116, 117)
MINE = tuple(f"MOD{number}" for number in NUMBERS)


def looked(code, case):
    """What a check finds; one that crashed fails the test, one not run finds nothing."""
    found = run_check(CHECKS[code], case)
    if isinstance(found, NotRun):
        assert found.detail is None, found.detail
        return ()
    return found


def told(code, case):
    return next(iter(looked(code, case)), None)


def verdict(code, case):
    found = told(code, case)
    return found and (found.status, found.severity)


def standing(case):
    """The codes of this part that stand as errors or warnings."""
    every = [f for code in MINE for f in looked(code, case)]
    return {f.code for f in every if f.status != "harmless" and f.severity != "note"}


def record(name, cls="Dense", shape=(32,), *, kind="plain", parameters=1000, **config):
    return LayerRecord(name, cls, name, kind, True, parameters, shape, config)


def seen(name, cls="Dense", units=32, **more):
    settings = {
        "activation": "relu",
        "dead_units": 0.2,
        "frozen_units": 0.2,
        "gradient": 0.02,
        "gradient_start": 0.05,
        "moved": 0.4,
        "mean": 0.2,
        "std": 0.5,
    }
    return LayerMeasured(name, cls, units, True, **settings | more)


def head(activation="softmax", loss="categorical_crossentropy", units=4, **more):
    settings = {"logits": False, "task": "multiclass", "target_shape": (units,)}
    if "crossentropy" in loss:
        settings |= {"low": 0.0, "high": 1.0}
    return HeadRecord("output", "dense_2", (units,), activation, loss, **settings | more)


def classes(number, shape=()):
    return TargetRecord(
        "train",
        "y",
        "classes",
        shape,
        "int64",
        1408,
        0.0,
        number - 1.0,
        distinct=number,
        whole_numbers=True,
    )


def one_hot(number):
    return TargetRecord(
        "train", "y", "one-hot", (number,), "float32", 1408, 0.0, 1.0, 0.25, 0.4, number
    )


def numbers(low, high, mean, std, shape=(1,)):
    return TargetRecord("train", "y", "numbers", shape, "float32", 1408, low, high, mean, std, 900)


def r2_reference(score):
    estimate = Estimate(score, score - 0.03, score + 0.03, 450)
    return References("regression", "R2", 0.0, 1408, 450, scores={"linear": estimate})


RECORDS = (
    record("dense", activation="relu"),
    record("dropout", "Dropout", kind="noise", parameters=0, rate=0.5),
    record("dense_1", activation="relu"),
    record("dense_2", shape=(4,), activation="softmax"),
)


def fitted(  # a network with everything measured; well trained unless told otherwise
    train=0.97,
    validation=0.94,
    reference=0.85,
    *,
    ends=None,
    target=None,
    layers=None,
    predictions=None,
    references=None,
    records=RECORDS,
    measured=None,
    **more,
):
    own = (seen("dense"), seen("dense_1"), seen("dense_2", units=4, activation="softmax"))
    return example_case(
        layer_records=records,
        measured_model={
            "heads": (ends or head(),),
            "layers": own if layers is None else layers,
            "predictions": predictions or scored(train, validation),
            **(measured or {}),
        },
        measured_rows={
            "targets": (target or one_hot(4),),
            "references": references or referenced(reference),
        },
        **more,
    )


# Healthy models


def frozen_backbone():
    layers = (
        dataclasses.replace(seen("conv1", "Conv2D", gradient=None), trainable=False, moved=0.0),
        dataclasses.replace(seen("conv2", "Conv2D", gradient=None), trainable=False, moved=0.0),
        seen("dense_2", units=4, activation="softmax"),
    )
    return fitted(layers=layers)


def penalised(last, train=0.96, validation=0.95, first=None, data=0.3, **more):
    """A fit whose penalty falls from `first` to `last` beside a data loss that falls to `data`."""
    first = last if first is None else first
    penalties = [last + (first - last) * 0.6**i for i in range(12)]
    loss = [p + data * (1 + 0.5 * 0.7**i) for i, p in enumerate(penalties)]
    rows = {"penalties-train": [-p for p in penalties], "penalties-validation": penalties}
    return fitted(
        train, validation, loss=loss, val_loss=[v + 0.02 for v in loss], rows=rows, **more
    )


def noisy(noise, loss=1.5, rate=0.9, **more):
    """A fit with two dropouts whose noise moves the training loss by `noise`."""
    records = (
        record("dense", activation="relu"),
        record("dropout", "Dropout", kind="noise", parameters=0, rate=rate),
        record("dense_1", activation="relu"),
        record("dropout_1", "Dropout", kind="noise", parameters=0, rate=rate),
        record("dense_2", shape=(4,), activation="softmax"),
    )
    losses = [loss * (1.1 - 0.009 * i) for i in range(12)]
    return fitted(
        records=more.pop("records", records),
        loss=losses,
        val_loss=[v + noise + 0.02 for v in losses],
        rows={"noise-layers": noise},
        **more,
    )


def tanh_regression():
    end = head("linear", "mean_squared_error", 1, logits=None, task="regression", low=-2, high=3)
    layers = (
        seen("dense", activation="tanh", saturated=0.6, dead_units=None),
        seen("dense_2", units=1, activation="linear", dead_units=None),
    )
    return fitted(
        ends=end,
        target=numbers(-2.5, 3.1, 0.0, 1.0),
        layers=layers,
        predictions=explained(0.93, 0.91),
        references=r2_reference(0.7),
    )


def noise_limited_regression():
    """As good as the cheap reference, on targets that are mostly noise."""
    end = head("linear", "mean_squared_error", 1, logits=None, task="regression", low=-1, high=1)
    return fitted(
        ends=end,
        target=numbers(-3.0, 3.0, 0.0, 1.0),
        predictions=explained(0.34, 0.31),
        references=r2_reference(0.33),
        records=(*RECORDS[:-1], record("dense_2", shape=(1,), activation="linear")),
    )


def imbalanced_on_purpose():
    end = head("sigmoid", "binary_crossentropy", 1, task="binary")
    return fitted(
        ends=end,
        target=classes(2),
        predictions=scored(0.9, 0.88, classes=2),
        references=referenced(0.82, classes=2),
        changes={"class_weight": {"0": 0.55, "1": 5.2}},
    )


def small_but_fine():
    return fitted(
        predictions=scored(0.97, 0.88, half_width=0.09),
        references=referenced(0.8, half_width=0.09),
        train_rows=150,
        validation_rows=50,
    )


HEALTHY = {
    "well trained": fitted,
    "frozen backbone": frozen_backbone,
    "imbalanced on purpose": imbalanced_on_purpose,
    "small but fine": small_but_fine,
    "tanh regression, partly saturated": tanh_regression,
    "regression limited by noise": noise_limited_regression,
    "strong penalties that work": lambda: penalised(0.25, first=1.4),
    "dropout of .5 that works": lambda: noisy(-0.4, loss=0.7, rate=0.5),
    "dropout of .8 that works": lambda: noisy(-0.5, loss=0.8, rate=0.8),
    "labels shuffled, nothing to learn": lambda: fitted(0.26, 0.25, 0.25),
    "hard task, as good as the reference": lambda: fitted(0.55, 0.52, 0.54),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_model_is_left_in_peace(name):
    assert standing(HEALTHY[name]()) == set()


# MOD101


def test_softmax_over_another_axis_than_its_one_unit_is_no_fault():
    end = head("softmax", "binary_crossentropy", 1, task="binary", low=0.0, high=0.9)
    made = [dataclasses.replace(p, spread=0.2) for p in scored(0.8, 0.8, classes=2)]
    assert told("MOD101", fitted(ends=end, predictions=tuple(made))) is None


def test_softmax_on_one_unit_without_predictions_is_suspected():
    end = head("softmax", "binary_crossentropy", 1, task="binary", low=None, high=None)
    case = fitted(ends=end, measured={"predictions": ()})
    assert verdict("MOD101", case) == ("suspected", "error")


def test_softmax_on_one_unit_inside_a_model_that_fails_is_suspected():
    inner = seen("scores", units=1, activation="softmax", frozen_units=1.0, dead_units=None)
    layers = (seen("dense"), inner, seen("dense_2", units=4, activation="softmax"))
    assert verdict("MOD101", fitted(0.4, 0.38, layers=layers)) == ("suspected", "warning")
    assert told("MOD101", fitted(layers=layers)) is None


def test_a_softmax_on_one_unit_inside_does_not_come_before_the_attention_it_levels():
    inner = seen("scores", units=1, activation="softmax", frozen_units=1.0, dead_units=None)
    layers = (seen("dense"), inner, seen("dense_2", units=4, activation="softmax"))
    found = looked("MOD101", fitted(0.4, 0.38, layers=layers))
    assert [f.code for f in ranked([*found, *looked("MOD112", CHECKS["MOD112"].fires_on())])] == [
        "MOD112",
        "MOD101",
    ]


def test_softmax_on_one_unit_comes_before_the_symptoms_it_makes():
    case = CHECKS["MOD101"].fires_on()
    dead = CHECKS["MOD114"].fires_on()
    found = ranked([*looked("MOD114", dead), *looked("MOD101", case)])
    assert [f.code for f in found] == ["MOD101", "MOD114"]


# MOD102

POOR, FINE = scored(0.26, 0.25), scored(0.95, 0.93)
MISFITS = {
    "sigmoid for k classes under a loss of two": (
        head("sigmoid", "binary_crossentropy", 1),
        classes(4),
        "1 unit at the head for 4 classes",
        "Dense(4, activation='softmax') with sparse_categorical_crossentropy",
    ),
    "scores under a loss of probabilities": (
        head("linear", "binary_crossentropy", 1, task="binary", low=-4.0, high=3.0),
        classes(2),
        "1 linear unit does not fit binary_crossentropy",
        "Dense(1, activation='sigmoid') with binary_crossentropy",
    ),
    "rectifier under a loss of probabilities": (
        head("relu", "categorical_crossentropy", low=0.0, high=9.0),
        one_hot(4),
        "4 relu units do not fit categorical_crossentropy",
        "Dense(4, activation='softmax') with categorical_crossentropy",
    ),
    "one unit under a loss that compares units": (
        head("sigmoid", "categorical_crossentropy", 1),
        classes(2),
        "1 sigmoid unit does not fit categorical_crossentropy",
        "Dense(1, activation='sigmoid') with binary_crossentropy",
    ),
    "fewer units than classes": (
        head("softmax", "sparse_categorical_crossentropy", 3, target_shape=()),
        classes(5),
        "3 units at the head for 5 classes",
        "Dense(5, activation='softmax') with sparse_categorical_crossentropy",
    ),
    "one column of targets stretched over ten units": (
        head("linear", "mean_squared_error", 10, logits=None, target_shape=(1,)),
        numbers(0.0, 9.0, 4.0, 2.0),
        "outputs of 10 do not fit targets of 1",
        "Dense(1) with mean_squared_error",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_head_that_forbids_learning_and_did_is_confirmed_with_the_pair_that_fits(name):
    end, target, message, pair = MISFITS[name]
    found = told("MOD102", fitted(ends=end, target=target, predictions=POOR))
    assert (found.status, found.severity) == ("confirmed", "error")
    assert found.message == message
    assert found.help == f"use {pair}"


@pytest.mark.parametrize("name", MISFITS)
def test_a_head_that_does_not_fit_and_learned_all_the_same_is_harmless(name):
    end, target, *_ = MISFITS[name]
    case = fitted(ends=end, target=target, predictions=FINE)
    assert verdict("MOD102", case) == ("harmless", "note")


FITTING = {
    "softmax, one-hot": (head(), one_hot(4)),
    "softmax, class numbers": (
        head("softmax", "sparse_categorical_crossentropy", target_shape=()),
        classes(4),
    ),
    "softmax of more units than classes": (
        head("softmax", "sparse_categorical_crossentropy", 6, target_shape=(1,)),
        classes(5, (1,)),
    ),
    "sigmoid": (head("sigmoid", "binary_crossentropy", 1, task="binary"), classes(2)),
    "scores said to be scores": (
        head("linear", "sparse_categorical_crossentropy", logits=True, low=-5.0, high=6.0),
        classes(4),
    ),
    "a softmax that is no layer's activation": (
        head("linear", "categorical_crossentropy", low=0.0, high=1.0),
        one_hot(4),
    ),
    "softmax under the loss of two, on one-hot rows": (
        head("softmax", "binary_crossentropy"),
        one_hot(4),
    ),
    "a column against a flat target": (
        head("linear", "mean_squared_error", 1, logits=None, target_shape=()),
        numbers(0.0, 9.0, 4.0, 2.0, ()),
    ),
    "an activation of the user's own": (
        head("unknown", "categorical_crossentropy", low=-1.0, high=3.0),
        one_hot(4),
    ),
    "numbers under a loss of classes, which FIT108 names": (
        head("linear", "binary_crossentropy", 1, task="regression", low=-1.0, high=9.0),
        numbers(0.0, 9.0, 4.0, 2.0),
    ),
    "a loss of the user's own": (
        head("linear", "quantile_loss", 3, logits=None, target_shape=(1,)),
        numbers(0.0, 9.0, 4.0, 2.0),
    ),
}


@pytest.mark.parametrize("name", FITTING)
def test_a_head_that_fits_is_not_blamed_for_a_model_that_fails(name):
    end, target = FITTING[name]
    assert told("MOD102", fitted(ends=end, target=target, predictions=POOR)) is None


def test_probabilities_squashed_twice_are_suspected_with_the_floor_of_the_loss():
    end = head("sigmoid", "binary_crossentropy", 1, task="binary", logits=True)
    made = scored(0.6, 0.6, classes=2)
    loss = [0.69 - 0.005 * i for i in range(12)]
    case = fitted(
        ends=end,
        target=classes(2),
        predictions=made,
        references=referenced(0.9, classes=2),
        loss=loss,
        val_loss=loss,
    )
    assert verdict("MOD102", case) == ("suspected", "warning")
    assert "cannot fall below 0.31" in str(told("MOD102", case).evidence)


def test_probabilities_squashed_twice_are_not_blamed_where_keras_saw_behind_them():
    end = head("sigmoid", "binary_crossentropy", 1, task="binary", logits=True)
    made = scored(0.6, 0.6, classes=2)
    case = fitted(
        ends=end, target=classes(2), predictions=made, references=referenced(0.9, classes=2)
    )
    assert min(case.history("loss").values()) < 0.31
    assert told("MOD102", case) is None


def test_sigmoids_under_a_loss_of_shares_are_only_suspected_and_only_of_a_model_that_fails():
    end = head("sigmoid")
    assert verdict("MOD102", fitted(0.5, 0.5, ends=end)) == ("suspected", "warning")
    assert verdict("MOD102", fitted(ends=end)) == ("harmless", "note")
    assert told("MOD102", fitted(0.84, 0.70, ends=end)) is None


REFUSED = (
    "ValueError: Arguments `target` and `output` must have the same shape. Received: "
    "target.shape=(None, 2), output.shape=(None, 1)"
)
FLAT = (
    "ValueError: Arguments `target` and `output` must have the same rank (ndim). Received: "
    "target.shape=(None,), output.shape=(None, 10)"
)
BEYOND = "Received a label value of 9 which is outside the valid range of [0, 9).  Label values: 9"


@pytest.mark.parametrize(
    ("error", "message", "mend"),
    [
        (REFUSED, "the fit failed: outputs of 1 do not fit targets of 2", "Dense(2)"),
        (FLAT, "the fit failed: outputs of 10 do not fit targets of 1", "sparse_categorical"),
        (BEYOND, "the fit failed: label 9 with 9 units at the head", "a unit for each label"),
    ],
)
def test_a_fit_that_keras_refused_is_diagnosed_from_its_error(error, message, mend):
    case = example_case(changes={"status": "raised", "error": error, "epochs": ()})
    found = told("MOD102", case)
    assert (found.status, found.message) == ("confirmed", message)
    assert mend in found.help


def test_a_fit_that_failed_for_another_reason_is_not_blamed_on_its_head():
    case = example_case(changes={"status": "raised", "error": "KeyError: 'path'", "epochs": ()})
    assert told("MOD102", case) is None


def test_of_two_outputs_the_one_that_fits_is_not_blamed_for_the_other():
    good = [dataclasses.replace(p, output="a") for p in scored(0.96, 0.94)]
    bad = [dataclasses.replace(p, output="b") for p in scored(0.25, 0.25)]
    ends = (
        dataclasses.replace(head("sigmoid"), output="a"),
        dataclasses.replace(head(), output="b"),
    )
    case = fitted(measured={"heads": ends}, predictions=(*good, *bad))
    assert verdict("MOD102", case) == ("harmless", "note")


# MOD103


def regression(activation, target, skill, low, high, *, reference=0.8):
    end = head(
        activation, "mean_squared_error", 1, logits=None, task="regression", low=low, high=high
    )
    return fitted(
        ends=end,
        target=target,
        predictions=explained(skill, skill),
        references=r2_reference(reference),
    )


def test_a_rectifier_that_cuts_off_half_of_the_targets_is_confirmed_by_outputs_at_its_end():
    case = regression("relu", numbers(-3.1, 3.0, 0.0, 1.0), 0.45, 0.0, 2.6)
    assert verdict("MOD103", case) == ("confirmed", "error")
    assert told("MOD103", case).message == "relu ends at 0.00, targets reach -3.10"


def test_a_range_that_only_outliers_leave_is_not_named():
    assert told("MOD103", regression("relu", numbers(-0.3, 9.0, 4.0, 2.0), 0.3, 0.0, 7.0)) is None


def test_a_range_that_is_left_by_targets_of_a_good_model_is_harmless():
    case = regression("tanh", numbers(-1.9, 2.0, 0.0, 0.5), 0.93, -0.99, 0.99)
    assert verdict("MOD103", case) == ("harmless", "note")


def test_a_noisy_regression_as_good_as_the_reference_is_not_blamed_on_its_range():
    case = regression("relu", numbers(-2.0, 9.0, 1.0, 2.0), 0.35, 0.0, 4.0, reference=0.36)
    assert told("MOD103", case) is None


def test_targets_within_a_sigmoid_are_no_fault_of_a_model_that_fails():
    assert told("MOD103", regression("sigmoid", numbers(0.0, 1.0, 0.4, 0.2), 0.1, 0.2, 0.6)) is None


# MOD104

LINEAR = (
    record("dense", activation="linear"),
    record("dense_1", activation="linear"),
    record("dense_2", shape=(4,), activation="softmax"),
)


def linear(train, records=LINEAR, **scores):
    made = referenced(0.5)
    scores = {kind: Estimate(s, s - 0.03, s + 0.03, 450) for kind, s in scores.items()}
    best = max((e.value for e in scores.values()), default=0.5)
    within = Estimate(best, best - 0.03, best + 0.03, 1408)
    made = dataclasses.replace(made, scores=scores, within_train=within)
    return fitted(train, train - 0.02, records=records, references=made)


def test_straight_layers_are_confirmed_where_only_references_that_bend_do_better():
    case = linear(0.45, linear=0.46, neighbours=0.9)
    assert verdict("MOD104", case) == ("confirmed", "error")


def test_straight_layers_that_even_a_straight_reference_beats_are_only_suspected():
    case = linear(0.3, linear=0.8, neighbours=0.9)
    assert verdict("MOD104", case) == ("suspected", "warning")


def test_straight_layers_are_harmless_where_straight_is_good_enough():
    assert verdict("MOD104", linear(0.97, linear=0.96, neighbours=0.9)) == ("harmless", "note")


def test_straight_layers_are_not_blamed_where_nothing_does_better():
    assert told("MOD104", linear(0.45, linear=0.46, neighbours=0.44)) is None


@pytest.mark.parametrize(
    "bend",
    [
        record("activation", "Activation", parameters=0, activation="relu"),
        record("leaky", "LeakyReLU", parameters=0),
        record("lstm", "LSTM", activation="tanh"),
        record("own", "MyGate", parameters=0),
        record("normal", "LayerNormalization"),
    ],
    ids=lambda layer: layer.cls,
)
def test_a_single_layer_that_bends_is_enough(bend):
    case = linear(0.45, (LINEAR[0], bend, *LINEAR[1:]), linear=0.46, neighbours=0.9)
    assert told("MOD104", case) is None


def test_convolutions_with_max_pooling_alone_are_suspected_not_confirmed():
    records = (
        record("conv2d", "Conv2D", (26, 26, 8), activation="linear"),
        record("pool", "MaxPooling2D", (13, 13, 8), parameters=0),
        record("flatten", "Flatten", (1352,), parameters=0),
        record("dense_2", shape=(4,), activation="softmax"),
    )
    case = linear(0.45, records, linear=0.46, neighbours=0.9)
    assert verdict("MOD104", case) == ("suspected", "warning")


def test_logistic_regression_is_meant_to_be_straight():
    assert told("MOD104", linear(0.45, LINEAR[-1:], linear=0.46, neighbours=0.9)) is None


# MOD105


def test_parameters_behind_a_flatten_are_not_named_of_a_model_that_generalises():
    case = CHECKS["MOD105"].fires_on()
    fine = dataclasses.replace(case.model, predictions=scored(0.97, 0.95))
    assert told("MOD105", dataclasses.replace(case, model=fine)) is None


def probed(case, *gaps):
    """Linear probes on conv2d, dense and dense_1, with such gaps between the splits."""
    layers = [
        LayerMeasured(
            name, "", 32, True,
            probe_train=Estimate(0.9, 0.87, 0.93, 450),
            probe_validation=Estimate(0.9 - gap, 0.87 - gap, 0.93 - gap, 450),
        )
        for name, gap in zip(("conv2d", "dense", "dense_1"), gaps, strict=True)
    ]  # fmt: skip
    model = dataclasses.replace(case.model, layers=tuple(layers))
    return dataclasses.replace(case, model=model)


def test_parameters_behind_a_flatten_weigh_twice_where_probes_see_the_gap_open_there():
    case = CHECKS["MOD105"].fires_on()
    there, elsewhere = (probed(case, *gaps) for gaps in ((0.02, 0.4, 0.4), (0.3, 0.35, 0.4)))
    (unknown,), (known,), (other,) = (
        run_check(CHECKS["MOD105"], each) for each in (case, there, elsewhere)
    )
    assert known.size == pytest.approx(2 * unknown.size)
    assert other.size == unknown.size
    assert any("linear probes" in line for line in known.evidence)


def test_a_dense_network_on_flattened_pictures_has_no_positions_to_pool():
    case = CHECKS["MOD105"].fires_on()
    layers = tuple(layer for layer in case.fit.model.layers if layer.cls != "Conv2D")
    model = dataclasses.replace(case.fit.model, layers=layers)
    bare = dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))
    assert told("MOD105", bare) is None


def test_many_rows_for_each_parameter_are_no_crowd():
    case = CHECKS["MOD105"].fires_on()
    train = dataclasses.replace(case.fit.train, rows=500_000)
    many = dataclasses.replace(case, fit=dataclasses.replace(case.fit, train=train))
    assert told("MOD105", many) is None


# MOD107


def test_a_lag_of_the_statistics_is_not_blamed_on_small_batches():
    case = CHECKS["MOD107"].fires_on()
    closed = tuple(
        dataclasses.replace(r, closed=Estimate(-1.3, -1.32, -1.28, 450))
        for r in case.ledger.reestimations
    )
    ledger = dataclasses.replace(case.ledger, reestimations=closed)
    assert told("MOD107", dataclasses.replace(case, ledger=ledger)) is None


def test_small_batches_that_do_well_are_left_in_peace():
    batch = DataRecord("train", "numpy", 1408, 2, 704)
    records = (record("bn", "BatchNormalization", (12, 12, 8), kind="batch-statistics"), *RECORDS)
    rows = {"batch-statistics": 0.01}
    case = fitted(records=records, changes={"train": batch}, rows=rows, closes={"training": 0.1})
    assert told("MOD107", case) is None


def test_one_row_a_batch_behind_a_dense_layer_is_confirmed_where_nothing_was_learned():
    batch = DataRecord("train", "numpy", 1408, 1, 1408)
    records = (record("bn", "BatchNormalization", (64,), kind="batch-statistics"), *RECORDS)
    rows = {"batch-statistics": 0.01}
    case = fitted(
        0.26, 0.25, records=records, changes={"train": batch}, rows=rows, closes={"training": 0.1}
    )
    assert verdict("MOD107", case) == ("confirmed", "error")
    assert "always 0" in str(told("MOD107", case).evidence)


# MOD109


def test_dropout_that_makes_half_of_the_loss_of_a_model_that_fails_is_confirmed():
    assert verdict("MOD109", noisy(-0.8, train=0.5, validation=0.49)) == ("confirmed", "warning")


def test_dropout_is_not_blamed_where_it_makes_nothing_of_the_loss():
    assert told("MOD109", noisy(-0.01, rate=0.5, train=0.5, validation=0.49)) is None


def test_dropout_that_lets_next_to_nothing_through_is_suspected_where_nothing_was_learned():
    case = noisy(-0.001, rate=0.95, train=0.26, validation=0.25)
    assert verdict("MOD109", case) == ("suspected", "error")


def test_dropout_is_not_blamed_where_no_reference_learns_either():
    assert told("MOD109", noisy(-0.4, train=0.27, validation=0.26, reference=0.27)) is None


def test_dropout_before_batch_statistics_that_are_off_is_only_suspected():
    records = (
        record("dropout", "Dropout", kind="noise", parameters=0, rate=0.7),
        record("bn", "BatchNormalization", kind="batch-statistics"),
        record("dense_2", shape=(4,), activation="softmax"),
    )
    losses = [2.0 - 0.01 * i for i in range(12)]
    case = fitted(
        0.4,
        0.38,
        records=records,
        loss=losses,
        val_loss=[v - 1.1 + 1.6 for v in losses],
        rows={"noise-layers": -1.1, "batch-statistics": 1.6},
        closes={"training": 0.03, "inference": 0.95},
    )
    assert verdict("MOD109", case) == ("suspected", "warning")


# MOD110


def test_penalties_that_drove_a_fit_that_failed_are_confirmed():
    case = penalised(1.5, 0.4, 0.39, first=8.0, data=1.2)
    assert verdict("MOD110", case) == ("confirmed", "error")


def test_penalties_that_made_all_weights_0_and_left_the_loss_are_confirmed():
    case = penalised(0.02, 0.25, 0.25, first=14.0, data=1.3)
    assert told("MOD110", case).observed.value < 0.1
    assert verdict("MOD110", case) == ("confirmed", "error")


def test_a_large_penalty_that_has_not_moved_is_only_suspected():
    case = penalised(4.0, 0.4, 0.39, data=1.2)
    assert verdict("MOD110", case) == ("suspected", "warning")


def test_a_large_penalty_of_a_good_model_is_harmless():
    assert verdict("MOD110", penalised(0.6, 0.96, 0.95)) == ("harmless", "note")


def test_a_small_penalty_is_not_blamed_for_a_model_that_fails():
    assert told("MOD110", penalised(0.05, 0.4, 0.39, data=1.2)) is None


# MOD111


def test_an_activity_penalty_comes_before_the_attention_and_penalties_it_explains():
    penalty = told("MOD111", CHECKS["MOD111"].fires_on())
    rest = [told(code, CHECKS[code].fires_on()) for code in ("MOD110", "MOD112")]
    assert [f.code for f in ranked([*rest, penalty])] == ["MOD111", "MOD110", "MOD112"]


def test_an_activity_penalty_inside_a_wrapper_is_found():
    case = CHECKS["MOD111"].fires_on()
    inner, last = case.fit.model.layers
    config = {"layer": {"class_name": "LSTM", "config": inner.config}}
    both = dataclasses.replace(inner, cls="Bidirectional", config=config)
    model = dataclasses.replace(case.fit.model, layers=(both, last))
    wrapped = dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))
    assert verdict("MOD111", wrapped) == ("confirmed", "error")


def test_an_activity_penalty_that_the_model_lives_with_is_left_in_peace():
    case = CHECKS["MOD111"].fires_on()
    good = dataclasses.replace(case.model, predictions=scored(0.95, 0.93))
    assert told("MOD111", dataclasses.replace(case, model=good)) is None


# MOD112


def attending(entropy, change, *, others=(), **more):
    estimate = None if change is None else Estimate(change, change - 0.002, change + 0.002, 450)
    made = (AttentionMeasured("softmax", entropy, 100, estimate), *others)
    return fitted(measured={"attention": made}, **more)


def test_attention_that_is_a_mean_in_a_good_model_is_left_in_peace():
    assert told("MOD112", attending(0.9999, 0.0)) is None


def test_even_attention_whose_mean_costs_much_is_not_a_mean():
    case = attending(0.985, 0.2, train=0.5, validation=0.48)
    assert told("MOD112", case) is None


def test_even_attention_beside_one_that_chooses_is_not_named():
    other = AttentionMeasured("softmax_1", 0.4, 100)
    case = attending(0.9999, 0.0, others=(other,), train=0.5, validation=0.48)
    assert told("MOD112", case) is None


def test_even_attention_without_a_trial_of_the_mean_is_a_note():
    case = attending(0.9999, None, train=0.5, validation=0.48)
    assert verdict("MOD112", case) == ("suspected", "note")


def test_attention_over_one_position_is_no_attention():
    alone = AttentionMeasured("softmax", 1.0, 1)
    case = fitted(0.5, 0.48, measured={"attention": (alone,)})
    assert told("MOD112", case) is None


# MOD113


def masked(change, on_masked=None, **more):
    layers = (
        LayerMeasured("masking", "Masking", mask_in=False, mask_out=True),
        LayerMeasured("bidirectional", "Bidirectional", 64, True, mask_in=True, mask_out=True),
        LayerMeasured("dot", "Dot", mask_in=True, mask_out=False),
    )
    noise = None if change is None else Estimate(change, change - 0.01, change + 0.01, 450)
    made = (AttentionMeasured("softmax", 0.7, 100, on_masked=on_masked),)
    return fitted(layers=layers, measured={"masked_noise": noise, "attention": made}, **more)


def test_attention_on_masked_steps_behind_a_layer_that_lost_the_mask_is_suspected():
    case = masked(0.0, 0.4, train=0.6, validation=0.58)
    assert verdict("MOD113", case) == ("suspected", "warning")
    assert told("MOD113", case).message == "mask lost at dot: 40 % of attention is on masked steps"


def test_a_mask_lost_by_a_good_model_is_harmless():
    assert verdict("MOD113", masked(0.5, 0.4)) == ("harmless", "note")


def test_a_mask_that_ends_where_nothing_comes_through_is_not_lost():
    assert told("MOD113", masked(0.0, 0.0, train=0.6, validation=0.58)) is None


def test_a_recurrent_layer_is_done_with_the_mask():
    layers = (
        LayerMeasured("masking", "Masking", mask_in=False, mask_out=True),
        LayerMeasured("lstm", "LSTM", 64, True, mask_in=True, mask_out=False),
    )
    noise = Estimate(0.5, 0.45, 0.55, 450)
    case = fitted(0.6, 0.58, layers=layers, measured={"masked_noise": noise})
    assert told("MOD113", case) is None


# MOD114 to MOD117


def test_many_dead_units_are_suspected_only_of_a_model_that_fails():
    layers = (seen("dense", dead_units=0.8), seen("dense_2", units=4, activation="softmax"))
    assert verdict("MOD114", fitted(0.5, 0.48, layers=layers)) == ("suspected", "warning")
    assert told("MOD114", fitted(layers=layers)) is None


def test_a_dead_branch_of_a_good_model_is_harmless():
    layers = (seen("dense"), seen("side", dead_units=1.0), seen("dense_2"))
    assert verdict("MOD114", fitted(layers=layers)) == ("harmless", "note")


def test_what_comes_behind_a_dead_layer_is_not_counted_itself():
    pooled = LayerMeasured("pool", "MaxPooling2D", 32, dead_units=1.0)
    assert told("MOD114", fitted(0.26, 0.25, layers=(seen("dense"), pooled))) is None


def chain(ratio, first_moved=0.001, last_moved=0.6, **more):
    return (
        seen("dense", gradient=0.02 * ratio, gradient_start=0.05 * ratio, moved=first_moved),
        seen("dense_1"),
        seen("dense_2", units=4, activation="softmax", moved=last_moved),
    )


def test_a_small_gradient_that_the_optimiser_makes_up_for_is_not_named():
    assert told("MOD115", fitted(0.3, 0.3, layers=chain(1e-5, first_moved=0.5))) is None


def test_a_small_gradient_of_a_model_that_learns_is_not_named():
    assert told("MOD115", fitted(layers=chain(1e-5))) is None


def test_a_small_gradient_is_suspected_where_movement_is_not_known():
    case = fitted(0.3, 0.3, layers=chain(1e-5, first_moved=None))
    assert verdict("MOD115", case) == ("suspected", "error")


def test_a_gradient_that_is_cut_off_is_not_one_that_vanishes():
    assert told("MOD115", fitted(0.3, 0.3, layers=chain(0.0))) is None


def test_a_gradient_that_grows_is_confirmed_where_the_loss_was_lost():
    case = fitted(layers=chain(5000.0), measured={"predictions": ()})
    epochs = list(case.fit.epochs)
    epochs[-1] = dataclasses.replace(epochs[-1], logs={"loss": None, "val_loss": None})
    lost = dataclasses.replace(case, fit=dataclasses.replace(case.fit, epochs=tuple(epochs)))
    assert verdict("MOD116", lost) == ("confirmed", "error")


def test_a_large_gradient_of_a_model_that_learns_is_not_named():
    assert told("MOD116", fitted(layers=chain(500.0))) is None


def test_a_sure_classifier_is_not_saturated():
    last = seen("dense_2", units=4, activation="softmax", saturated=0.97, dead_units=None)
    assert told("MOD117", fitted(0.5, 0.48, layers=(seen("dense"), last))) is None


def test_a_last_layer_at_its_end_is_named_where_nothing_was_learned():
    last = seen("dense_2", units=4, activation="softmax", saturated=1.0, dead_units=None)
    case = fitted(0.25, 0.25, layers=(seen("dense"), last))
    assert verdict("MOD117", case) == ("confirmed", "error")


def test_saturation_of_half_the_values_is_suspected_of_a_model_that_fails():
    layers = (seen("dense", activation="tanh", saturated=0.7), seen("dense_2"))
    assert verdict("MOD117", fitted(0.5, 0.48, layers=layers)) == ("suspected", "warning")


@pytest.mark.parametrize("code", ["MOD114", "MOD115", "MOD116", "MOD117"])
def test_a_symptom_explains_states_alone(code):
    explained_by_it = told(code, CHECKS[code].fires_on()).explains
    # A layer at the end of its range is why gradients vanish, and references do better.
    more = {"MOD115", "EVL109"} if code == "MOD117" else set()
    assert all(e.startswith("CUR") or e in {"EVL102", *more} for e in explained_by_it)


def test_no_two_of_these_explain_one_another():
    explains = {code: set(told(code, CHECKS[code].fires_on()).explains) for code in MINE}
    rings = [(a, b) for a in MINE for b in explains[a] & set(MINE) if a in explains[b]]
    assert rings == []


# Damaged evidence


def spoilt(value, odd):
    """Copies of a record with one number after the other made odd."""
    if isinstance(value, tuple):
        for i, each in enumerate(value):
            for copy in spoilt(each, odd):
                yield (*value[:i], copy, *value[i + 1 :])
        return
    if not dataclasses.is_dataclass(value):
        return
    for field in dataclasses.fields(value):
        own = getattr(value, field.name)
        if isinstance(own, float) and (odd is not None or "None" in str(field.type)):
            yield dataclasses.replace(value, **{field.name: odd})
        else:
            yield from (dataclasses.replace(value, **{field.name: c}) for c in spoilt(own, odd))


@pytest.mark.parametrize("odd", [None, math.nan, math.inf, -1.0, 1e30], ids=str)
@pytest.mark.parametrize("code", MINE)
def test_odd_numbers_lead_to_no_crash_and_to_no_long_message(code, odd):
    case = CHECKS[code].fires_on()
    copies = [dataclasses.replace(case, model=m) for m in spoilt(case.model, odd)]
    copies += [dataclasses.replace(case, rows=r) for r in spoilt(case.rows, odd)]
    assert copies
    assert [f.message for c in copies for f in looked(code, c) if len(f.message) >= 80] == []


@pytest.mark.parametrize("code", MINE)
def test_without_what_was_measured_of_the_model_a_check_is_not_run_or_finds_nothing(code):
    case = dataclasses.replace(CHECKS[code].fires_on(), model=None)
    assert looked(code, case) == ()


def test_a_thousand_parameters_a_row_are_noted_of_a_model_that_has_learned_nothing():
    case = CHECKS["MOD105"].fires_on()
    layers = tuple(
        dataclasses.replace(r, parameters=400 * r.parameters) if r.name == "dense" else r
        for r in case.fit.model.layers
    )
    model = dataclasses.replace(
        case.fit.model, layers=layers, parameters=sum(r.parameters for r in layers)
    )
    case = dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))

    def scoring(case, *scores):
        predictions = scored(*scores)
        return dataclasses.replace(
            case, model=dataclasses.replace(case.model, predictions=predictions)
        )

    found = told("MOD105", scoring(case, 0.26, 0.25))
    assert (found.severity, found.status) == ("note", "suspected")
    assert told("MOD105", scoring(case, 0.99, 0.98)) is None
    assert told("MOD105", scoring(CHECKS["MOD105"].fires_on(), 0.26, 0.25)) is None
