"""DAT108: what was fitted on rows of both splits is named, and the right way stays silent."""

import dataclasses

import numpy as np
import pytest

from valgap.checks.chance_gain import chance_gain, selection_gain
from valgap.checks.data.fitted_before_split import fitted_before_split
from valgap.checks.example_case import example_case
from valgap.checks.example_split import estimate, scored, table
from valgap.evidence.codec import decode, encode
from valgap.evidence.records import DataRecord, EstimatorRecord, FitRecord, Location, TensorRecord
from valgap.evidence.rows import Drift
from valgap.finding import NotRun
from valgap.ranking import ranked
from valgap.registry import run_check

TRAIN, VALIDATION = 180, 120
BOTH = TRAIN + VALIDATION
DRIFT = Drift(estimate(0.52, BOTH), single_mean_shift=0.04)


def fitted(cls="SelectKBest", role="selector", rows=BOTH, columns=3000, out=20, **more):
    place = Location("train.py", 12, f"{cls}.fit")
    told = {"columns_out": out, "columns_after": out, "supervised": True, "with_y": True}
    return EstimatorRecord(
        cls, "sklearn", "fit", role, place, rows=rows, columns=columns, **{**told, **more}
    )


def scaler(rows=BOTH, cls="StandardScaler", **more):
    return fitted(cls, "scaler", rows, 20, supervised=False, with_y=False, **more)


def sampler(rows=200, out=BOTH, cls="SMOTE"):
    return fitted(cls, "sampler", rows, 20, rows_out=out)


def case(*records, width=20, train=TRAIN, **more):
    inputs = (TensorRecord("x", (width,), "float32"),)
    record = DataRecord("train", "numpy", train, 32, inputs=inputs)
    changes = {"train": record, "fitted": records}
    return example_case(validation_rows=VALIDATION, changes=changes, **more)


def looked(*records, **more):
    found = run_check(fitted_before_split, case(*records, **more))
    if isinstance(found, NotRun):
        assert found.detail is None, found.detail
        return ()
    return found


def only(*records, **more):
    (found,) = looked(*records, **more)
    return found


# What is named


def test_a_selection_on_the_rows_of_both_splits_is_a_warning_at_its_own_line():
    found = only(fitted())
    assert (found.severity, found.status) == ("warning", "suspected")
    assert found.message == "SelectKBest was fitted on 300 rows, as many as both splits: 180 + 120"
    assert (found.location.line, found.location.call) == (12, "SelectKBest.fit")
    assert any("line 12" in line for line in found.evidence)


def test_a_selection_that_saw_a_test_split_too_is_named_with_what_is_left():
    found = only(fitted(rows=375))  # a fifth was put aside for a test before
    assert any("75 others" in line for line in found.evidence)


def test_a_target_encoder_of_many_levels_may_explain_a_column_that_decides():
    found = only(fitted("TargetEncoder", "encoder", columns=20, levels=90))
    assert (found.severity, found.observed.value) == ("warning", 0.3)
    assert "DAT107" in found.explains


def test_oversampling_before_the_split_is_a_warning():
    found = only(sampler())
    assert (found.severity, found.message) == (
        "warning",
        "SMOTE turned 200 rows into 300 before the split",
    )


def test_a_selection_within_a_pipeline_is_named_by_the_columns_that_come_out_of_it():
    assert only(fitted(out=50, columns_after=20)).severity == "warning"


def test_rows_of_several_steps_count_as_one_row_of_the_model():
    wide = DataRecord("train", "numpy", TRAIN, inputs=(TensorRecord("x", (20, 1), "float32"),))
    fit = dataclasses.replace(case(fitted()).fit, train=wide)
    found = [*fitted_before_split(dataclasses.replace(case(), fit=fit))]
    assert [f.severity for f in found] == ["warning"]


def test_a_projection_fitted_on_both_splits_is_a_note():
    found = only(fitted("PCA", "decomposition", supervised=False))
    assert (found.severity, found.status, found.location.line) == ("note", "suspected", 12)


def test_a_scaler_seen_and_marked_in_the_arrays_is_one_note():
    marked = dataclasses.replace(DRIFT, fitted_on_both=True)
    found = only(scaler(), measured_rows={"drift": marked})
    assert found.message.startswith("inputs were scaled")
    assert found.location.line == 12


def test_a_scaler_beside_a_selection_is_a_note_of_its_own():
    assert [f.severity for f in looked(fitted(), scaler())] == ["warning", "note"]


def test_the_selection_stands_before_the_overfitting_that_it_explains():
    found = only(fitted())
    state = dataclasses.replace(found, code="CUR101", family="CUR", severity="error", explains=())
    assert [f.code for f in ranked([state, found])] == ["DAT108", "CUR101"]


def test_the_wrong_way_tried_last_is_named_though_the_right_one_came_first():
    assert only(fitted(rows=TRAIN), fitted(fits_before=1)).severity == "warning"


# Healthy runs


@pytest.mark.parametrize(
    "record",
    [
        fitted(rows=TRAIN),
        fitted("TargetEncoder", "encoder", TRAIN, 20, levels=90),
        fitted("PCA", "decomposition", TRAIN, supervised=False),
        scaler(TRAIN),
        sampler(rows=120, out=TRAIN),
    ],
    ids=lambda r: r.role,
)
def test_what_was_fitted_on_training_rows_alone_stays_silent(record):
    assert looked(record) == ()


def test_a_selection_for_a_look_at_other_columns_stays_silent():
    assert looked(fitted(), width=3000) == ()


def test_columns_of_unknown_number_stay_silent():
    assert looked(fitted(out=None)) == ()
    assert looked(fitted(), width=None) == ()


def test_a_selection_that_keeps_all_columns_has_selected_nothing():
    assert looked(fitted(columns=20, out=20)) == ()


def test_a_look_at_all_rows_beside_a_selection_on_training_rows_stays_silent():
    assert looked(fitted(rows=TRAIN), fitted()) == ()
    assert looked(fitted(), fitted(rows=TRAIN)) == ()


def test_the_right_way_tried_last_stays_silent():
    assert looked(fitted(), fitted(rows=TRAIN, fits_before=1)) == ()


@pytest.mark.parametrize("rows", [BOTH - 1, BOTH + 1, 2 * BOTH, 10_000])
def test_rows_that_are_not_those_of_the_splits_stay_silent(rows):
    assert looked(fitted(rows=rows)) == ()


def test_training_rows_thinned_out_after_the_selection_stay_silent():
    assert looked(fitted(rows=800), train=80) == ()


def test_fewer_rows_after_resampling_are_no_copies():
    assert looked(sampler(rows=500, out=BOTH, cls="RandomUnderSampler")) == ()


def test_oversampled_training_rows_beside_untouched_validation_stay_silent():
    assert looked(sampler(rows=150, out=TRAIN), fitted(rows=150)) == ()


def test_levels_known_from_all_rows_tell_nothing_of_labels():
    assert looked(fitted("OneHotEncoder", "encoder", supervised=False)) == ()


def test_a_scaler_for_something_else_is_told_by_arrays_that_bear_no_mark():
    rows = {
        "drift": DRIFT,
        "inputs": (table(rows=TRAIN), table("validation", VALIDATION)),
    }
    assert looked(scaler(), measured_rows=rows) == ()
    assert only(scaler(cls="RobustScaler"), measured_rows=rows).severity == "note"


def test_a_selection_among_few_columns_of_many_rows_is_harmless():
    found = only(fitted(rows=20_000, columns=30), train=20_000 - VALIDATION)
    assert (found.severity, found.status, found.explains) == ("note", "harmless", ())


def test_a_selection_that_left_validation_at_chance_is_harmless():
    model = {"predictions": scored(0.9, 0.5, {"0": (0.5, 60), "1": (0.5, 60)})}
    found = only(fitted(), measured_model=model)
    assert (found.severity, found.status) == ("note", "harmless")


def test_a_model_that_has_learned_nothing_leaves_a_selection_suspected_without_warning():
    model = {"predictions": scored(0.5, 0.5, {"0": (0.5, 60), "1": (0.5, 60)})}
    found = only(fitted(), measured_model=model)
    assert (found.severity, found.status) == ("note", "suspected")


def test_without_validation_the_check_is_not_made():
    alone = dataclasses.replace(case(fitted()).fit, validation=None)
    found = run_check(fitted_before_split, dataclasses.replace(case(), fit=alone))
    assert isinstance(found, NotRun)


def test_where_scikit_learn_went_unseen_and_rows_unread_the_reason_says_both():
    told = {"fitted_note": "scikit-learn was there before valgap"}
    found = run_check(fitted_before_split, example_case(changes=told))
    assert isinstance(found, NotRun)
    assert found.reason.startswith("the rows were not measured; scikit-learn was there")


@pytest.mark.parametrize("name", ["SequentialFeatureSelector", "A" * 200])
def test_a_message_stays_short_however_long_the_name(name):
    rows, train = 10**9 + VALIDATION, 10**9
    assert len(only(fitted(name, rows=rows, columns=10**9), train=train).message) < 80


# What chance gains


def test_chance_gains_what_a_simulation_of_noise_gains():
    rng = np.random.default_rng(0)
    rows, columns, kept = 300, 500, 20
    gained = []
    for _ in range(20):
        x, y = rng.normal(size=(rows, columns)), rng.choice([-1.0, 1.0], rows)
        r2 = np.sort(np.square(x.T @ y / rows / x.std(0)))[-kept:]
        gained.append(r2.sum() - kept / rows)
    assert selection_gain(kept, columns, rows) == pytest.approx(np.mean(gained), rel=0.1)


@pytest.mark.parametrize(("kept", "of"), [(0, 10), (11, 10), (None, 10), (5, None), (-1, 10)])
def test_a_selection_of_impossible_numbers_gains_nothing_known(kept, of):
    assert selection_gain(kept, of, 100) is None


def test_keeping_all_columns_gains_nothing():
    assert selection_gain(10, 10, 100) == pytest.approx(0.0)


def test_what_is_not_known_of_an_encoder_is_not_guessed():
    assert chance_gain(fitted("TargetEncoder", "encoder")) is None


# The record


def test_what_was_fitted_comes_back_from_json_as_it_went_in():
    fit = dataclasses.replace(case(fitted(), sampler()).fit, fitted_note="not all")
    assert decode(FitRecord, encode(fit)) == fit


def test_a_run_stored_before_there_were_such_records_can_be_read():
    old = {k: v for k, v in encode(case().fit).items() if not k.startswith("fitted")}
    assert decode(FitRecord, old).fitted == ()
