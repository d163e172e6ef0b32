"""EVL101 to EVL110: what a validation figure is worth, and the healthy runs that get no word."""

import dataclasses

import pytest
from damaged_records import damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references, regressed
from valgap.evidence.account import Estimate
from valgap.evidence.model import SeedSpread
from valgap.evidence.records import CallbackRecord
from valgap.finding import NotRun
from valgap.multiplicity import controlled
from valgap.registry import load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}
MINE = ("EVL101", "EVL102", "EVL105", "EVL106", "EVL107", "EVL108", "EVL109", "EVL110")
DATA = tuple(code for code in CHECKS if code.startswith("DAT3"))


def finding(code, case):
    """The finding of a check on a case, or None; a check that crashed fails the test."""
    found = run_check(CHECKS[code], case)
    if isinstance(found, NotRun):
        assert found.detail is None, found.detail
        return None
    return found[0] if found else None


def loud(case):
    """The codes of my checks that stand as errors or warnings, held to the run-wide rate."""
    found = [f for code in MINE if (f := finding(code, case)) is not None]
    held = controlled(found, 90)
    return [f.code for f in held if f.severity != "note" and f.status != "harmless"]


def scored(train, validation, rows=450, reference=None, **more):
    told = {k: more.pop(k) for k in list(more) if k in ("classes", *CASE_FIELDS)}
    made = classified(train, validation, rows=rows, classes=told.pop("classes", 2), **more)
    held = {"references": reference} if reference else {}
    return example_case(
        validation_rows=rows, measured_model={"predictions": made}, measured_rows=held, **told
    )


CASE_FIELDS = ("val_loss", "callbacks", "changes", "half_width")


# EVL101


def test_ten_rows_are_a_warning_even_where_nearly_all_are_right():
    wilson = Estimate(0.9, 0.6, 0.98, 10)
    found = finding("EVL101", scored(0.95, 0.9, 10, accuracy=wilson))
    assert (found.severity, found.status) == ("warning", "confirmed")
    assert found.message == "10 validation rows: accuracy 0.90 may be off by 0.19 either way"


def test_ten_rows_with_a_middling_score_are_an_error():
    assert finding("EVL101", CHECKS["EVL101"].fires_on()).severity == "error"


def test_ten_rows_explain_jumps_missing_classes_and_a_class_that_is_never_found():
    explained = set(finding("EVL101", CHECKS["EVL101"].fires_on()).explains)
    assert {"CUR103", "DAT202", "EVL102", "EVL107"} <= explained


def test_ten_rows_are_not_the_trouble_of_a_model_that_learned_nothing():
    assert finding("EVL101", scored(0.5, 0.5, 10)).severity == "note"


@pytest.mark.parametrize(("rows", "score"), [(500, 0.6), (100, 0.9), (60, 0.93)])
def test_enough_rows_for_their_score_are_not_told(rows, score):
    found = estimate(score, rows, (score * (1 - score)) ** 0.5)
    assert finding("EVL101", scored(0.95, score, rows, accuracy=found)) is None


@pytest.mark.parametrize(("there", "logged"), [(60, 60), (6000, 6000), (6000, None), (6000, 60)])
def test_a_score_is_as_wide_as_the_rows_that_are_logged_leave_it(there, logged):
    case = scored(0.95, 0.8, 60, accuracy=estimate(0.8, 60, 0.4))
    data = dataclasses.replace(case.fit.validation, rows=there)
    epochs = tuple(dataclasses.replace(e, rows_validation=logged) for e in case.fit.epochs)
    fit = dataclasses.replace(case.fit, validation=data, epochs=epochs)
    told = finding("EVL101", dataclasses.replace(case, fit=fit))
    assert (told is not None) == (logged == 60)


def test_a_regression_of_few_rows_is_told_by_its_variance_explained():
    def case(rows):
        return example_case(
            validation_rows=rows,
            measured_model={"predictions": regressed(0.8, 0.6, rows=rows)},
        )

    assert "R2 0.60" in finding("EVL101", case(10)).message
    assert finding("EVL101", case(60)) is None


def test_without_a_score_the_rows_alone_tell():
    assert finding("EVL101", example_case(validation_rows=10)).severity == "warning"
    assert finding("EVL101", example_case(validation_rows=100)) is None


# EVL102


def test_an_interval_that_holds_chance_is_told_with_the_score():
    found = finding("EVL102", scored(0.97, 0.56, 50))
    assert found.message == "no better than chance: balanced accuracy 0.56 (0.42 to 0.70)"


def test_the_share_of_the_largest_class_is_no_skill():
    found = scored(0.5, 0.5, accuracy=Estimate(0.93, 0.905, 0.95, 450), majority=0.93)
    assert finding("EVL102", found) is not None


def test_an_accuracy_below_the_majority_share_is_fine_where_classes_are_found():
    found = scored(0.88, 0.86, accuracy=Estimate(0.84, 0.8, 0.87, 450), majority=0.93)
    assert finding("EVL102", found) is None


def test_a_weak_score_on_many_rows_is_better_than_chance():
    assert finding("EVL102", scored(0.6, 0.59, 4000)) is None


def test_regression_no_better_than_the_mean_is_told():
    case = example_case(measured_model={"predictions": regressed(0.9, -0.2)})
    assert finding("EVL102", case).message.startswith("no better than chance: R2 -0.20")


def test_each_flag_of_several_has_a_chance_of_one_half():
    def case(score):
        made = [
            dataclasses.replace(p, task="multilabel") for p in classified(0.9, score, classes=8)
        ]
        return example_case(measured_model={"predictions": tuple(made)})

    assert finding("EVL102", case(0.51)) is not None
    assert finding("EVL102", case(0.8)) is None


def test_a_symptom_is_not_taken_back_as_an_alarm_by_chance():
    found = finding("EVL102", scored(0.53, 0.51))
    assert controlled([found], 90) == (found,)


# EVL105


def sure(confidence=0.96, tempered=0.52, accuracy=0.83, loss=0.88, **more):
    told = {
        "loss": Estimate(loss, loss - 0.12, loss + 0.12, 450),
        "confidence": confidence,
        "loss_tempered": Estimate(tempered, tempered - 0.06, tempered + 0.06, 450),
        "temperature": 2.3,
        "calibration_error": abs(confidence - accuracy),
    }
    losses = (0.8, 0.6, 0.54, 0.5, 0.5, 0.53, 0.57, 0.62, 0.68, 0.74, 0.81, loss)
    made = classified(0.99, accuracy, classes=6, **told)
    return example_case(**{"val_loss": losses} | more, measured_model={"predictions": made})


def test_overconfidence_that_one_temperature_mends_explains_a_loss_that_rises():
    found = finding("EVL105", sure())
    assert (found.severity, found.status, found.explains) == ("warning", "confirmed", ("CUR105",))
    assert found.message == "overconfident: loss 0.880, with temperature 2.30 0.520"


def test_overconfidence_of_a_loss_that_has_not_risen_is_a_note():
    falling = [0.95 - 0.005 * i for i in range(12)]
    assert finding("EVL105", sure(val_loss=falling)).severity == "note"


def test_confidence_within_the_interval_of_accuracy_is_fine():
    assert finding("EVL105", sure(confidence=0.855)) is None


def test_a_temperature_that_saves_nothing_clear_is_not_told():
    assert finding("EVL105", sure(tempered=0.85)) is None


def test_an_underconfident_model_is_not_told():
    made = sure(confidence=0.7)
    assert finding("EVL105", made) is None


def test_a_model_at_chance_is_not_told_to_be_too_sure():
    assert finding("EVL105", sure(accuracy=1 / 6, confidence=0.9)) is None


# EVL106


def test_the_luck_of_the_chosen_epoch_is_a_note():
    found = finding("EVL106", CHECKS["EVL106"].fires_on())
    assert (found.severity, found.status) == ("note", "suspected")
    assert "equal epochs" in found.message


def test_an_epoch_that_nothing_chose_has_no_luck():
    case = CHECKS["EVL106"].fires_on()
    free = dataclasses.replace(case, fit=dataclasses.replace(case.fit, callbacks=()))
    assert finding("EVL106", free) is None


def test_an_epoch_chosen_by_training_loss_has_no_luck():
    case = CHECKS["EVL106"].fires_on()
    by_loss = CallbackRecord("ModelCheckpoint", {"save_best_only": True, "monitor": "loss"})
    chosen = dataclasses.replace(case, fit=dataclasses.replace(case.fit, callbacks=(by_loss,)))
    assert finding("EVL106", chosen) is None


# EVL107


def by_class(recalls, rows, accuracy, **more):
    told = {
        str(i): Estimate(r, max(0.0, r - 0.1), min(1.0, r + 0.1), n)
        for i, (r, n) in enumerate(zip(recalls, rows, strict=True))
    }
    found = estimate(accuracy, sum(rows), 0.4)
    balanced = sum(recalls) / len(recalls)
    return scored(0.9, balanced, sum(rows), classes=len(rows), recalls=told, accuracy=found, **more)


def test_a_minority_class_that_is_never_found_is_an_error_and_stays_one_among_all_checks():
    case = by_class([0.99, 0.0], [420, 30], 0.92)
    found = finding("EVL107", case)
    assert (found.severity, found.status) == ("error", "confirmed")
    assert found.message == "class 1 is never found, behind an accuracy of 0.92"
    assert "EVL102" in found.explains
    assert "EVL107" in loud(case)


def test_the_pair_that_is_confused_is_told():
    confusion = ((90, 0, 0), (1, 21, 68), (0, 2, 88))
    case = by_class([1.0, 0.23, 0.98], [90, 90, 90], 0.74, confusion=confusion)
    found = finding("EVL107", case)
    assert found.severity == "warning"
    assert "68 of its rows are taken for class 2" in found.evidence


def test_a_constant_output_on_balanced_classes_hides_nothing():
    assert finding("EVL107", by_class([1.0, 0.0], [225, 225], 0.5)) is None


def test_one_unlucky_class_of_many_small_ones_is_not_told():
    recalls = [0.8] * 29 + [0.2]
    assert finding("EVL107", by_class(recalls, [5] * 30, 0.78)) is None


def test_a_class_that_is_harder_than_others_is_not_told():
    assert finding("EVL107", by_class([0.95, 0.93, 0.62], [150] * 3, 0.83)) is None


def test_classes_of_a_poor_model_that_are_all_found_as_rarely_hide_nothing():
    assert finding("EVL107", by_class([0.4, 0.35, 0.3, 0.42], [100] * 4, 0.37)) is None


# EVL108


def seeded(**scores):
    return example_case(measured_model={"seeds": SeedSpread("val_accuracy", True, scores)})


def test_one_fit_alone_is_not_run_with_the_reason():
    told = run_check(CHECKS["EVL108"], example_case())
    assert (
        told.reason
        == "it takes several like fits at one call site, and is told at the last of them"
    )


def test_settings_that_differ_less_than_seeds_are_a_note():
    assert finding("EVL108", CHECKS["EVL108"].fires_on()).severity == "note"


def test_seeds_of_one_setting_claim_nothing():
    assert finding("EVL108", seeded(plain=(0.8, 0.85, 0.9))) is None


def test_settings_with_two_seeds_each_cannot_be_judged():
    assert finding("EVL108", seeded(plain=(0.8, 0.85), wide=(0.86, 0.81))) is None


def test_of_a_loss_the_lower_setting_is_the_best():
    low, high = (0.4, 0.46, 0.43), (0.41, 0.48, 0.44)
    spread = SeedSpread("val_loss", False, {"a": low, "b": high})
    found = finding("EVL108", example_case(measured_model={"seeds": spread}))
    assert "best a, then b" in found.evidence[0]


# EVL109


def test_a_reference_that_is_clearly_better_is_told():
    case = scored(0.72, 0.7, reference=references(0.9, 0.7))
    assert finding("EVL109", case).message == (
        "a cheap reference does better: linear 0.90, own model 0.70"
    )


def test_a_reference_that_is_better_by_less_than_the_rows_can_show_is_not_told():
    case = scored(0.85, 0.75, 40, reference=references(0.85, 0.75, rows=40))
    assert finding("EVL109", case) is None


def test_a_good_model_beside_a_better_reference_is_a_note():
    case = scored(0.98, 0.96, 4000, reference=references(0.99, 0.96, rows=4000))
    assert finding("EVL109", case).severity == "note"


def test_the_majority_is_left_to_the_check_of_chance():
    found = references(0.9, 0.3)
    alone = dataclasses.replace(found, scores={"majority": Estimate(0.5, 0.5, 0.5, 450)})
    assert finding("EVL109", scored(0.5, 0.3, reference=alone)) is None


# EVL110


def shared(argument, validation):
    return example_case(
        train_rows=800,
        validation_rows=validation,
        changes={"arguments": {"validation_split": argument}},
    )


@pytest.mark.parametrize("argument", ["0.0", "None", "", "x"])
def test_without_a_stated_share_there_is_nothing_to_compare(argument):
    assert finding("EVL110", shared(argument, 100)) is None


def test_rounding_to_whole_rows_is_no_difference():
    assert finding("EVL110", shared("0.2", 199)) is None


def test_a_share_that_is_not_used_is_a_note():
    found = finding("EVL110", shared("0.2", 100))
    assert found.severity == "note"
    assert found.message == "validation holds 11 % of the rows, validation_split says 20 %"


# Healthy runs


def well_trained():
    return scored(0.97, 0.95, reference=references(0.85, 0.95))


def small_but_fine():
    return scored(0.98, 0.95, 60, reference=references(0.93, 0.95, rows=60))


def imbalanced_on_purpose():
    return by_class([0.9, 0.86], [420, 30], 0.9)


def regression():
    return example_case(measured_model={"predictions": regressed(0.85, 0.8)})


def heavily_regularised():
    made = {"loss": Estimate(0.6, 0.55, 0.65, 450), "confidence": 0.7, "temperature": 0.6,
            "loss_tempered": Estimate(0.5, 0.45, 0.55, 450)}  # fmt: skip
    return scored(0.86, 0.85, reference=references(0.8, 0.85), **made)


def many_classes():
    recalls = [0.7 + 0.01 * (i % 20) for i in range(30)]
    return by_class(recalls, [15] * 30, 0.79)


def early_stopped():
    stopping = CallbackRecord("EarlyStopping", {"restore_best_weights": True, "patience": 5})
    return scored(0.94, 0.92, callbacks=(stopping,))


HEALTHY = [
    well_trained,
    small_but_fine,
    imbalanced_on_purpose,
    regression,
    heavily_regularised,
    many_classes,
    early_stopped,
]


@pytest.mark.parametrize("made", HEALTHY, ids=lambda made: made.__name__)
def test_a_healthy_run_gets_no_error_and_no_warning(made):
    assert loud(made()) == []


# Damage


@st.composite
def odd_cases(draw):
    """An example of one of the checks of data values or evaluation, its records made odd."""
    check = CHECKS[draw(st.sampled_from((*DATA, *MINE)))]
    case: Case = draw(st.sampled_from([check.fires_on, check.silent_on]))()
    share = draw(st.sampled_from([3, 8, 20]))
    rows = None if case.rows is None else draw(damaged(case.rows, share))
    model = None if case.model is None else draw(damaged(case.model, share))
    return dataclasses.replace(case, rows=rows, model=model)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=odd_cases())
def test_odd_evidence_crashes_no_check_and_fills_no_message(case):
    for code in (*DATA, *MINE):
        found = run_check(CHECKS[code], case)
        if isinstance(found, NotRun):
            assert found.detail is None, found.detail
            continue
        assert [f.message for f in found if len(f.message) >= 80 or "\n" in f.message] == []
        assert all(0 <= f.size <= 1 for f in found)
