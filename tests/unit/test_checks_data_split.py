"""The checks of the data and its split: what must be named, what must not, what is harmless."""

import dataclasses
import importlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_split import (
    estimate,
    labels,
    picture,
    referred,
    scored,
    table,
)
from valgap.evidence.account import Estimate, SharedRows
from valgap.evidence.model import HeadRecord, Predictions
from valgap.evidence.rows import (
    Drift,
    GivenGroups,
    InputRecord,
    LabelNoise,
    LearningPoint,
    Neighbours,
    References,
    Subclasses,
    TargetRecord,
)
from valgap.finding import NotRun
from valgap.ranking import ranked, stands
from valgap.registry import run_check

FILES = {
    "DAT102": "near_duplicates_between_splits",
    "DAT103": "groups_split_across",
    "DAT104": "conflicting_labels",
    "DAT105": "correlated_rows",
    "DAT106": "windows_overlap_across_splits",
    "DAT107": "feature_leaks_label",
    "DAT108": "fitted_before_split",
    "DAT201": "class_imbalance",
    "DAT202": "class_missing_from_split",
    "DAT203": "class_shares_differ_between_splits",
    "DAT204": "split_is_last_rows_of_sorted_data",
    "DAT205": "hidden_subclasses",
    "DAT206": "too_few_rows_for_the_task",
    "DAT207": "label_noise",
    "DAT208": "labels_misaligned_with_inputs",
    "DAT209": "validation_labels_misaligned",
}
CHECKS = {
    code: getattr(importlib.import_module(f"valgap.checks.data.{name}"), name)
    for code, name in FILES.items()
}


def measured(rows=None, model=None, **more):
    return example_case(measured_rows=rows or {}, measured_model=model or {}, **more)


def looked(code, case):
    found = run_check(CHECKS[code], case)
    if isinstance(found, NotRun):
        assert found.detail is None, found.detail
        return ()
    return found


def only(code, case):
    (found,) = looked(code, case)
    return found


def standing(case):
    """What stands, in order of rank, of all checks of this part."""
    return [f for f in ranked(f for c in CHECKS for f in looked(c, case)) if stands(f)]


def against(case):
    return [f.code for f in standing(case) if f.severity != "note"]


# Healthy runs

BALANCED = (
    labels("train", {"0": 500, "1": 500}, runs=498, runs_expected=501, runs_z=-0.2),
    labels("validation", {"0": 225, "1": 225}, runs=231, runs_expected=226, runs_z=0.5),
)
ALONE = Neighbours(
    1000, 450, 0.41, 0.40, 0.1, twins=2, lag_similarity=0.01, effective_rows=980.0, ceiling=1.0
)
SAME = Drift(estimate(0.51, 1450), estimate(0.5, 1450), single_mean_shift=0.03)
SPLITS = {"inputs": (table(), table("validation", 450))}


def learning(*points):
    return tuple(LearningPoint(rows, score) for rows, score in points)


def well_trained():
    found = referred(
        (0.90, 0.88), 0.90, (0.96, 0.93), learning=learning((250, 0.88), (500, 0.89), (1000, 0.90))
    )
    return measured(
        {
            **SPLITS,
            "targets": BALANCED,
            "references": found,
            "neighbours": ALONE,
            "drift": SAME,
            "label_noise": LabelNoise(1000, 30, 0.9),
        },
        {"predictions": scored(0.96, 0.93, {"0": (0.94, 225), "1": (0.92, 225)})},
    )


def imbalanced_on_purpose():
    found = referred((0.86, 0.85), 0.86, (0.90, 0.88))
    counts = {"0": 940, "1": 60}, {"0": 423, "1": 27}
    return measured(
        {
            **SPLITS,
            "targets": (labels("train", counts[0]), labels("validation", counts[1])),
            "references": found,
            "neighbours": ALONE,
            "drift": SAME,
        },
        {"predictions": scored(0.90, 0.88, {"0": (0.91, 423), "1": (0.85, 27)})},
        changes={"class_weight": {"0": 0.53, "1": 8.3}},
    )


def small_but_fine():
    counts = {str(c): 26 for c in range(3)}, {str(c): 14 for c in range(3)}
    found = referred(
        (0.95, 0.93),
        0.95,
        (1.0, 0.95),
        classes=3,
        rows=(78, 42),
        learning=learning((20, 0.88), (39, 0.93), (78, 0.95)),
    )
    return measured(
        {
            "inputs": (table(rows=78, features=13), table("validation", 42, 13)),
            "targets": (labels("train", counts[0]), labels("validation", counts[1])),
            "references": found,
            "neighbours": dataclasses.replace(ALONE, rows_train=78, rows_validation=42),
            "drift": SAME,
            "label_noise": LabelNoise(78, 2, 0.95),
        },
        {"predictions": scored(1.0, 0.95, {str(c): (0.95, 14) for c in range(3)})},
        train_rows=78,
        validation_rows=42,
    )


def numbers(split, rows, low, high, mean=0.0):
    return TargetRecord(split, "output", "numbers", (1,), "float32", rows, low, high, mean, 1.0)


def explained(train, validation):
    """Predictions of numbers with those shares of variance explained."""
    return tuple(
        Predictions(split, "output", 11, "regression", rows, r2=Estimate(v, v - 0.03, v + 0.03))
        for split, rows, v in (("train", 1000, train), ("validation", 450, validation))
    )


def regression():
    found = dataclasses.replace(
        referred((0.72, 0.70), 0.71, (0.84, 0.81)), task="regression", measure="R2", chance=0.0
    )
    return measured(
        {
            **SPLITS,
            "targets": (numbers("train", 1000, -2.9, 3.1), numbers("validation", 450, -2.7, 2.8)),
            "references": found,
            "neighbours": dataclasses.replace(ALONE, ceiling=None),
            "drift": SAME,
        },
        {"predictions": explained(0.84, 0.81)},
        changes={"arguments": {"validation_split": "0.3", "validation_data": "None"}},
    )


def frozen_backbone():
    """Few pictures whose pixels tell nothing to a cheap reference, and a model that does well."""
    counts = {str(c): 30 for c in range(6)}, {str(c): 12 for c in range(6)}
    found = referred((0.20, 0.19), 0.21, (0.99, 0.91), classes=6, rows=(180, 72))
    return measured(
        {
            "inputs": (picture(rows=180, side=224), picture("validation", 72, 224)),
            "targets": (labels("train", counts[0]), labels("validation", counts[1])),
            "references": found,
            "neighbours": dataclasses.replace(ALONE, rows_train=180, rows_validation=72),
            "drift": SAME,
        },
        {"predictions": scored(0.99, 0.91, {str(c): (0.91, 12) for c in range(6)})},
        train_rows=180,
        validation_rows=72,
    )


def heavily_regularised():
    case = well_trained()
    found = dataclasses.replace(
        case.rows.references, own=estimate(0.91, 450), own_train=estimate(0.91, 1000)
    )
    return dataclasses.replace(case, rows=dataclasses.replace(case.rows, references=found))


def forecast_by_windows():
    """Windows at stride one, cut in time: neighbours are alike and the ends overlap."""
    series = InputRecord("train", "x", "series", (24, 4), "float32", 1000, -3, 3, 0, 1, features=4)
    near = dataclasses.replace(
        ALONE, lag_similarity=0.9, effective_rows=90.0, ceiling=None, shared_steps=0.03
    )
    case = regression()
    rows = dataclasses.replace(case.rows, inputs=(series,), neighbours=near)
    return dataclasses.replace(case, rows=rows)


def split_by_subject():
    """Subjects were told of, and kept on one side each; inside training they go together."""
    case = well_trained()
    found = dataclasses.replace(case.rows.references, within_train_grouped=estimate(0.7, 1000))
    given = GivenGroups(40, 18, 0, 0, 450, fewest=20)
    neighbours = dataclasses.replace(ALONE, given=given)
    rows = dataclasses.replace(case.rows, references=found, neighbours=neighbours)
    return dataclasses.replace(case, rows=rows)


HEALTHY = {
    f.__name__: f
    for f in (
        well_trained,
        imbalanced_on_purpose,
        small_but_fine,
        regression,
        frozen_backbone,
        heavily_regularised,
        forecast_by_windows,
        split_by_subject,
    )
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_has_no_fault_of_its_split(name):
    assert standing(HEALTHY[name]()) == []


# DAT208 and DAT209


def paired(within, across, own, *, inputs=None, drift=SAME, targets=BALANCED, **more):
    rows = {
        "inputs": inputs or (table(),),
        "targets": targets,
        "references": referred(within, across, own, **more),
        "drift": drift,
        "neighbours": ALONE,
    }
    return measured(rows, {"predictions": scored(own[0], own[1])})


def test_labels_shuffled_in_training_alone_are_an_error_and_confirmed():
    found = only("DAT208", paired((0.51, 0.9), 0.5, (0.95, 0.51)))
    assert (found.severity, found.status) == ("error", "confirmed")


def test_labels_shuffled_in_training_come_before_all_that_they_bring_about():
    noise = LabelNoise(1000, 440, 0.51)
    case = paired((0.51, 0.9), 0.5, (0.95, 0.51))
    case = dataclasses.replace(case, rows=dataclasses.replace(case.rows, label_noise=noise))
    assert against(case) == ["DAT208"]


def test_labels_shuffled_before_the_split_and_learned_by_heart_are_suspected_without_error():
    case = paired((0.50, 0.51), 0.5, (0.99, 0.50), inputs=(picture(),))
    found = only("DAT208", case)
    assert (found.severity, found.status) == ("warning", "suspected")


def test_a_table_without_signal_is_suspected_though_nothing_was_learned_by_heart():
    assert only("DAT208", paired((0.50, 0.51), 0.5, (0.55, 0.50))).status == "suspected"


def test_pictures_without_any_signal_are_suspected_where_no_other_cause_was_found():
    case = paired((0.50, 0.51), 0.5, (0.55, 0.50), inputs=(picture(),))
    (found,) = looked("DAT208", case)
    assert (found.status, found.severity) == ("suspected", "warning")
    assert found.message.startswith("no signal in the pairing")


def of_another_check(case, code, severity):
    (found,) = looked("DAT104", CHECKS["DAT104"].fires_on())
    return dataclasses.replace(
        found, code=code, family=code[:3], severity=severity, fit=case.fit.id
    )


def test_hard_pictures_stay_silent_beside_another_cause():
    case = paired((0.50, 0.51), 0.5, (0.55, 0.50), inputs=(picture(),))
    beside = dataclasses.replace(case, findings=(of_another_check(case, "MOD101", "error"),))
    assert looked("DAT208", beside) == ()


def test_a_note_or_a_symptom_is_no_other_cause_of_a_missing_signal():
    case = paired((0.50, 0.51), 0.5, (0.55, 0.50), inputs=(picture(),))
    for code, severity in (("EVL102", "warning"), ("MOD120", "note")):
        beside = dataclasses.replace(case, findings=(of_another_check(case, code, severity),))
        assert len(looked("DAT208", beside)) == 1


def test_pictures_that_only_the_own_model_can_tell_stay_silent():
    assert against(paired((0.50, 0.51), 0.5, (0.95, 0.80), inputs=(picture(),))) == []


def test_thirty_rows_at_chance_are_too_few_to_call_labels_shuffled():
    case = paired((0.5, None), 0.52, (1.0, 0.53), rows=(30, 300))
    assert looked("DAT208", case) == ()


def test_training_rows_far_fewer_than_validation_rows_may_just_show_less():
    case = paired((0.51, 0.8), 0.5, (0.95, 0.51), rows=(150, 1000))
    assert [f.severity for f in looked("DAT208", case)] != ["error"]


def test_constant_inputs_are_no_shuffled_labels():
    flat = dataclasses.replace(table(), rows_differ=False)
    assert looked("DAT208", paired((0.5, 0.5), 0.5, (0.5, 0.5), inputs=(flat,))) == ()


def test_labels_shuffled_in_validation_alone_are_an_error_and_confirmed():
    case = paired((0.9, 0.5), 0.5, (0.97, 0.51))
    assert against(case) == ["DAT209"]
    found = only("DAT209", case)
    assert (found.severity, found.status) == ("error", "confirmed")


def test_ten_classes_shuffled_in_validation_are_named():
    counts = {str(c): 100 for c in range(10)}, {str(c): 20 for c in range(10)}
    case = paired(
        (0.9, 0.11),
        0.10,
        (0.99, 0.09),
        targets=(labels("train", counts[0]), labels("validation", counts[1])),
        classes=10,
        rows=(1000, 200),
    )
    assert against(case) == ["DAT209"]


def test_validation_inputs_of_another_kind_are_the_rival_of_shuffled_labels():
    far = Drift(estimate(0.99, 1450, 0.05))
    assert looked("DAT209", paired((0.9, 0.52), 0.5, (0.97, 0.51), drift=far)) == ()


def test_validation_scaled_otherwise_keeps_its_signal_and_is_no_shuffled_label():
    far = Drift(estimate(1.0, 1450, 0.05), estimate(0.5, 1450))
    assert looked("DAT209", paired((0.9, 0.88), 0.5, (0.97, 0.51), drift=far)) == ()


def test_labels_named_otherwise_in_validation_keep_their_signal():
    assert looked("DAT209", paired((0.9, 0.88), 0.12, (0.97, 0.1))) == ()


def test_few_validation_rows_leave_shuffled_labels_suspected():
    case = paired((0.95, None), 0.5, (0.97, 0.52), rows=(1000, 40))
    assert only("DAT209", case).status == "suspected"


def test_classes_missing_from_validation_are_no_shuffled_labels():
    targets = (labels("train", {"0": 500, "1": 500}), labels("validation", {"0": 450}))
    assert looked("DAT209", paired((0.9, None), 0.5, (0.97, 0.51), targets=targets)) == ()


def test_overfitting_to_noise_is_no_shuffled_validation():
    assert looked("DAT209", paired((0.66, 0.63), 0.65, (1.0, 0.64))) == ()


def test_an_imbalanced_task_is_asked_for_its_ranking_not_for_its_decisions():
    """Decisions of a sound reference are all for the majority; its ranking is not at chance."""
    ranked = {name: estimate(0.55, 450) for name in ("within_train", "across", "own")}
    case = paired((0.51, 0.5), 0.5, (0.52, 0.51), signal=ranked)
    assert against(case) == []


def test_rankings_without_signal_in_validation_are_named():
    ranked = {
        "within_train": estimate(0.8, 1000),
        "within_validation": estimate(0.03, 450),
        "across": estimate(0.04, 450),
        "own": estimate(-0.02, 450),
    }
    case = paired((0.6, 0.5), 0.5, (0.7, 0.5), signal=ranked)
    assert against(case) == ["DAT209"]


def test_regression_on_shuffled_targets_is_named():
    found = referred((0.8, -0.02), -0.6, (0.9, -0.9))
    found = dataclasses.replace(found, task="regression", measure="R2", chance=0.0)
    case = measured({"inputs": (table(),), "references": found, "drift": SAME})
    assert only("DAT209", case).status == "confirmed"


# DAT204 and what it explains


def cut(train, validation, arguments=None, **more):
    targets = (labels("train", train, **more), labels("validation", validation))
    told = {"validation_split": "0.25", "validation_data": "None"}
    return measured({"targets": targets}, changes={"arguments": arguments or told})


def test_sorted_rows_with_validation_split_come_before_the_missing_class():
    case = cut({"0": 600, "1": 456}, {"1": 44, "2": 400}, sorted_by_class=True, runs=2)
    assert [f.code for f in standing(case)][:2] == ["DAT204", "DAT202"]


def test_classes_lost_at_the_end_tell_sorted_rows_where_the_order_is_not_known():
    case = cut({"0": 600, "1": 456}, {"1": 44, "2": 400})
    assert only("DAT204", case).status == "confirmed"


def test_two_sorted_classes_leave_validation_with_one():
    case = cut({"0": 700, "1": 350}, {"1": 350}, sorted_by_class=True, runs=2)
    assert (only("DAT204", case).severity, standing(case)[0].code) == ("error", "DAT204")


def test_sorted_folders_with_a_validation_folder_are_no_cut():
    data = {"validation_split": "0.0", "validation_data": "NumpyReader"}
    counts = {str(c): 100 for c in range(5)}
    held = dict.fromkeys(counts, 30)
    assert standing(cut(counts, held, data, sorted_by_class=True, runs=5)) == []


def test_a_class_missing_from_a_folder_is_not_a_cut_of_sorted_rows():
    data = {"validation_split": "0.0", "validation_data": "Sequence"}
    counts = {str(c): 100 for c in range(5)}
    held = {c: 40 for c in counts if c != "2"}
    assert against(cut(counts, held, data, sorted_by_class=True, runs=5)) == ["DAT202"]


def test_slices_of_sorted_rows_are_a_cut_without_validation_split():
    data = {"validation_split": "0.0", "validation_data": "(ndarray, ndarray)"}
    targets = (
        labels("train", {"0": 100, "1": 100, "2": 50}, sorted_by_class=True, runs=3),
        labels("validation", {"2": 50, "3": 100}, sorted_by_class=True, runs=2),
    )
    case = measured({"targets": targets}, changes={"arguments": data})
    assert against(case)[0] == "DAT204"


def test_validation_data_takes_precedence_over_validation_split():
    told = {"validation_split": "0.2", "validation_data": "(ndarray(50, 3) float32, ...)"}
    assert looked("DAT204", cut({"0": 600, "1": 400}, {"0": 40, "2": 400}, told)) == ()


def test_shuffled_rows_with_validation_split_stay_silent():
    case = cut({"0": 520, "1": 536}, {"0": 181, "1": 171}, runs=530, runs_expected=529, runs_z=0.1)
    assert standing(case) == []


def test_numbers_in_order_with_validation_split_are_named():
    targets = (numbers("train", 800, 0.0, 6.0), numbers("validation", 200, 6.0, 9.0))
    told = {"arguments": {"validation_split": "0.2"}}
    case = measured({"targets": targets}, {"predictions": explained(0.9, -2.0)}, changes=told)
    assert only("DAT204", case).severity == "error"


def test_a_trend_that_the_model_follows_is_harmless():
    targets = (numbers("train", 800, 0.0, 6.0), numbers("validation", 200, 6.0, 9.0))
    told = {"arguments": {"validation_split": "0.2"}}
    case = measured({"targets": targets}, {"predictions": explained(0.95, 0.93)}, changes=told)
    assert only("DAT204", case).status == "harmless"


# DAT202 and DAT203


def test_a_class_of_validation_that_training_lacks_is_an_error():
    targets = (labels("train", {"0": 500, "1": 508}), labels("validation", {"0": 300, "7": 150}))
    case = measured({"targets": targets}, train_rows=1008)
    assert only("DAT202", case).severity == "error"


def test_a_rare_class_missed_by_ten_validation_rows_is_a_note():
    counts = {str(c): 100 for c in range(10)}
    targets = (labels("train", counts), labels("validation", {str(c): 2 for c in range(5)}))
    case = measured({"targets": targets}, train_rows=1000, validation_rows=10)
    assert only("DAT202", case).severity == "note"


def test_a_class_that_a_sample_of_rows_may_miss_is_not_missing():
    targets = (labels("train", {"0": 990, "1": 10}), labels("validation", {"0": 450}))
    case = measured({"targets": targets}, train_rows=1000, validation_rows=5000)
    assert looked("DAT202", case) == ()


def test_other_shares_that_do_not_move_accuracy_are_harmless():
    targets = (labels("train", {"0": 750, "1": 250}), labels("validation", {"0": 225, "1": 225}))
    made = scored(0.9, 0.7, {"0": (0.702, 225), "1": (0.698, 225)})
    found = only("DAT203", measured({"targets": targets}, {"predictions": made}))
    assert (found.status, found.severity) == ("harmless", "note")


def test_shares_that_chance_may_move_stay_silent():
    targets = (labels("train", {"0": 75, "1": 25}), labels("validation", {"0": 18, "1": 12}))
    assert looked("DAT203", measured({"targets": targets})) == ()


def test_a_missing_class_alone_is_no_difference_of_shares():
    train = {"0": 300, "1": 300, "2": 400}
    targets = (labels("train", train), labels("validation", {"0": 150, "1": 150}))
    assert looked("DAT203", measured({"targets": targets}, train_rows=1000)) == ()


# DAT201


def imbalanced(recalls, train_loss=None, **more):
    predictions = scored(0.6, 0.55, recalls)
    if train_loss is not None:
        loss = estimate(train_loss, 1000, 0.1)
        predictions = (dataclasses.replace(predictions[0], loss=loss), predictions[1])
    head = HeadRecord("output", "dense", (1,), "sigmoid", "binary_crossentropy", False, "binary")
    return measured(
        {
            "targets": (
                labels("train", {"0": 930, "1": 70}),
                labels("validation", {"0": 418, "1": 32}),
            )
        },
        {"predictions": predictions, "heads": (head,)},
        **more,
    )


NEVER = {"0": (1.0, 418), "1": (0.0, 32)}


def test_a_minority_class_that_is_never_found_is_named():
    assert against(imbalanced(NEVER, train_loss=0.18)) == ["DAT201"]


def test_a_model_that_learned_nothing_but_the_shares_is_not_blamed_on_imbalance():
    assert looked("DAT201", imbalanced(NEVER, train_loss=0.2536)) == ()


def test_imbalance_without_loss_of_recall_is_harmless():
    assert only("DAT201", imbalanced({"0": (0.97, 418), "1": (0.94, 32)})).status == "harmless"


def test_imbalance_is_not_blamed_where_classes_are_weighted():
    weighted = {"class_weight": {"0": 0.5, "1": 7.0}}
    assert looked("DAT201", imbalanced(NEVER, train_loss=0.18, changes=weighted)) == ()


def test_a_class_that_is_hard_but_not_rare_is_not_imbalance():
    targets = (labels("train", {"0": 520, "1": 480}), labels("validation", {"0": 230, "1": 220}))
    made = scored(0.9, 0.7, {"0": (0.95, 230), "1": (0.45, 220)})
    assert looked("DAT201", measured({"targets": targets}, {"predictions": made})) == ()


# DAT206


def shortage(rows, own, within, across, points=(), *, classes=2):
    found = referred(
        (within, None), across, own, classes=classes, rows=(rows, 300), learning=learning(*points)
    )
    return measured(
        {"references": found},
        {"predictions": scored(own[0], own[1], classes=classes)},
        train_rows=rows,
        validation_rows=300,
    )


def test_thirty_training_rows_are_named_and_confirmed():
    case = shortage(30, (1.0, 0.70), 0.66, 0.67, ((8, 0.55), (15, 0.61), (30, 0.67)))
    assert only("DAT206", case).status == "confirmed"


def test_thirty_training_rows_are_confirmed_where_a_curve_cannot_be_drawn():
    assert only("DAT206", shortage(30, (1.0, 0.65), 0.55, 0.6)).status == "confirmed"


def test_thirty_rows_whose_curve_is_flat_are_suspected_only():
    points = ((8, 0.62), (15, 0.62), (30, 0.63))
    assert only("DAT206", shortage(30, (1.0, 0.65), 0.6, 0.63, points)).status == "suspected"


def test_thirty_rows_that_do_well_stay_silent():
    assert looked("DAT206", shortage(30, (1.0, 0.97), 0.97, 0.96)) == ()


def test_thirty_rows_that_a_cheap_reference_can_do_with_are_not_too_few():
    assert looked("DAT206", shortage(30, (1.0, 0.70), 0.97, 0.97)) == ()


def test_a_curve_that_has_flattened_is_no_lack_of_rows():
    points = ((250, 0.70), (500, 0.705), (1000, 0.71))
    assert looked("DAT206", shortage(1000, (1.0, 0.71), 0.71, 0.71, points, classes=10)) == ()


def test_a_curve_that_climbs_is_suspected():
    points = ((250, 0.52), (500, 0.60), (1000, 0.67))
    case = shortage(1000, (1.0, 0.71), 0.68, 0.67, points, classes=10)
    assert only("DAT206", case).status == "suspected"


def test_a_reference_that_does_well_inside_training_only_speaks_of_the_split():
    points = ((250, 0.52), (500, 0.60), (1000, 0.67))
    assert looked("DAT206", shortage(1000, (1.0, 0.71), 0.95, 0.67, points, classes=10)) == ()


def test_a_model_that_cannot_fit_its_few_rows_lacks_no_rows():
    assert looked("DAT206", shortage(30, (0.55, 0.52), 0.6, 0.6)) == ()


def test_references_alone_make_a_note_where_the_own_model_tells_nothing_apart():
    points = ((75, 0.30), (150, 0.37), (300, 0.44))
    case = shortage(300, (0.17, 0.17), 0.45, 0.44, points, classes=6)
    found = only("DAT206", case)
    assert (found.severity, found.status) == ("note", "suspected")


def test_a_flat_curve_of_references_makes_no_note_either():
    points = ((75, 0.43), (150, 0.44), (300, 0.44))
    assert looked("DAT206", shortage(300, (0.17, 0.17), 0.45, 0.44, points, classes=6)) == ()


FLAT_AT_CHANCE = ((100, 0.04), (200, 0.05), (400, 0.05))


def test_few_rows_are_a_note_where_the_model_learns_and_no_reference_does():
    case = shortage(400, (0.95, 0.40), 0.05, 0.05, FLAT_AT_CHANCE, classes=30)
    found = only("DAT206", case)
    assert (found.severity, found.status) == ("note", "suspected")
    assert "13 a class" in found.message


@pytest.mark.parametrize("own", [(0.95, 0.04), (0.95, 0.93), (0.45, 0.40)])
def test_no_note_where_the_model_guesses_new_rows_too_or_does_as_well_on_them(own):
    case = shortage(400, own, 0.05, 0.05, FLAT_AT_CHANCE, classes=30)
    assert looked("DAT206", case) == ()


# DAT207


def doubted(issues, reference, own=(0.98, 0.62), wrong=None):
    """With so many of 500 validation labels wrong, if that is known."""
    counts = {str(c): 100 for c in range(10)}
    held_out = None if wrong is None else estimate(wrong / 500, 500)
    return measured(
        {
            "targets": (labels("train", counts),),
            "label_noise": LabelNoise(1000, issues, reference, held_out=held_out),
        },
        {"predictions": scored(*own, classes=10)},
    )


def test_a_fifth_of_the_labels_flipped_is_named():
    assert only("DAT207", doubted(200, 0.73)).status == "suspected"


def test_classes_that_overlap_are_no_label_noise():
    assert looked("DAT207", doubted(159, 0.65)) == ()


def test_a_reference_of_little_skill_accuses_nobody():
    assert looked("DAT207", doubted(520, 0.43)) == ()


def test_more_doubts_than_were_ever_measured_speak_against_the_reference():
    assert looked("DAT207", doubted(430, 0.52)) == ()


def test_a_model_that_is_right_more_often_than_noise_allows_clears_the_labels():
    assert looked("DAT207", doubted(220, 0.74, own=(0.99, 0.83))) == ()


def test_a_model_right_more_often_than_noise_allows_by_chance_clears_nothing():
    """The other model's figure lies a little above what is allowed, its interval across it."""
    own = estimate(0.79, 60, 0.4)
    case = doubted(220, 0.74)
    made = tuple(dataclasses.replace(p, accuracy=own) for p in case.model.predictions)
    case = dataclasses.replace(case, model=dataclasses.replace(case.model, predictions=made))
    assert only("DAT207", case).status == "suspected"


def test_wrong_labels_that_are_most_of_the_errors_of_validation_are_its_limit():
    found = only("DAT207", doubted(200, 0.73, own=(0.8, 0.75), wrong=100))
    assert found.status == "confirmed"
    assert found.remedies == ("mend-labels",)


@pytest.mark.parametrize(
    ("own", "wrong"),
    [
        ((0.98, 0.62), 100),  # half of the errors
        ((0.8, 0.75), None),  # not looked at
        ((0.8, 0.75), 30),  # a few, while those of training are learned by heart
    ],
)
def test_what_is_no_limit_of_validation_is_left_to_an_experiment(own, wrong):
    found = only("DAT207", doubted(200, 0.73, own=own, wrong=wrong))
    assert found.status == "suspected"
    assert "drop-doubtful-labels" in found.remedies


@pytest.mark.parametrize(("signal", "is_told"), [(0.75, True), (0.95, False)])
def test_labels_that_rank_high_without_their_row_are_hard_and_not_wrong(signal, is_told):
    """A fifth drawn at random leaves no ranking more than .8 of the way to perfect."""
    told = {"within_train": Estimate(signal, signal - 0.02, signal + 0.02, 1000)}
    references = References(
        "multiclass", "balanced accuracy", 0.1, 1000, 500, scores={}, signal=told
    )
    case = doubted(200, 0.73)
    case = dataclasses.replace(case, rows=dataclasses.replace(case.rows, references=references))
    assert bool(looked("DAT207", case)) is is_told


@pytest.mark.parametrize(("own", "is_told"), [(0.64, False), (0.78, True), (0.99, True)])
def test_a_fit_that_tells_its_own_rows_worse_than_others_tell_unseen_ones_accuses_no_label(
    own, is_told
):
    references = References(
        "multiclass", "accuracy", 0.1, 1000, 500, scores={},
        own_train=estimate(own, 1000), within_train=estimate(0.78, 1000),
    )  # fmt: skip
    case = doubted(200, 0.73)
    case = dataclasses.replace(case, rows=dataclasses.replace(case.rows, references=references))
    assert bool(looked("DAT207", case)) is is_told


def test_a_few_doubtful_labels_of_fifty_rows_are_not_told_from_none():
    few = dataclasses.replace(doubted(12, 0.72).rows, label_noise=LabelNoise(50, 12, 0.72))
    assert looked("DAT207", dataclasses.replace(doubted(12, 0.72), rows=few)) == ()


# DAT102 to DAT106


def near(**changes):
    found = dataclasses.replace(ALONE, **changes)
    return {"inputs": (picture(),), "neighbours": found}


def test_a_table_of_few_features_has_natural_twins():
    lifted = {"twins": 300, "with_twin": {"accuracy": estimate(0.98, 300, 0.1)}}
    rows = near(**lifted, without={"accuracy": estimate(0.7, 150)}, groups_across=12)
    rows["inputs"] = (table(features=3),)
    assert standing(measured(rows)) == []


def test_twins_that_score_like_the_others_stay_silent():
    rows = near(
        twins=160,
        with_twin={"accuracy": estimate(0.91, 160)},
        without={"accuracy": estimate(0.89, 290)},
    )
    assert standing(measured(rows)) == []


def test_copies_bit_for_bit_are_left_to_dat101():
    rows = near(
        twins=90,
        with_twin={"accuracy": estimate(0.99, 90, 0.1)},
        without={"accuracy": estimate(0.8, 360)},
    )
    assert looked("DAT102", measured(rows, shared=SharedRows(1408, 450, 90, 90))) == ()


def test_groups_across_that_change_no_score_are_harmless():
    rows = near(twins=400, groups_across=20, largest_group=40)
    rows["references"] = referred(
        (0.94, 0.94), 0.94, (0.99, 0.95), within_train_grouped=estimate(0.942, 1000)
    )
    assert only("DAT103", measured(rows)).status == "harmless"


def test_twins_come_after_the_groups_that_explain_them():
    rows = near(
        twins=300,
        groups_across=20,
        with_twin={"accuracy": estimate(0.99, 300, 0.1)},
        without={"accuracy": estimate(0.6, 150)},
    )
    rows["references"] = referred(
        (0.95, 0.94), 0.95, (0.99, 0.9), within_train_grouped=estimate(0.5, 1000)
    )
    assert [f.code for f in standing(measured(rows))] == ["DAT103", "DAT102"]


def told_of(by_group, singly=0.95, changes=None, **given):
    """Groups that were given, most of them on both sides, and a reference's scores."""
    known = {"train": 40, "validation": 30, "across": 25, "rows_across": 360, "fewest": 12}
    groups = GivenGroups(**known | {"rows_validation": 450} | given)
    rows = near(given=groups, **changes or {})
    grouped = None if by_group is None else estimate(by_group, 1000)
    rows["references"] = referred(
        (singly, 0.93), singly, (0.99, 0.95), within_train_grouped=grouped
    )
    return measured(rows)


def test_given_groups_across_by_which_a_reference_scores_lower_are_confirmed():
    found = only("DAT103", told_of(0.6))
    assert (found.status, found.severity) == ("confirmed", "warning")
    assert found.message == "25 groups that were told of stand in training and in validation"
    assert found.experiment.name == "groups-held-out"
    assert (found.observed.value, found.scope.rows) == (25.0, 360)
    assert "80 % of 450 validation rows are of a group that training knows" in found.evidence[0]


def test_given_groups_by_which_a_reference_scores_as_well_are_harmless():
    found = only("DAT103", told_of(0.94))
    assert (found.status, found.severity) == ("harmless", "note")
    assert standing(told_of(0.94)) == []


def test_a_reference_that_knows_nothing_of_the_task_leaves_given_groups_suspected():
    found = only("DAT103", told_of(0.5, singly=0.52))
    assert (found.status, found.experiment) == ("suspected", None)
    # Half of what the model knows of new rows, .95 of two classes, on 80 % of them.
    assert found.size == pytest.approx(0.5 * 0.8 * 0.9)


def test_a_loss_by_group_that_may_be_chance_leaves_given_groups_suspected():
    case = told_of(0.85)
    wide = dataclasses.replace(case.rows.references.within_train_grouped, low=0.6, high=0.99)
    references = dataclasses.replace(case.rows.references, within_train_grouped=wide)
    rows = dataclasses.replace(case.rows, references=references)
    assert only("DAT103", dataclasses.replace(case, rows=rows)).status == "suspected"


def test_given_groups_are_not_judged_by_twins_as_chains_are():
    as_well = {
        "twins": 300,
        "groups_across": 20,
        "with_twin": {"accuracy": estimate(0.91, 300)},
        "without": {"accuracy": estimate(0.9, 150)},
    }
    chains = near(**as_well)
    chains["references"] = told_of(0.6).rows.references
    assert only("DAT103", measured(chains)).status == "harmless"
    found = only("DAT103", told_of(0.6, changes=as_well))
    assert (found.status, found.experiment.name) == ("confirmed", "groups-held-out")


def test_given_groups_are_told_of_in_a_table_of_few_features_too():
    case = told_of(0.6)
    case = dataclasses.replace(
        case, rows=dataclasses.replace(case.rows, inputs=(table(features=3),))
    )
    assert only("DAT103", case).status == "confirmed"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"fewest": 4}, "a class has fewer than 5"),
        ({"fewest": None, "train": 4, "across": 3}, "there are fewer than 5"),
    ],
    ids=["classes", "numbers"],
)
@pytest.mark.parametrize("of_chains", [None, 0.6, 0.95])
def test_too_few_given_groups_for_a_score_are_suspected_whatever_chains_of_twins_score(
    given, reason, of_chains
):
    found = only("DAT103", told_of(of_chains, **given))
    assert (found.status, found.experiment) == ("suspected", None)
    assert found.evidence[0].endswith(f"a score by group is not estimable, as {reason}")
    assert not any("cheap reference" in line for line in found.evidence)


def test_five_groups_of_each_class_are_enough_for_a_score():
    found = only("DAT103", told_of(0.6, fewest=5))
    assert found.status == "confirmed"
    assert "not estimable" not in found.evidence[0]


@pytest.mark.parametrize(
    "given",
    [
        {"across": 0, "rows_across": 0},
        {"across": 1, "rows_across": 100},
        {"across": 4, "rows_across": 60},
    ],
    ids=["none across", "one across", "few rows across"],
)
def test_given_groups_that_the_split_keeps_together_stay_silent_whatever_lies_near(given):
    chains = {"twins": 400, "groups_across": 20}
    assert looked("DAT103", told_of(0.6, changes=chains, **given)) == ()


def test_correlated_rows_of_a_fit_that_does_well_stay_silent():
    rows = near(lag_similarity=0.9, effective_rows=50.0)
    assert looked("DAT105", measured(rows, {"predictions": scored(0.95, 0.94)})) == ()


COPIES = {"train_to_train": 0.11, "validation_to_train": 0.65, "spacing": 0.31}


def in_groups(train=30, **changes):
    given = GivenGroups(train, 30, 30, 450, 450, fewest=10)
    return near(**{"twins": 440, "twins_within_train": 960, "given": given} | changes)


def test_rows_near_their_own_group_are_correlated_in_any_order():
    case = measured(in_groups(), {"predictions": scored(0.99, 0.98)})
    found = only("DAT105", case)
    assert (found.severity, found.status) == ("note", "confirmed")
    assert found.observed.value == 30


@pytest.mark.parametrize(
    "changed",
    [{"twins_within_train": 100}, {"twins": 20}, {"train": 400}, {"given": None}],
    ids=["far from each other", "none in validation", "of two rows", "not told of"],
)
def test_rows_of_groups_that_are_not_so_stay_silent(changed):
    case = measured(in_groups(**changed), {"predictions": scored(0.99, 0.98)})
    assert looked("DAT105", case) == ()


def test_copies_with_noise_are_told_by_how_near_each_other_they_lie():
    case = measured(near(**COPIES), {"predictions": scored(1.0, 0.6)})
    found = only("DAT105", case)
    assert found.status == "suspected"
    assert found.observed.value == 0.31
    assert "DAT303" in found.explains


@pytest.mark.parametrize(
    ("changed", "score"),
    [
        ({"spacing": 0.9}, 0.6),
        ({"spacing": None}, 0.6),
        ({"validation_to_train": 0.2}, 0.6),
        ({}, 0.99),
    ],
    ids=["validation rows lie as near", "few rows", "validation lies near", "does well"],
)
def test_rows_of_training_that_lie_near_each_other_for_other_reasons_are_no_copies(changed, score):
    case = measured(near(**COPIES | changed), {"predictions": scored(1.0, score)})
    assert looked("DAT105", case) == ()


def windows(shared, rows=450):
    series = InputRecord("train", "x", "series", (100, 6), "float32", 1000, -3, 3, 0, 1, features=6)
    found = dataclasses.replace(ALONE, shared_steps=shared)
    return measured({"inputs": (series,), "neighbours": found}, validation_rows=rows)


def test_windows_that_overlap_at_the_ends_of_a_stretch_of_time_stay_silent():
    assert looked("DAT106", windows(0.75, rows=50)) == ()


def test_conflicting_labels_of_a_fit_that_does_well_are_harmless():
    rows = near(conflicts=60, ceiling=0.97)
    case = measured(rows, {"predictions": scored(0.96, 0.96)})
    assert only("DAT104", case).status == "harmless"


def test_rows_without_any_difference_are_no_conflicting_labels():
    rows = near(conflicts=1000, ceiling=0.5)
    assert looked("DAT104", measured(rows)) == ()


# DAT107, DAT108, DAT205


def leaking(without):
    single = {"train": estimate(1.0, 1000, 0.01), "validation": estimate(1.0, 450, 0.01)}
    found = referred(
        (0.99, 0.99), 0.99, (0.99, 0.99), single_feature="x[3]", single=single, **without
    )
    return {"inputs": (table(),), "references": found}


def test_an_easy_task_that_needs_no_single_feature_leaks_nothing():
    assert looked("DAT107", measured(leaking({"without_single": estimate(0.99, 450, 0.1)}))) == ()


def test_a_perfect_feature_whose_worth_is_not_known_is_a_note():
    assert only("DAT107", measured(leaking({}))).severity == "note"


def test_a_single_input_feature_that_decides_is_the_task():
    rows = {**leaking({"without_single": estimate(0.5, 450)}), "inputs": (table(features=1),)}
    assert looked("DAT107", measured(rows)) == ()


def test_a_scaler_fitted_on_both_splits_is_no_fault_of_a_healthy_run():
    both = {"drift": dataclasses.replace(SAME, fitted_on_both=True)}
    assert against(measured(both)) == []


def test_parts_of_a_class_of_too_few_rows_to_tell_stay_silent():
    parts = Subclasses(
        "1", "given", {"a": 90, "b": 10}, {"a": estimate(0.9, 90), "b": estimate(0.5, 4)}
    )
    assert looked("DAT205", measured({"subclasses": (parts,)})) == ()


@pytest.mark.parametrize("source", ["given", "clusters"])
def test_that_no_part_is_missed_is_said_of_parts_that_were_given(source):
    recalls = {"a": estimate(0.9, 90), "b": estimate(0.8, 60)}
    parts = Subclasses("1", source, {"a": 200, "b": 150}, recalls)
    told = looked("DAT205", measured({"subclasses": (parts,)}))
    assert [f.status for f in told] == (["harmless"] if source == "given" else [])
    assert all("a 0.90, b 0.80" in f.evidence[0] for f in told)


def test_clusters_leave_hidden_subclasses_suspected():
    recalls = {"a": estimate(0.95, 90), "b": estimate(0.3, 60)}
    parts = Subclasses("1", "clusters", {"a": 200, "b": 150}, recalls)
    assert only("DAT205", measured({"subclasses": (parts,)})).status == "suspected"


def test_the_worst_of_many_parts_is_told_with_intervals_that_allow_for_the_choice():
    known = {"a": estimate(0.9, 60), "b": estimate(0.67, 30)}
    few = Subclasses("1", "clusters", {"a": 200, "b": 100}, known)
    more = {f"c{k}": estimate(0.9, 60) for k in range(20)}
    others = Subclasses("0", "clusters", dict.fromkeys(more, 200), more)
    wide = {"a": estimate(0.9, 60), "b": estimate(0.58, 30)}
    assert looked("DAT205", measured({"subclasses": (dataclasses.replace(few, recalls=wide),)}))
    both = (dataclasses.replace(few, recalls=wide), others)
    assert looked("DAT205", measured({"subclasses": both})) == ()


def test_a_class_that_is_one_cloud_passes():
    assert looked("DAT205", measured({"subclasses": (Subclasses("0", "clusters"),)})) == ()


def test_rows_of_the_part_that_is_missed_are_named():
    recalls = {"1": estimate(0.95, 90), "2": estimate(0.3, 60)}
    parts = Subclasses("1", "clusters", {"1": 200, "2": 150}, recalls, {"2": (7, 31)})
    told = only("DAT205", measured({"subclasses": (parts,)})).evidence
    assert "its training rows are such as 7, 31" in told


# What all of them promise


def test_no_two_checks_explain_each_other_in_a_ring():
    told = {code: set(only(code, check.fires_on()).explains) for code, check in CHECKS.items()}

    def reached(code, seen=frozenset()):
        following = told.get(code, set()) - seen
        return following | {c for f in following for c in reached(f, seen | following)}

    assert [code for code in told if code in reached(code)] == []


ODD = {
    float: [0.0, -1.0, 1e30, float("nan"), float("inf")],
    int: [0, -1, 1, 10**9],
    dict: [{}],
    tuple: [()],
    str: ["", "x" * 300, "a\nb!"],
    bool: [True, False],
}


def places(record, path=()):
    """All fields of a record and of those within it, as paths."""
    if dataclasses.is_dataclass(record):
        for item in dataclasses.fields(record):
            yield from places(getattr(record, item.name), (*path, item.name))
    elif isinstance(record, tuple) and record and dataclasses.is_dataclass(record[0]):
        yield path
        for i, part in enumerate(record):
            yield from places(part, (*path, i))
    elif isinstance(record, dict) and record:
        yield path
        for key, part in record.items():
            yield from places(part, (*path, key))
    else:
        yield path


def value_at(record, path):
    for step in path:
        is_field = dataclasses.is_dataclass(record)
        record = getattr(record, step) if is_field else record[step]
    return record


def odd_values(record, path):
    """What may stand there when evidence is damaged; None only where the field allows it."""
    owner = value_at(record, path[:-1])
    fields = dataclasses.fields(owner) if dataclasses.is_dataclass(owner) else ()
    hint = next((str(f.type) for f in fields if f.name == path[-1]), "")
    value = value_at(record, path)
    if isinstance(value, dict) and value:
        return [{}, {"x" * 300: next(iter(value.values()))}]
    known = ODD.get(type(value), ODD[float] if "float" in hint else [])
    return [*known, None] if "None" in hint else known


def spoilt(record, path, value):
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(record, dict):
        return {**record, first: spoilt(record[first], rest, value)}
    if isinstance(record, tuple):
        return tuple(spoilt(p, rest, value) if i == first else p for i, p in enumerate(record))
    return dataclasses.replace(record, **{first: spoilt(getattr(record, first), rest, value)})


@st.composite
def damaged(draw):
    """An example of one of the checks with some of what was measured made odd."""
    check = CHECKS[draw(st.sampled_from(sorted(CHECKS)))]
    made = (check.fires_on, check.silent_on, well_trained, split_by_subject)
    case: Case = draw(st.sampled_from(made))()
    for part in ("rows", "model"):
        for _ in range(draw(st.integers(0, 4))):
            record = getattr(case, part)
            if record is None:
                break
            path = draw(st.sampled_from(sorted(places(record), key=str)))
            if odd := odd_values(record, path):
                new = spoilt(record, path, draw(st.sampled_from(odd)))
                case = dataclasses.replace(case, **{part: new})
    return case


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=damaged())
def test_odd_evidence_crashes_no_check_and_fills_no_message(case):
    for code in CHECKS:
        found = looked(code, case)
        assert [f.message for f in found if len(f.message) >= 80 or "\n" in f.message] == []
        assert all(0 <= f.size <= 1 for f in found)
