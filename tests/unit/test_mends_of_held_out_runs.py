"""What runs that were set aside until the end got wrong, each as a case of its own."""

import dataclasses

import pytest

from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate
from valgap.evidence.model import HeadRecord, RateMeasured, RateStep
from valgap.evidence.records import LayerRecord
from valgap.evidence.rows import InputRecord, TargetRecord
from valgap.finding import NotRun
from valgap.registry import load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}


def looked(code, case):
    found = run_check(CHECKS[code], case)
    assert not isinstance(found, NotRun), found
    return found


def with_rows(case, **parts):
    return dataclasses.replace(case, rows=dataclasses.replace(case.rows, **parts))


def with_model(case, **parts):
    return dataclasses.replace(case, model=dataclasses.replace(case.model, **parts))


def test_statistics_that_mend_training_but_not_validation_are_not_why_validation_is_bad():
    case = CHECKS["MOD106"].fires_on()
    worse = tuple(
        dataclasses.replace(r, validation_after=(r.validation_before or 0.0) + 0.5)
        for r in case.ledger.reestimations
    )
    spoilt = dataclasses.replace(case, ledger=dataclasses.replace(case.ledger, reestimations=worse))
    assert len(looked("MOD106", case)) == 1
    assert looked("MOD106", spoilt) == ()


def dropped(cls):
    layers = (
        LayerRecord("conv", "Conv1D", "", "plain", True, 900, (40, 32), {"activation": "relu"}),
        LayerRecord("one", cls, "", "noise", True, 0, (40, 32), {"rate": 0.75}),
        LayerRecord("two", cls, "", "noise", True, 0, (40, 32), {"rate": 0.75}),
        LayerRecord("head", "Dense", "", "plain", True, 99, (4,), {"activation": "softmax"}),
    )
    return example_case(
        loss=[1.40 - 0.001 * i for i in range(12)],
        val_loss=[1.43 - 0.001 * i + 0.002 * (i % 2) for i in range(12)],
        rows={},
        layer_records=layers,
        measured_model={"predictions": classified(0.25, 0.25, classes=4)},
    )


@pytest.mark.parametrize("cls", ["Dropout", "SpatialDropout1D", "AlphaDropout"])
def test_every_kind_of_dropout_counts_for_what_is_left_of_the_signal(cls):
    (found,) = looked("MOD109", dropped(cls))
    assert found.observed.value == pytest.approx(0.0625)


def ended(activation, low):
    head = HeadRecord(
        "output", "dense_4", (4,), activation, "categorical_crossentropy", False, "multiclass",
        (4,), low=low, high=0.9, start_low=low, start_high=0.8,
    )  # fmt: skip
    target = TargetRecord("train", "output", "one-hot", (4,), "float32", 1000, 0.0, 1.0,
                          distinct=4)  # fmt: skip
    return example_case(
        measured_rows={"targets": (target,)},
        measured_model={"heads": (head,), "predictions": classified(0.3, 0.3, classes=4)},
    )


def test_a_rectifier_before_a_cross_entropy_does_not_fit_however_small_its_outputs():
    assert [f.code for f in looked("MOD102", ended("relu", 0.0))] == ["MOD102"]


def test_a_softmax_behind_a_linear_layer_is_no_misfit():
    assert looked("MOD102", ended("linear", 0.001)) == ()


def test_words_whose_order_no_reference_reads_are_no_labels_that_do_not_fit():
    case = CHECKS["DAT208"].fires_on()
    nothing = {
        name: estimate(0.0, 1000, 0.4)
        for name in ("within_train", "within_validation", "across", "own", "own_train")
    }
    told = dataclasses.replace(case.rows.references, signal=nothing)
    # Nothing learned by heart either, which would be a reason of its own.
    references = dataclasses.replace(told, own_train=estimate(0.5, 1000, 0.4))
    picture = InputRecord("train", "x", "image", (16, 16, 1), "float32", 1000, 0.0, 1.0, 0.3, 0.2)
    words = dataclasses.replace(picture, kind="other", shape=(25,))
    assert len(looked("DAT208", with_rows(case, references=references, inputs=(picture,)))) == 1
    assert looked("DAT208", with_rows(case, references=references, inputs=(words,))) == ()


def test_a_reference_that_is_a_little_better_is_a_note():
    case = CHECKS["EVL109"].fires_on()
    found = case.rows.references
    best = max(e.value for k, e in found.scores.items() if k != "majority")
    room = 1 - found.chance
    for lead, severity in ((0.08, "note"), (0.3, "warning")):
        own = estimate(best - lead * room, 5000, 0.3)
        near = with_rows(case, references=dataclasses.replace(found, own=own))
        near = with_model(near, predictions=classified(0.8, 0.6))
        (told,) = looked("EVL109", near)
        assert told.severity == severity


def crawling(best, gain):
    def steps(before):
        made = {1.0: before - 1e-5, best: before * (1 - gain), best * 30: before * 2}
        return tuple(RateStep(multiple, loss) for multiple, loss in made.items())

    case = CHECKS["FIT102"].fires_on()
    rates = tuple(RateMeasured(at, 1e-5, 0.69, steps(0.69), best, 0.2) for at in ("start", "end"))
    return with_model(case, rates=rates)


def test_a_rate_a_thousand_times_too_low_is_told_though_no_single_step_gains_much():
    assert len(looked("FIT102", crawling(1000.0, 0.023))) == 1


def test_a_step_a_hundred_times_as_large_that_gains_next_to_nothing_tells_no_rate_too_low():
    assert looked("FIT102", crawling(100.0, 0.03)) == ()
