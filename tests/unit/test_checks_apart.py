"""Rows of two sources, renamed classes, wrong labels: DAT204, DAT207, DAT303, DAT311, DAT312."""

import dataclasses
import math

import pytest
from damaged_records import looked_at_damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valgap.checks.apart import moved_feature, reference_loses_too, told_apart
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references
from valgap.checks.renaming import LEAST_ROWS, renamed
from valgap.evidence.account import Estimate
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import Drift, InputRecord, LabelNoise, Neighbours, TargetRecord
from valgap.finding import NotRun
from valgap.ranking import ranked
from valgap.registry import load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}
CUT = {"validation_split": "0.25", "validation_data": "None"}


def looked(code, case):
    """What a check finds; one that crashed, or was not run, fails the test."""
    found = run_check(CHECKS[code], case)
    assert not isinstance(found, NotRun), found
    return found


def only(code, case):
    (found,) = looked(code, case)
    return found


def two_sources(
    auc=0.91,
    validation=0.66,
    *,
    within=0.86,
    across=0.66,
    similar=0.0,
    arguments=CUT,
    standardised=0.91,
    **drift,
):
    """Splits that a classifier tells apart, beside references within and across them."""
    sides = {"train": 1000, "validation": 450}
    inputs = tuple(
        InputRecord(split, "x", "table", (8,), "float32", n, -3.1, 3.2, 0.0, 1.0, features=8)
        for split, n in sides.items()
    )
    targets = tuple(
        TargetRecord(split, "y", "classes", (), "int64", n, distinct=2, counts={"0": n // 2,
                     "1": n // 2})
        for split, n in sides.items()
    )  # fmt: skip
    inside = estimate(within, 1000, 0.4)
    cheap = dataclasses.replace(
        references(across, validation), within_train=inside, within_validation=inside
    )
    left = None if standardised is None else estimate(standardised, 450, 0.2)
    return example_case(
        measured_rows={
            "inputs": inputs,
            "targets": targets,
            "drift": Drift(estimate(auc, 450, 0.2), standardised=left, **drift),
            "references": cheap,
            "neighbours": Neighbours(1000, 450, lag_similarity=similar),
        },
        measured_model={"predictions": classified(0.93, validation)},
        changes={"arguments": arguments},
    )


def with_rows(case, **changes):
    return dataclasses.replace(case, rows=dataclasses.replace(case.rows, **changes))


# ---- DAT204: last rows that are unlike the others


def test_last_rows_told_from_the_others_are_confirmed_by_a_reference_that_loses_there():
    found = only("DAT204", two_sources())
    assert (found.status, found.severity) == ("confirmed", "warning")
    assert found.message == "the last rows differ: told apart, area 0.91"


def test_last_rows_of_which_no_reference_loses_anything_are_but_suspected():
    found = only("DAT204", two_sources(across=0.86))
    assert found.status == "suspected"
    assert any(line.startswith("what settles it") for line in found.evidence)


def test_the_feature_that_moved_is_named_in_the_message():
    found = only("DAT204", two_sources(single_mean_shift=-1.5, single_feature="year"))
    assert found.message == "the last rows differ: year lies 1.5 spreads off"


def test_last_rows_come_before_the_different_splits_that_they_make():
    case = two_sources()
    found = [f for code in ("DAT303", "DAT204") for f in looked(code, case)]
    assert [f.code for f in ranked(found)] == ["DAT204", "DAT303"]


def test_rows_that_stand_by_group_make_last_rows_a_note_that_explains_nothing():
    found = only("DAT204", two_sources(similar=0.8))
    assert (found.severity, found.status, found.explains) == ("note", "suspected", ())


@pytest.mark.parametrize(
    "told",
    [
        {"auc": 0.55},
        {"validation": 0.92},
        {"arguments": {"validation_split": "0.0", "validation_data": "(ndarray, ndarray)"}},
        {"arguments": {}},
    ],
    ids=["told as by chance", "validates well", "another array", "not known"],
)
def test_last_rows_are_not_blamed_where_they_are_alike_or_do_no_harm(told):
    assert looked("DAT204", two_sources(**told)) == ()


def test_classes_that_end_in_validation_are_told_in_place_of_rows_that_differ():
    sides = two_sources().rows.targets
    counts = ({"0": 900, "1": 100}, {"1": 200, "2": 250})
    targets = tuple(
        dataclasses.replace(t, counts=c, distinct=len(c))
        for t, c in zip(sides, counts, strict=True)
    )
    found = only("DAT204", with_rows(two_sources(), targets=targets))
    assert "the last rows differ" not in found.message


# ---- DAT303 on the raw area


def test_a_source_that_is_another_mean_alone_is_told_by_the_raw_area():
    found = only("DAT303", two_sources(arguments={}, standardised=0.5, single_mean_shift=1.2,
                                       single_feature="age"))  # fmt: skip
    assert found.observed.value == 0.91
    assert any(line == "most of all: age lies 1.2 spreads off" for line in found.evidence)


def test_what_only_a_standardised_sample_tells_apart_is_not_told():
    assert told_apart(two_sources(auc=0.52, standardised=0.9)) is None


def test_a_difference_of_scale_is_no_other_source():
    case = two_sources(standardised=0.5)
    scaled = tuple(
        dataclasses.replace(
            i, feature_mean=(0.0,) * 8, feature_std=(1.0 if i.split == "train" else 4.0,) * 8
        )
        for i in case.rows.inputs
    )
    assert told_apart(with_rows(case, inputs=scaled)) is None


def test_a_scale_that_leaves_the_splits_apart_is_another_source_all_the_same():
    case = two_sources(standardised=0.9)
    scaled = tuple(
        dataclasses.replace(
            i, feature_mean=(0.0,) * 8, feature_std=(1.0 if i.split == "train" else 4.0,) * 8
        )
        for i in case.rows.inputs
    )
    assert told_apart(with_rows(case, inputs=scaled)) is not None


@pytest.mark.parametrize("area", [Estimate(math.nan), Estimate(0.9), Estimate(0.9, math.nan, 0.95)])
def test_an_area_without_a_low_end_tells_nothing_apart(area):
    assert told_apart(with_rows(two_sources(), drift=Drift(area))) is None


def test_a_case_without_rows_tells_nothing_apart():
    bare = example_case()
    assert told_apart(bare) is None
    assert not reference_loses_too(bare)
    assert moved_feature(None) is None


@pytest.mark.parametrize(
    "told",
    [
        {"single_mean_shift": 0.4, "single_feature": "age"},
        {"single_mean_shift": 2.0, "single_feature": ""},
        {"single_mean_shift": math.nan, "single_feature": "age"},
        {"single_mean_shift": None, "single_feature": "age"},
    ],
    ids=["little", "without a name", "no number", "not measured"],
)
def test_a_feature_that_hardly_moved_or_has_no_name_is_not_named(told):
    assert moved_feature(Drift(estimate(0.9, 450), **told)) is None


@pytest.mark.parametrize(
    "told", [{"across": 0.84}, {"within": 0.68}], ids=["loses little", "no better within"]
)
def test_a_reference_that_loses_little_across_the_splits_confirms_no_source(told):
    assert not reference_loses_too(two_sources(**told))


def test_a_reference_of_unknown_intervals_confirms_no_source():
    case = two_sources()
    vague = dataclasses.replace(case.rows.references, within_validation=Estimate(0.86))
    assert not reference_loses_too(with_rows(case, references=vague))


# ---- renaming and DAT312


def confusion(order, right=90, rows=100):
    """Rows of each class, most of them given the class of another name."""
    k = len(order)
    return [
        [right if j == given else (rows - right) // (k - 1) for j in range(k)] for given in order
    ]


def test_classes_told_apart_by_each_others_names_are_renamed():
    found = renamed(confusion((1, 0, 2, 3)[:2]))
    assert found.pairs == ((0, 1), (1, 0))
    assert (found.right, found.renamed) == pytest.approx((0.1, 0.9))


def test_a_shift_of_all_numbers_by_one_is_one_renaming():
    assert renamed(confusion((1, 2, 3, 4, 0))).pairs == ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0))


def test_two_classes_of_ten_exchanged_leave_a_model_that_is_right_on_most():
    assert renamed(confusion((1, 0, *range(2, 10)))) is None


@pytest.mark.parametrize(
    "counts",
    [
        confusion((0, 1, 2)),
        confusion((1, 2, 0), right=40),
        [[50, 50], [50, 50]],
        confusion((1, 0), right=LEAST_ROWS - 1, rows=LEAST_ROWS - 1),
        [[0, 0], [90, 10]],
        [[90]],
        [[10, 90], [math.nan, 10]],
        [[10, 90, 0], [90, 10, 0]],
        [[10, 90], [90]],
        [],
        (),
    ],
    ids=[
        "right as labelled",
        "poor under any names",
        "knows nothing",
        "nine rows of a class",
        "a class without rows",
        "one class",
        "no number",
        "not square",
        "ragged",
        "empty list",
        "not measured",
    ],
)
def test_a_model_is_not_renamed_without_proof(counts):
    assert renamed(counts) is None


def exchanged(order, right=90, *, output="output", first=0):
    k = len(order)
    loss = "sparse_categorical_crossentropy"
    head = HeadRecord("output", "dense", (k,), "softmax", loss, False, "multiclass")
    targets = tuple(
        TargetRecord(split, "output", "classes", (), "int64", 100 * k, 0.0, k - 1.0, k / 2, 1.0, k,
                     True, {str(i): 100 for i in range(k)})
        for split in ("train", "validation")
    )  # fmt: skip
    train, validation = classified(0.95, right / 100 if order[0] == 0 else 0.05, classes=k)
    made = dataclasses.replace(
        validation, output=output, confusion=tuple(map(tuple, confusion(order, right)))
    )
    return example_case(
        measured_rows={"targets": targets},
        measured_model={"heads": (head,), "predictions": (train, made)},
    )


def test_validation_labels_that_are_numbered_otherwise_are_told_with_their_names():
    found = only("DAT312", exchanged((1, 2, 0)))
    assert found.message == "validation labels numbered otherwise: 0 as 1, 1 as 2, 2 as 0"
    assert found.severity == "error"


def test_a_hundred_classes_numbered_otherwise_leave_the_message_short():
    assert len(only("DAT312", exchanged((*range(1, 110), 0), right=100)).message) < 80


def test_one_class_of_many_that_is_numbered_otherwise_is_no_other_numbering():
    assert looked("DAT312", exchanged((*range(100), *range(101, 112), 100), right=100)) == ()


def test_labels_of_one_numbering_are_left_alone():
    assert looked("DAT312", exchanged((0, 1, 2))) == ()


def test_the_predictions_of_another_output_rename_nothing():
    assert looked("DAT312", exchanged((1, 2, 0), output="other")) == ()


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "kl_divergence"])
def test_one_unit_under_a_categorical_loss_is_a_matter_of_the_head_and_not_of_the_labels(loss):
    head = HeadRecord("output", "dense", (1,), "sigmoid", loss, False, "multiclass", (1,))
    target = TargetRecord("train", "output", "classes", (1,), "int64", 900, 0.0, 8.0, 4.0, 2.6, 9,
                          True)  # fmt: skip
    case = example_case(
        measured_rows={"targets": (target,)},
        measured_model={"heads": (head,), "predictions": classified(0.12, 0.11, classes=9)},
    )
    assert looked("DAT312", case) == ()


# ---- DAT207 where training alone is noisy


def doubted(within, across, *, issues=160, reference=0.80, own=(0.98, 0.90), **more):
    counts = {str(c): 250 for c in range(4)}
    target = TargetRecord("train", "output", "classes", (), "int64", 1000, distinct=4,
                          counts=counts)  # fmt: skip
    cheap = dataclasses.replace(
        references(across, own[1], classes=4), within_train=estimate(within, 1000, 0.4)
    )
    return example_case(
        measured_rows={
            "targets": (target,),
            "label_noise": LabelNoise(1000, issues, reference),
            "references": cheap,
            "drift": Drift(estimate(0.51, 1000, 0.4)),
            **more,
        },
        measured_model={"predictions": classified(*own, classes=4)},
    )


def test_noise_in_training_alone_is_named_though_validation_is_told_better_than_it_allows():
    assert only("DAT207", doubted(0.75, 0.93)).status == "suspected"


def test_training_rows_that_are_merely_harder_are_no_label_noise():
    harder = Drift(estimate(0.93, 1000, 0.2))
    assert looked("DAT207", doubted(0.75, 0.93, drift=harder)) == ()


def test_noise_in_training_alone_is_not_told_where_the_inputs_were_not_compared():
    assert looked("DAT207", doubted(0.75, 0.93, drift=None)) == ()


def test_noise_in_training_alone_explains_rows_too_few_and_parameters_too_many():
    assert {"DAT206", "MOD105"} <= set(only("DAT207", doubted(0.75, 0.93)).explains)


@pytest.mark.parametrize(
    ("within", "across"),
    [(0.86, 0.925), (0.88, 0.93), (0.92, 0.93)],
    ids=["better by little", "may be no better", "as good"],
)
def test_a_reference_as_good_on_training_rows_left_out_clears_the_labels(within, across):
    assert looked("DAT207", doubted(within, across)) == ()


def test_few_doubtful_labels_are_not_named_for_a_validation_that_is_told_better():
    assert looked("DAT207", doubted(0.75, 0.93, issues=60)) == ()


def test_a_reference_within_training_that_is_not_known_accuses_nobody():
    case = doubted(0.75, 0.93)
    unknown = dataclasses.replace(case.rows.references, within_train=None)
    assert looked("DAT207", with_rows(case, references=unknown)) == ()


# ---- DAT311: a warning where the middle tells nothing


def bordered(border, centre, rows=450):
    given = InputRecord("train", "x", "image", (64, 64, 3), "float32", 1000, 0, 1, 0.5, 0.25)
    found = dataclasses.replace(
        references(0.9, 0.9), border=estimate(border, rows, 0.4), centre=estimate(centre, rows, 0.4)
    )
    return example_case(
        measured_rows={"inputs": (given,), "references": found},
        measured_model={"predictions": classified(0.93, 0.9)},
    )


def test_a_border_that_tells_all_and_a_middle_that_tells_nothing_are_a_warning():
    assert only("DAT311", bordered(0.93, 0.50)).severity == "warning"


def test_a_middle_that_tells_something_leaves_the_border_a_note():
    assert only("DAT311", bordered(0.93, 0.72)).severity == "note"


def test_a_middle_of_which_few_rows_show_nothing_for_certain_leaves_the_border_a_note():
    assert only("DAT311", bordered(0.97, 0.72, rows=20)).severity == "note"


def test_a_middle_without_an_interval_leaves_the_border_a_note():
    case = bordered(0.93, 0.50)
    vague = dataclasses.replace(case.rows.references, centre=Estimate(0.5))
    assert only("DAT311", with_rows(case, references=vague)).severity == "note"


# ---- damage

FIRING = {
    "DAT204": two_sources,
    "DAT207": lambda: doubted(0.75, 0.93),
    "DAT303": lambda: two_sources(arguments={}, standardised=0.5),
    "DAT311": lambda: bordered(0.93, 0.50),
    "DAT312": lambda: exchanged((1, 2, 0)),
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
