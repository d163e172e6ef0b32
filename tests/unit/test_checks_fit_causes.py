"""FIT101 to FIT119 where causes look alike: rules that test_checks_fit.py has no room for."""

import dataclasses
import math

import pytest
from damaged_records import looked_at_damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references, regressed
from valgap.evidence.model import HeadRecord, LayerMeasured, RateMeasured, RateStep
from valgap.evidence.records import CallbackRecord, DataRecord, LayerRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import NotRun
from valgap.registry import load_checks, run_check

CHECKS = {c.code: c for c in load_checks()}
GOOD, POOR, AT_CHANCE = (0.95, 0.93), (0.40, 0.38), (0.34, 0.33)


def looked(code, case):
    """What a check finds; one that crashed, or was not run, fails the test."""
    told = run_check(CHECKS[code], case)
    assert not isinstance(told, NotRun), told
    return told


def only(code, case):
    (found,) = looked(code, case)
    return found


def fit(score=POOR, *, of_rows=None, of_model=None, classes=3, reference=0.85, **changes):
    rows = {"references": references(reference, score[1], classes=classes), **(of_rows or {})}
    model = {"predictions": classified(*score, classes=classes), **(of_model or {})}
    return example_case(measured_rows=rows, measured_model=model, **changes)


def with_logs(case, **figures):
    """The same case with figures logged in every epoch."""
    epochs = tuple(dataclasses.replace(e, logs={**e.logs, **figures}) for e in case.fit.epochs)
    return dataclasses.replace(case, fit=dataclasses.replace(case.fit, epochs=epochs))


# ---- FIT101: batches that stay above the loss of the first weights

BEFORE = 1.2
ABOVE = (2.4, *[1.5 + 0.01 * (i % 3) for i in range(11)])


def unmoved(loss, score=POOR, *, rate=0.1, before=BEFORE, rows=None):
    """A fit whose first step lowers its loss and whose weights ended near where they began."""
    steps = tuple(RateStep(m, abs(before) * (1 - 0.01 * m)) for m in (0.1, 1.0, 10.0))
    return fit(
        score,
        loss=loss,
        val_loss=[v + 0.01 for v in loss],
        rows=rows or {},
        learning_rates=[rate] * len(loss),
        steps={0: (1.2, 1.4)},
        of_model={
            "rates": (RateMeasured("start", rate, before, steps, 10.0),),
            "layers": (LayerMeasured("dense_1", "Dense", has_weights=True, moved=0.4),),
        },
    )


def test_batches_that_never_come_below_the_first_weights_suspect_a_rate_far_off():
    found = only("FIT101", unmoved(ABOVE))
    assert (found.status, found.severity) == ("suspected", "warning")


def test_weights_that_hardly_moved_are_not_said_to_be_thrown_far():
    found = only("FIT101", unmoved(ABOVE))
    assert "weights were thrown" not in found.message


def test_a_loss_that_came_below_its_start_in_the_last_third_is_not_stuck_above_it():
    late = (*ABOVE[:8], *[1.1] * 4)
    assert looked("FIT101", unmoved(late)) == ()


def test_a_loss_above_its_start_in_a_fit_that_does_well_is_left_alone():
    assert looked("FIT101", unmoved(ABOVE, GOOD)) == ()


def test_a_loss_above_its_start_at_the_usual_rate_has_another_cause():
    assert looked("FIT101", unmoved(ABOVE, rate=0.001)) == ()


def test_a_start_below_zero_is_no_level_to_stay_above():
    assert looked("FIT101", unmoved(ABOVE, before=-1.2)) == ()


THROWN = (3.2, 1.7, 1.4, *[1.05] * 9)


def thrown(moved, loss=THROWN, **changes):
    """A fit that learned a part only, its first batches far above the loss of its first step."""
    case = unmoved(loss, **changes)
    layers = (LayerMeasured("dense_1", "Dense", has_weights=True, moved=moved),)
    return dataclasses.replace(case, model=dataclasses.replace(case.model, layers=layers))


def test_weights_thrown_by_the_first_batches_suspect_the_rate_where_a_part_was_learned():
    found = only("FIT101", thrown(12.0))
    assert (found.status, found.severity) == ("suspected", "warning")


@pytest.mark.parametrize(
    "case",
    [
        thrown(1.0),
        thrown(12.0, (1.1, *[1.05] * 11)),
        thrown(12.0, score=GOOD),
        thrown(12.0, rate=0.001),
        thrown(12.0, rows={"noise-layers": -0.5}),
    ],
    ids=["little moved", "began below", "does well", "usual rate", "noise layers"],
)
def test_a_fit_that_learned_a_part_is_not_called_thrown_without_all_of_its_marks(case):
    assert looked("FIT101", case) == ()


@pytest.mark.parametrize("row", ["noise-layers", "penalties-train"])
def test_noise_and_penalties_that_lift_the_loss_of_batches_are_not_the_rate(row):
    assert looked("FIT101", unmoved(ABOVE, rows={row: -0.5})) == ()


def test_three_epochs_without_steps_are_too_few_to_say_where_the_loss_stays():
    assert looked("FIT101", unmoved(ABOVE[:3])) == ()


# ---- FIT106: numbers in order

IN_ORDER = {"runs": 20, "runs_expected": 700.0, "runs_z": -36.0}


def ordered_numbers(score, averaging, *, half_width=0.02, shuffled=False, **order):
    target = TargetRecord(
        "train", "y", "numbers", (1,), "float32", 1408, -3.0, 4.0, 0.2, 1.1, 1300,
        **{**IN_ORDER, **order},
    )  # fmt: skip
    rows = {"targets": (target,)}
    return example_case(
        rows={"epoch-averaging": averaging},
        half_width=half_width,
        measured_rows=rows,
        measured_model={"predictions": regressed(*score)},
        changes={"train": DataRecord("train", "arrays", 1408, 64, 22, shuffled=shuffled)},
    )


def test_numbers_in_order_that_each_epoch_forgets_are_confirmed():
    found = only("FIT106", ordered_numbers((0.2, 0.1), 0.9))
    assert (found.status, found.severity) == ("confirmed", "error")
    assert found.message == "rows not shuffled: like targets for 70 rows on end, batches of 64"


def test_numbers_in_the_order_of_time_that_nothing_forgets_are_left_alone():
    assert looked("FIT106", ordered_numbers((0.2, 0.1), -0.02)) == ()


SORTED = {"runs": 2, "runs_z": -37.4}


def test_sorted_numbers_of_a_fit_that_falls_short_are_suspected():
    found = only("FIT106", ordered_numbers((0.2, 0.1), -0.02, **SORTED))
    assert (found.status, found.severity) == ("suspected", "error")
    assert "2 runs of like targets in 1,408 rows" in found.evidence[0]


def test_sorted_numbers_are_harmless_where_the_fit_does_well_and_shuffled_ones_no_finding():
    (found,) = looked("FIT106", ordered_numbers((0.94, 0.93), -0.02, **SORTED))
    assert (found.status, found.severity) == ("harmless", "note")
    assert looked("FIT106", ordered_numbers((0.2, 0.1), -0.02, shuffled=True, **SORTED)) == ()


def test_numbers_in_order_whose_forgetting_may_be_chance_are_left_alone():
    assert looked("FIT106", ordered_numbers((0.2, 0.1), 0.9, half_width=1.0)) == ()


def test_numbers_in_a_random_order_are_left_alone_whatever_an_epoch_forgets():
    random_order = {"runs": 700, "runs_z": -0.2}
    assert looked("FIT106", ordered_numbers((0.2, 0.1), 0.9, **random_order)) == ()


def test_numbers_that_fit_shuffles_are_left_alone():
    assert looked("FIT106", ordered_numbers((0.2, 0.1), 0.9, shuffled=True)) == ()


def test_numbers_in_order_without_a_count_of_their_runs_are_left_alone():
    assert looked("FIT106", ordered_numbers((0.2, 0.1), 0.9, runs=None, runs_z=None)) == ()


def test_a_single_number_for_all_rows_has_no_order():
    constant = dataclasses.replace(ordered_numbers((0.2, 0.1), 0.9).rows.targets[0], distinct=1)
    case = ordered_numbers((0.2, 0.1), 0.9)
    rows = dataclasses.replace(case.rows, targets=(constant,))
    assert looked("FIT106", dataclasses.replace(case, rows=rows)) == ()


def test_numbers_in_order_do_no_harm_to_a_forecast_that_does_well():
    found = looked("FIT106", ordered_numbers((0.94, 0.93), 0.05))
    assert [f.severity for f in found] in ([], ["note"])


# ---- FIT108: accuracy asked for on the numbers of classes


def class_numbers(r2, accuracy=None, *, classes=3, metrics=("'accuracy'",)):
    counts = {str(i): 1408 // classes for i in range(classes)}
    target = TargetRecord(
        "train", "y", "classes", (), "int64", 1408, 0.0, classes - 1.0,
        distinct=classes, whole_numbers=True, counts=counts,
    )  # fmt: skip
    head = HeadRecord("output", "dense_1", (1,), "linear", "mean_squared_error", None, "regression")
    case = example_case(
        compiled={"loss": "mean_squared_error", "metrics": metrics},
        measured_rows={"targets": (target,)},
        measured_model={"heads": (head,), "predictions": regressed(*r2)},
    )
    told = {} if accuracy is None else {"accuracy": accuracy, "val_accuracy": accuracy - 0.02}
    return with_logs(case, **told)


def test_amounts_that_come_out_well_are_named_where_the_accuracy_asked_for_does_not():
    found = only("FIT108", class_numbers((0.93, 0.92), 0.4))
    assert (found.status, found.severity) == ("suspected", "warning")


def test_what_the_accuracy_lacks_is_the_size_where_amounts_come_out_well():
    assert only("FIT108", class_numbers((0.93, 0.92), 0.4)).size == pytest.approx(0.6)


@pytest.mark.parametrize("accuracy", [0.97, None, math.nan])
def test_amounts_that_come_out_well_with_a_high_or_unknown_accuracy_are_left_alone(accuracy):
    assert looked("FIT108", class_numbers((0.93, 0.92), accuracy)) == ()


def test_a_low_accuracy_that_nobody_asked_for_names_no_loss():
    assert looked("FIT108", class_numbers((0.93, 0.92), 0.4, metrics=("'mae'",))) == ()


# ---- FIT108 beside MOD102: one unit under a loss of classes


def one_unit(loss, low, high, *, whole=True, r2=(-0.2, -0.2)):
    target = TargetRecord(
        "train", "y", "numbers", (1,), "float32", 1408, low, high, 30.0, 18.0, 60, whole
    )
    head = HeadRecord("output", "dense_1", (1,), "sigmoid", loss, False, "regression", (1,))
    return example_case(
        compiled={"loss": loss},
        measured_rows={"targets": (target,)},
        measured_model={"heads": (head,), "predictions": regressed(*r2)},
    )


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"loss": "categorical_crossentropy", "low": 0.0, "high": 59.0}, "MOD102"),
        ({"loss": "categorical_crossentropy", "low": -4.0, "high": 59.0}, "FIT108"),
        ({"loss": "categorical_crossentropy", "low": 0.0, "high": 59.5, "whole": False}, "FIT108"),
        ({"loss": "binary_crossentropy", "low": 0.0, "high": 59.0}, "FIT108"),
    ],
    ids=["class numbers", "below zero", "fractions", "binary"],
)
def test_one_unit_under_a_loss_of_classes_is_named_by_one_check_alone(told, named):
    case = one_unit(**told)
    assert [code for code in ("FIT108", "MOD102") if looked(code, case)] == [named]


def test_class_numbers_under_a_squared_error_fit_their_one_unit():
    case = one_unit("mean_squared_error", 0.0, 59.0, r2=(0.9, 0.9))
    assert looked("MOD102", case) == looked("FIT108", case) == ()


# ---- FIT113: a training loss that was thrown back

VAL = (0.9, 0.74, 0.62, 0.56, 0.54, 0.56, 0.6, 0.64, 0.69, 0.74, 0.79, 0.84)
OVERFITTED = (1.02, 0.70, 0.5, 0.36, 0.26, 0.19, 0.14, 0.10, 0.075, 0.055, 0.04, 0.03)


def left_at(*last):
    return example_case(loss=(*OVERFITTED[:5], *last), val_loss=VAL, rows={})


def test_a_training_loss_thrown_back_explains_what_is_wrong_with_the_last_weights():
    thrown = left_at(0.19, 0.14, 0.3, 0.5, 0.7, 0.8, 0.9)
    assert {"MOD114", "MOD119", "EVL102"} <= set(only("FIT113", thrown).explains)


def test_overfitting_past_the_best_epoch_explains_nothing_else():
    assert only("FIT113", left_at(*OVERFITTED[5:])).explains == ()


def test_a_training_loss_that_rose_by_half_was_not_thrown_back():
    assert only("FIT113", left_at(0.2, 0.2, 0.2, 0.22, 0.25, 0.28, 0.3)).explains == ()


def test_a_loss_below_zero_is_not_measured_in_multiples():
    below = example_case(loss=[v - 2 for v in OVERFITTED], val_loss=VAL, rows={})
    assert only("FIT113", below).explains == ()


# ---- FIT117: a fit that was ended at once


def ended(losses, *, asked="100", score=POOR, val_loss=None, half_width=0.06):
    stopping = {"monitor": "val_loss", "mode": "auto", "patience": 1}
    return fit(
        score,
        loss=losses,
        val_loss=val_loss or [2.31, 2.14, 2.10, 2.12][: len(losses)],
        rows={},
        half_width=half_width,
        callbacks=(CallbackRecord("EarlyStopping", stopping),),
        changes={"arguments": {"epochs": asked}},
    )


FOUR = (2.30, 2.05, 1.82, 1.61)


def test_four_epochs_of_a_hundred_ended_within_noise_are_suspected():
    assert only("FIT117", ended(FOUR)).status == "suspected"


@pytest.mark.parametrize(
    "told",
    [
        {"asked": "12"},
        {"score": GOOD},
        {"val_loss": [2.31, 2.14, 1.80, 2.40]},
        {"losses": (2.30, 2.31, 2.33, 2.34)},
    ],
    ids=["a third of those asked for", "a fit that does well", "a clear rise", "no fall"],
)
def test_an_early_end_for_a_reason_is_left_alone(told):
    assert looked("FIT117", ended(**{"losses": FOUR, **told})) == ()


def test_an_end_without_any_finite_training_loss_crashes_no_check():
    nothing = with_logs(ended(FOUR), loss=math.nan)
    assert looked("FIT117", nothing) == ()


# ---- FIT119: transforms that leave nothing, told by a reference


def transformed(left, *, score=AT_CHANCE, plain=0.85, rows=1000, layers=()):
    found = dataclasses.replace(
        references(plain, score[1], classes=3),
        transformed=None if left is None else estimate(left, rows, 0.4),
    )
    return fit(
        score, of_rows={"references": found}, rows={"augmentation": -0.01}, layer_records=layers
    )


def layer(cls):
    return LayerRecord(cls.lower(), cls, cls, "augmentation", True, 0, (8, 8, 1), {})


def test_rows_of_which_transforms_leave_a_reference_nothing_are_suspected():
    found = only("FIT119", transformed(0.34))
    assert (found.status, found.severity) == ("suspected", "warning")
    assert "CUR106" in found.explains


@pytest.mark.parametrize(
    "told",
    [
        {"left": 0.7},
        {"left": 0.34, "score": GOOD},
        {"left": 0.34, "plain": 0.5},
        {"left": 0.36, "rows": 12},
        {"left": None},
        {"left": math.nan},
        {"left": 0.34, "layers": (layer("MixUp"),)},
    ],
    ids=[
        "much is left",
        "the model does well",
        "plain rows are hard, too",
        "a dozen rows show nothing",
        "not measured",
        "no number",
        "labels are mixed, too",
    ],
)
def test_transforms_are_not_blamed_where_they_may_leave_enough(told):
    assert looked("FIT119", transformed(**told)) == ()


def test_a_reference_without_a_score_of_plain_rows_blames_no_transform():
    case = transformed(0.34)
    found = dataclasses.replace(case.rows.references, within_train=None)
    rows = dataclasses.replace(case.rows, references=found)
    assert looked("FIT119", dataclasses.replace(case, rows=rows)) == ()


# ---- damage

FIRING = {
    "FIT101": lambda: unmoved(ABOVE),
    "FIT106": lambda: ordered_numbers((0.2, 0.1), 0.9),
    "FIT108": lambda: class_numbers((0.93, 0.92), 0.4),
    "FIT113": lambda: left_at(0.19, 0.14, 0.3, 0.5, 0.7, 0.8, 0.9),
    "FIT117": lambda: ended(FOUR),
    "FIT119": lambda: transformed(0.34),
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
