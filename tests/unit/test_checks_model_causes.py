"""MOD102 to MOD128 where causes look alike: rules that test_checks_model_a.py has no room for."""

import dataclasses
import math

import pytest
from damaged_records import looked_at_damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valgap.checks.example_case import example_case
from valgap.checks.example_scores import explained, referenced, scored
from valgap.checks.model.detached_branch import zero_weighted
from valgap.checks.obstacles import obstacle
from valgap.checks.order import is_blind_to_order, told_by_order
from valgap.evidence.account import Estimate
from valgap.evidence.model import (
    AttentionMeasured,
    HeadRecord,
    LayerMeasured,
    RateMeasured,
    RateStep,
)
from valgap.evidence.records import DataRecord, LayerRecord, TensorRecord
from valgap.evidence.rows import InputRecord, References, TargetRecord
from valgap.finding import NotRun
from valgap.registry import load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}


def looked(code, case):
    """What a check finds; one that crashed, or was not run, fails the test."""
    found = run_check(CHECKS[code], case)
    assert not isinstance(found, NotRun), found
    return found


def told(code, case):
    return next(iter(looked(code, case)), None)


def verdict(code, case):
    found = told(code, case)
    return found and (found.status, found.severity)


def record(name, cls="Dense", shape=(32,), *, kind="plain", parameters=1000, **config):
    return LayerRecord(name, cls, name, kind, True, parameters, shape, config)


def seen(name, cls="Dense", units=32, **more):
    settings = {"activation": "relu", "gradient": 0.02, "gradient_start": 0.05, "moved": 0.4}
    return LayerMeasured(name, cls, units, True, **settings | more)


def fitted(train=0.97, validation=0.94, reference=0.85, *, rows_too=None, measured=None, **more):
    """A classifier of four classes, well trained unless told otherwise."""
    return example_case(
        measured_model={"predictions": scored(train, validation), **(measured or {})},
        measured_rows={"references": referenced(reference), **(rows_too or {})},
        **more,
    )


# ---- MOD102: what forbids learning, and was learned in part


def scores_without_logits(train, validation, reference=0.85):
    end = HeadRecord(
        "output", "dense_2", (4,), "linear", "categorical_crossentropy", False, "multiclass",
        (4,), -3.1, 4.6,
    )  # fmt: skip
    return fitted(train, validation, reference, measured={"heads": (end,)})


def test_a_head_that_forbids_learning_is_suspected_where_training_rows_were_learned():
    assert verdict("MOD102", scores_without_logits(0.97, 0.6)) == ("suspected", "error")


def test_a_head_that_forbids_learning_weighs_half_at_least_whatever_was_learned():
    assert told("MOD102", scores_without_logits(0.97, 0.6)).size == 0.5
    assert told("MOD102", scores_without_logits(0.26, 0.25)).size > 0.9


def test_a_head_that_forbids_learning_is_harmless_where_validation_does_well():
    assert verdict("MOD102", scores_without_logits(0.97, 0.95)) == ("harmless", "note")


# ---- MOD103: the numbers of classes as amounts


def class_numbers(activation, low, high, r2=(-0.3, -0.3), loss="mean_squared_error"):
    end = HeadRecord("output", "dense_2", (1,), activation, loss, None, "binary", (1,), 0.0, 0.9)
    target = TargetRecord(
        "train", "output", "classes", (), "int64", 1408, low, high,
        (low + high) / 2, (high - low) / 2, 2, True,
    )  # fmt: skip
    return example_case(
        measured_model={"heads": (end,), "predictions": explained(*r2)},
        measured_rows={"targets": (target,)},
    )


def test_class_numbers_of_minus_one_and_one_lie_beyond_a_sigmoid():
    found = told("MOD103", class_numbers("sigmoid", -1.0, 1.0))
    assert found.message == "sigmoid ends at 0.00, targets reach -1.00"


@pytest.mark.parametrize(
    ("activation", "low", "high", "loss"),
    [
        ("tanh", -1.0, 1.0, "mean_squared_error"),
        ("sigmoid", 0.0, 1.0, "mean_squared_error"),
        ("linear", -1.0, 1.0, "mean_squared_error"),
        ("sigmoid", -1.0, 1.0, "hinge"),
    ],
)
def test_class_numbers_within_reach_or_under_a_loss_of_classes_are_left_alone(
    activation, low, high, loss
):
    assert told("MOD103", class_numbers(activation, low, high, loss=loss)) is None


def test_class_numbers_beyond_the_end_do_no_harm_to_a_model_that_does_well():
    case = class_numbers("sigmoid", -1.0, 1.0, (0.95, 0.94))
    assert verdict("MOD103", case) == ("harmless", "note")


def test_a_target_without_a_mean_lies_beyond_no_end():
    case = class_numbers("sigmoid", -1.0, 1.0)
    target = dataclasses.replace(case.rows.targets[0], mean=math.nan, std=None)
    rows = dataclasses.replace(case.rows, targets=(target,))
    assert told("MOD103", dataclasses.replace(case, rows=rows)) is None


# ---- MOD107: noise that batch statistics over a handful of values add in training


def of_two_rows(shift, shape=(32,), *, batch=2, scores=(0.95, 0.62), closes=0.1):
    """Batches of two rows; training rows score `shift` better under moving statistics."""
    records = (
        record("dense"),
        record("bn", "BatchNormalization", shape, kind="batch-statistics"),
        record("dense_1", shape=(4,)),
    )
    loss = [1.4 - 0.02 * i for i in range(12)]
    return fitted(
        *scores,
        loss=loss,
        val_loss=[v + 0.3 for v in loss],
        rows={"batch-statistics": shift},
        closes={"training": closes},
        layer_records=records,
        changes={"train": DataRecord("train", "numpy", 1408, batch, 704)},
    )


def test_statistics_over_two_values_that_double_the_loss_are_suspected():
    assert verdict("MOD107", of_two_rows(-0.9)) == ("suspected", "warning")


def lagging(scores=(0.95, 0.62), *, shape=(32,), momentum=0.9):
    """Batches of two rows; training rows score worse under moving statistics, to the end."""
    case = of_two_rows(0.9, shape, scores=scores, closes=0.9)
    layers = tuple(
        dataclasses.replace(layer, config={"momentum": momentum}) for layer in case.fit.model.layers
    )
    model = dataclasses.replace(case.fit.model, layers=layers)
    return dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))


def test_moving_statistics_over_a_few_dozen_values_are_chance_and_not_only_late():
    assert verdict("MOD106", lagging()) is not None
    assert verdict("MOD107", lagging()) == ("suspected", "warning")
    found = told("MOD107", lagging())
    assert "the last 38 values, of which a mean is off by 16 %" in str(found.evidence)
    assert "MOD106" in found.explains
    assert "MOD106" not in told("MOD107", of_two_rows(-0.9)).explains


@pytest.mark.parametrize(
    "told_of",
    [{"momentum": 0.99}, {"shape": (8, 8, 32)}, {"scores": (0.95, 0.94)}],
    ids=["long memory", "many places", "validation does well"],
)
def test_moving_statistics_over_many_values_only_lag(told_of):
    assert verdict("MOD106", lagging(**told_of)) is not None
    assert told("MOD107", lagging(**told_of)) is None


def test_a_lag_is_not_answered_by_a_momentum_that_is_there_already():
    assert told("MOD106", lagging(momentum=0.99)).help.startswith("momentum=0.9 ")
    assert told("MOD106", lagging(momentum=0.9)).help.startswith("a lower rate at the end")


def test_statistics_that_lag_in_the_first_epochs_alone_do_not_clear_small_batches():
    case = of_two_rows(-0.9)
    first = dataclasses.replace(
        case.ledger.reestimations[0], epoch=0, train_batch=1.0, train_moving=2.0, train_after=1.1
    )
    early = dataclasses.replace(first, closed=Estimate(-0.9, -1.0, -0.8, 1000))
    ledger = dataclasses.replace(case.ledger, reestimations=(early, *case.ledger.reestimations))
    assert verdict("MOD107", dataclasses.replace(case, ledger=ledger)) == ("suspected", "warning")


@pytest.mark.parametrize(
    "told_of",
    [
        {"shift": -0.3},
        {"shift": -0.9, "shape": (8, 8, 32)},
        {"shift": -0.9, "scores": (0.95, 0.94)},
        {"shift": -0.9, "batch": 32},
        {"shift": -0.9, "shape": (None, 32)},
    ],
    ids=["a third of the loss", "many places", "validation does well", "batches of 32", "unknown"],
)
def test_statistics_that_add_little_noise_or_do_no_harm_are_left_alone(told_of):
    assert told("MOD107", of_two_rows(**told_of)) is None


# ---- MOD109 and MOD128: layers that expect the noise of dropout

PLAIN = (
    record("dense"),
    record("dropout", "Dropout", kind="noise", parameters=0, rate=0.4),
    record("dense_2", shape=(4,)),
)
FRAMES = (
    record(
        "td",
        "TimeDistributed",
        (3, 8),
        layer={"class_name": "Dropout", "config": {"rate": 0.3}},
    ),
    record("lstm", "LSTM"),
)


def without_noise(change, records=PLAIN, *, scores=(0.95, 0.62), half_width=0.02, **more):
    """Training rows of loss .8 that score `change` worse with dropout off."""
    loss = [0.9 - 0.01 * i for i in range(12)]
    case = fitted(
        *(scores or (0.95, 0.62)),
        loss=loss,
        val_loss=[v + change + 0.2 for v in loss],
        rows={"noise-layers": change},
        half_width=half_width,
        layer_records=records,
        **more,
    )
    if scores is None:
        case = dataclasses.replace(case, model=dataclasses.replace(case.model, predictions=()))
    return case


def test_dropout_without_which_training_rows_do_worse_is_confirmed():
    found = told("MOD109", without_noise(0.5))
    assert (found.status, found.severity) == ("confirmed", "warning")
    assert found.message.startswith("dropout shifts the layers behind it")


@pytest.mark.parametrize(
    "told_of",
    [
        {"change": 0.1},
        {"change": -0.3},
        {"change": 0.5, "scores": (0.97, 0.95)},
        {"change": 0.5, "half_width": 0.6},
    ],
    ids=["a tenth of the loss", "as dropout should", "validation does well", "may be chance"],
)
def test_dropout_that_does_as_it_should_or_no_harm_is_left_alone(told_of):
    assert told("MOD109", without_noise(**told_of)) is None


def test_frames_whose_dropout_costs_training_rows_are_a_warning():
    found = told("MOD128", without_noise(0.5, FRAMES))
    assert (found.status, found.severity) == ("suspected", "warning")
    assert "FIT113" in found.explains


@pytest.mark.parametrize("change", [0.1, -0.3])
def test_frames_whose_dropout_costs_no_training_row_are_a_note(change):
    found = told("MOD128", without_noise(change, FRAMES))
    assert (found.severity, found.explains) == ("note", ())


def test_frames_whose_dropout_costs_training_rows_of_a_good_model_are_harmless():
    found = told("MOD128", without_noise(0.5, FRAMES, scores=(0.97, 0.95)))
    assert (found.status, found.severity) == ("harmless", "note")


def test_a_shift_by_dropout_is_no_warning_where_it_is_not_known_how_the_model_does():
    assert told("MOD128", without_noise(0.5, FRAMES, scores=None)).severity == "note"


# ---- MOD110: the share of a penalty that falls fast within an epoch


def collapsing(averaging, scores=(0.25, 0.25)):
    """A penalty of 1.5 at the end of the first epoch, whose logged mean loss is 10."""
    loss = [10.0, *[1.6] * 11]
    penalties = [-1.5, *[-0.01] * 11]
    rows = {"epoch-averaging": [averaging, *[0.0] * 11], "penalties-train": penalties}
    return fitted(*scores, loss=loss, val_loss=[1.6 + 0.01 * i for i in range(12)], rows=rows)


def test_a_penalty_is_held_against_the_loss_at_the_end_of_its_epoch():
    found = told("MOD110", collapsing(-8.0))
    assert found.message == "over-regularised: penalties are up to 75 % of the training loss"


def test_a_penalty_that_is_small_beside_the_loss_at_the_end_of_its_epoch_is_left_alone():
    assert told("MOD110", collapsing(0.0)) is None


def test_a_penalty_of_the_first_epoch_is_left_alone_where_rows_were_learned():
    assert told("MOD110", collapsing(-8.0, (0.97, 0.95))) is None


def test_a_loss_that_is_all_averaging_has_no_share_of_penalty():
    assert told("MOD110", collapsing(-10.0)) is None


# ---- MOD112: a mean for attention in a model that gets less than half


def attending(train, validation, reference):
    change = Estimate(0.0, -0.002, 0.002, 450)
    made = (AttentionMeasured("softmax", 0.9999, 100, change),)
    return fitted(train, validation, reference, measured={"attention": made})


def test_attention_that_is_a_mean_is_named_where_validation_gets_next_to_nothing():
    assert verdict("MOD112", attending(0.35, 0.32, 0.25)) == ("confirmed", "warning")


def test_attention_that_is_a_mean_is_left_alone_where_no_reference_shows_that_more_was_there():
    assert told("MOD112", attending(0.60, 0.55, 0.50)) is None


def test_attention_that_is_a_mean_is_left_alone_where_validation_gets_more_than_half():
    assert told("MOD112", attending(0.99, 0.80, 0.50)) is None


def test_attention_that_is_a_mean_is_left_alone_in_a_model_as_good_as_can_be():
    assert told("MOD112", attending(0.97, 0.95, 0.50)) is None


# ---- MOD113: rows that are largely padding

LOSES = (
    LayerMeasured("masking", "Masking", mask_in=False, mask_out=True),
    LayerMeasured("reshape", "Reshape", mask_in=True, mask_out=False),
)
KEEPS = (
    LayerMeasured("masking", "Masking", mask_in=False, mask_out=True),
    LayerMeasured("lstm", "LSTM", 32, True, mask_in=True, mask_out=False),
)


def padded(share, *, scores=(0.26, 0.25), layers=LOSES, on_masked=None, reference=0.85):
    given = InputRecord(
        "train", "x", "series", (50, 4), "float32", 1408, -3, 3, 0, 1, padding_steps=share
    )
    quiet = Estimate(0.0, -0.001, 0.001, 450)
    attention = () if on_masked is None else (
        AttentionMeasured("softmax", 0.7, 50, on_masked=on_masked),
    )  # fmt: skip
    return fitted(
        *scores,
        reference,
        rows_too={"inputs": (given,)},
        measured={"layers": layers, "masked_noise": quiet, "attention": attention},
    )


def test_a_mask_lost_on_rows_of_much_padding_is_suspected_where_nothing_was_learned():
    found = told("MOD113", padded(0.4))
    assert (found.status, found.severity) == ("suspected", "warning")
    assert found.message == "mask lost at reshape: padding is read as data"
    assert "40 % of the steps are padding" in found.evidence


@pytest.mark.parametrize(
    "told_of",
    [
        {"share": 0.1},
        {"share": None},
        {"share": math.nan},
        {"share": 0.4, "scores": (0.6, 0.55)},
        {"share": 0.4, "scores": (0.97, 0.95)},
        {"share": 0.4, "layers": KEEPS},
        {"share": 0.4, "layers": KEEPS, "on_masked": 0.4, "reference": 0.25},
    ],
    ids=[
        "little",
        "not known",
        "no number",
        "learned in part",
        "does well",
        "mask kept",
        "nothing to learn",
    ],
)
def test_padding_is_not_blamed_where_it_is_little_or_something_was_learned(told_of):
    assert told("MOD113", padded(**told_of)) is None


def test_a_rounding_of_attention_on_padding_is_not_told_as_what_was_seen():
    assert "attention" not in told("MOD113", padded(0.4, on_masked=0.004)).message


# ---- MOD115: a first layer that moved late

WAITS = (1.40, 1.40, 1.39, 1.40, 1.40, 1.39, 1.39, 1.38, 1.2, 1.0, 0.9, 0.8)
FALLS = (1.40, 1.25, 1.12, 1.02, 0.95, 0.90, 0.86, 0.83, 0.81, 0.80, 0.79, 0.78)


def freed(loss, *, at="start", scores=(0.4, 0.38)):
    """A first layer that moved as far as the last; its gradient was small at one end."""
    small = {"gradient_start": 5e-7} if at == "start" else {"gradient": 2e-7}
    layers = (seen("dense", **small), seen("dense_1"), seen("dense_2", units=4))
    return fitted(
        *scores, loss=loss, val_loss=[v + 0.01 for v in loss], rows={}, measured={"layers": layers}
    )


def test_a_gradient_that_was_small_at_first_is_suspected_after_a_third_without_a_fall():
    found = told("MOD115", freed(WAITS))
    assert found.status == "suspected"
    assert "FIT103" in found.explains


@pytest.mark.parametrize(
    "told_of",
    [
        {"loss": FALLS},
        {"loss": [1.4 + 0.001 * i for i in range(12)]},
        {"loss": WAITS[:8]},
        {"loss": WAITS, "at": "end"},
        {"loss": WAITS, "scores": (0.97, 0.95)},
    ],
    ids=["falls at once", "never falls", "too short to tell", "small at the end", "does well"],
)
def test_a_gradient_that_held_nothing_up_is_left_alone(told_of):
    assert told("MOD115", freed(**told_of)) is None


# ---- MOD119: a bottleneck, at rest or not

FALLING = [1.4 - 0.06 * i for i in range(12)]


def narrow(units, *, classes=8, loss=FALLING, task="multiclass", scores=None, **more):
    activation = "softmax" if task == "multiclass" else "linear"
    kind = "categorical_crossentropy" if task == "multiclass" else "mean_squared_error"
    end = HeadRecord("output", "dense_1", (classes,), activation, kind, False, task, (classes,))
    given = InputRecord("train", "x", "table", (20,), "float32", 1408, -3, 3, 0, 1, features=20)
    layers = (
        LayerMeasured("dense", "Dense", units, True, activation="relu", has_gradient=True),
        LayerMeasured("dense_1", "Dense", classes, True, activation=activation, has_gradient=True),
    )
    return example_case(
        loss=loss,
        val_loss=[v + 0.01 for v in loss],
        rows={},
        measured_model={
            "heads": (end,),
            "layers": layers,
            "predictions": scores or scored(0.5, 0.48, classes=classes),
            "rates": (RateMeasured("end", 1e-3, 1.0, (RateStep(1.0, 0.99),), 1.0),),
            **more.pop("measured", {}),
        },
        measured_rows={
            "inputs": (given,),
            "references": referenced(0.9, classes=classes),
            **more.pop("rows_too", {}),
        },
        **more,
    )


def test_a_layer_of_less_than_half_the_units_is_suspected_while_the_loss_still_falls():
    found = told("MOD119", narrow(3))
    assert (found.status, found.evidence[0]) == ("suspected", "dense has 3 units before 8 outputs")
    assert any("still falls slowly" in line for line in found.evidence)


@pytest.mark.parametrize("units", [4, 8, None])
def test_a_layer_of_half_the_units_and_more_is_left_alone_while_the_loss_still_falls(units):
    assert told("MOD119", narrow(units)) is None


def test_a_narrow_layer_is_left_alone_where_no_reference_does_better():
    assert told("MOD119", narrow(3, rows_too={"references": referenced(0.5, classes=8)})) is None


def test_the_columns_of_a_regression_take_no_units_each():
    reference = References(
        "regression", "R2", 0.0, 1408, 450,
        scores={"linear": Estimate(0.8, 0.77, 0.83, 450)},
        within_train=Estimate(0.8, 0.77, 0.83, 1408),
    )  # fmt: skip
    case = narrow(
        8,
        classes=64,
        task="regression",
        scores=explained(0.4, 0.38),
        rows_too={"references": reference},
    )
    assert told("MOD119", case) is None


# ---- MOD120: a model that no order of the steps changes

SAME = Estimate(0.0, -1e-8, 1e-8, 450)


def ordered(  # a reference that reads the order at `whole`, and at `mixed` on permuted steps
    whole=0.95, mixed=0.3, *, change=SAME, scores=(0.26, 0.25), own=0.25, kind="linear", **more
):
    found = dataclasses.replace(
        referenced(whole, kind=kind),
        kind=kind,
        own=None if own is None else Estimate(own, own - 0.04, own + 0.04, 450),
        unordered=None if mixed is None else Estimate(mixed, mixed - 0.04, mixed + 0.04, 450),
    )
    permuted = {"x": change} if change else {}
    return fitted(*scores, rows_too={"references": found}, measured={"permuted": permuted}, **more)


def test_a_model_blind_to_an_order_that_tells_is_a_warning_though_it_knows_nothing():
    found = told("MOD120", ordered())
    assert (found.status, found.severity) == ("suspected", "warning")
    assert found.size == pytest.approx(0.7)
    assert any("with steps permuted loses" in line for line in found.evidence)


@pytest.mark.parametrize(
    "told_of",
    [
        {"mixed": 0.95},
        {"mixed": 0.885},
        {"mixed": None},
        {"own": None},
        {"own": 0.9},
        {"own": math.nan},
        {"whole": 0.3, "mixed": 0.25},
    ],
    ids=[
        "permuted steps tell as much",
        "intervals meet",
        "permuted steps were not tried",
        "own score not known",
        "model as good",
        "own score no number",
        "the order tells next to nothing",
    ],
)
def test_blindness_to_an_order_that_may_tell_nothing_is_no_warning(told_of):
    assert verdict("MOD120", ordered(**told_of))[1] == "note"


def test_a_model_at_chance_that_permuted_steps_do_change_is_not_blind_but_untrained():
    assert told("MOD120", ordered(change=Estimate(0.0, -0.002, 0.002, 450))) is None


def test_a_model_that_gives_all_rows_the_same_is_not_called_blind():
    case = ordered()
    made = tuple(dataclasses.replace(p, constant=True) for p in case.model.predictions)
    constant = dataclasses.replace(case, model=dataclasses.replace(case.model, predictions=made))
    assert not is_blind_to_order(constant)
    assert told("MOD120", constant) is None


def test_a_model_of_which_no_order_was_permuted_is_not_called_blind():
    assert not is_blind_to_order(ordered(change=None))
    assert not is_blind_to_order(example_case())


@pytest.mark.parametrize("bad", [None, math.nan, math.inf])
def test_an_interval_without_ends_shows_no_blindness(bad):
    assert not is_blind_to_order(ordered(change=Estimate(0.0, bad, 1e-8, 450)))


def test_what_order_tells_is_the_loss_of_the_reference_with_its_distance_as_the_low_end():
    lost = told_by_order(ordered(0.95, 0.3))
    assert lost.value == pytest.approx(0.65)
    assert lost.low == pytest.approx(0.65 - 0.03 - 0.04)


def test_blindness_to_an_order_that_tells_stands_in_the_way_of_blaming_capacity():
    assert obstacle(ordered()) == "the order of steps, which tells, makes no difference"
    assert "order" not in obstacle(ordered(mixed=0.95))


# ---- MOD121: outputs whose loss has weight 0


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{'a': 0.0, 'b': 1.0}", ["a"]),
        ("{a: 0, b: 1}", ["a"]),
        ("[0.0, 1.0]", ["a"]),
        ("(1, 0)", ["b"]),
        ("{'a': 0.0001, 'b': 1.0}", []),
        ("{'a': 1e-05, 'b': 1.0}", []),
        ("[1e-05, 1.0]", []),
        ("{'a': 10.0, 'b': 0.05}", []),
        ("{'c': 0.0}", []),
        ("[0.0]", []),
        ("None", []),
        ("", []),
    ],
)
def test_weights_of_0_are_read_by_name_or_by_place(text, names):
    assert zero_weighted(text, ["a", "b"]) == names


def two_heads(weights, of_a=(0.25, 0.25), logged=("a_loss", "val_a_loss")):
    heads = tuple(
        HeadRecord(name, name, (4,), "softmax", "categorical_crossentropy", False, "multiclass")
        for name in ("a", "b")
    )
    predictions = tuple(
        dataclasses.replace(p, output=name)
        for name, scores in (("a", of_a), ("b", (0.97, 0.95)))
        for p in scored(*scores)
    )
    case = example_case(
        compiled={"arguments": {"loss_weights": weights}},
        measured_model={
            "heads": heads,
            "predictions": predictions,
            "layers": (
                LayerMeasured("a", "Dense", 4, True, has_gradient=False),
                LayerMeasured("b", "Dense", 4, True, has_gradient=True),
            ),
        },
    )
    epochs = tuple(
        dataclasses.replace(e, logs={**e.logs, **dict.fromkeys(logged, 1.4)})
        for e in case.fit.epochs
    )
    return dataclasses.replace(case, fit=dataclasses.replace(case.fit, epochs=epochs))


def test_an_output_of_weight_0_that_is_logged_and_knows_nothing_is_suspected():
    found = told("MOD121", two_heads("{'a': 0.0, 'b': 1.0}"))
    assert (found.status, found.scope.layer) == ("suspected", "a")


@pytest.mark.parametrize(
    "told_of",
    [
        {"weights": "{'a': 0.0, 'b': 1.0}", "of_a": (0.8, 0.75)},
        {"weights": "{'a': 0.0, 'b': 1.0}", "logged": ("ab_loss", "loss_a")},
        {"weights": "{'a': 1.0, 'b': 0.0}", "of_a": (0.25, 0.25)},
    ],
    ids=["it knows something", "it is not logged", "the other one has weight 0 and does well"],
)
def test_an_output_of_weight_0_that_nobody_reads_or_that_does_well_is_left_alone(told_of):
    assert told("MOD121", two_heads(**told_of)) is None


# ---- MOD126: pooling before the first filter


def stack(*layers, side=32, scores=(0.5, 0.48), reference=0.8):
    """A plain stack of (class, window, stride, side after)."""
    records = []
    for i, (cls, window, stride, after) in enumerate(layers):
        size = "pool_size" if "Pooling" in cls else "kernel_size"
        shape = (after, after, 16) if after else (16,)
        config = {size: [window] * 2, "strides": [stride] * 2} if window else {}
        records.append(record(f"layer_{i}", cls, shape, **config))
    picture = TensorRecord("x", (side, side, 3), "float32")
    train = DataRecord("train", "numpy", 1408, 64, 22, inputs=(picture,))
    return fitted(*scores, reference, layer_records=tuple(records), changes={"train": train})


POOL4, POOL2 = ("AveragePooling2D", 4, 4, 8), ("MaxPooling2D", 2, 2, 16)
CONV8, CONV16, CONV32 = ("Conv2D", 3, 1, 8), ("Conv2D", 3, 1, 16), ("Conv2D", 3, 1, 32)
FLAT = ("Flatten", 0, 0, 0)


def test_pooling_by_four_before_the_first_filter_is_suspected():
    found = told("MOD126", stack(POOL4, CONV8, FLAT))
    assert found.message == "pooled 4 times before the first filter: 8 wide"


def test_two_poolings_by_two_before_the_first_filter_are_one_by_four():
    found = told("MOD126", stack(POOL2, ("MaxPooling2D", 2, 2, 8), CONV8, FLAT))
    assert found.message == "pooled 4 times before the first filter: 8 wide"


@pytest.mark.parametrize(
    "layers",
    [
        (POOL2, CONV16, FLAT),
        (CONV32, POOL4, CONV8, FLAT),
        (POOL4, FLAT, ("Dense", 0, 0, 0)),
        (("Conv2D", 4, 4, 8), CONV8, FLAT),
    ],
    ids=["halved once", "behind a filter", "no filter at all", "patches of a filter"],
)
def test_pooling_that_leaves_what_is_fine_to_filters_is_left_alone(layers):
    assert told("MOD126", stack(*layers)) is None


def test_pooling_before_the_first_filter_does_no_harm_to_a_model_that_does_well():
    assert told("MOD126", stack(POOL4, CONV8, FLAT, scores=(0.97, 0.95))) is None


# ---- damage

FIRING = {
    "MOD102": lambda: scores_without_logits(0.97, 0.6),
    "MOD103": lambda: class_numbers("sigmoid", -1.0, 1.0),
    "MOD107": lambda: of_two_rows(-0.9),
    "MOD109": lambda: without_noise(0.5),
    "MOD110": lambda: collapsing(-8.0),
    "MOD112": lambda: attending(0.60, 0.55, 0.50),
    "MOD113": lambda: padded(0.4),
    "MOD115": lambda: freed(WAITS),
    "MOD119": lambda: narrow(3),
    "MOD120": ordered,
    "MOD121": lambda: two_heads("{'a': 0.0, 'b': 1.0}"),
    "MOD126": lambda: stack(POOL4, CONV8, FLAT),
    "MOD128": lambda: without_noise(0.5, FRAMES),
}


@pytest.mark.parametrize("code", FIRING)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_evidence_makes_no_such_rule_crash_or_ramble(code, data):
    for found in looked_at_damaged(CHECKS[code], FIRING[code](), data):
        assert len(found.message) < 80
        assert 0 <= found.size <= 1


@pytest.mark.parametrize("code", FIRING)
def test_no_such_rule_is_graver_than_its_check_is_registered(code):
    gravity = ("note", "warning", "error")
    most = gravity.index(CHECKS[code].severity)
    assert all(gravity.index(f.severity) <= most for f in looked(code, FIRING[code]()))
