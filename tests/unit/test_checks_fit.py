"""FIT101 to FIT119: healthy fits stay silent, rivals are not named, harmless is said."""

import dataclasses
import math
import random
from collections.abc import Mapping

import pytest

from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references, regressed
from valgap.evidence.model import HeadRecord, LayerMeasured, RateMeasured, RateStep
from valgap.evidence.records import CallbackRecord, DataRecord, EpochRecord, LayerRecord
from valgap.evidence.rows import InputRecord, TargetRecord
from valgap.finding import NotRun
from valgap.ranking import ranked, stands
from valgap.registry import load_checks, run_check

CHECKS = {c.code: c for c in load_checks() if c.family == "FIT" and c.code != "FIT113"}
MULTIPLES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)
GOOD, POOR, AT_CHANCE = (0.95, 0.93), (0.40, 0.38), (0.34, 0.33)
FALLING = (2.30, 2.05, 1.82, 1.61, 1.42, 1.25, 1.10, 0.97, 0.86, 0.76, 0.67, 0.60)
FLAT = tuple(1.10 + 0.002 * (i % 3) for i in range(12))


def found(code, case):
    told = run_check(CHECKS[code], case)
    assert not (isinstance(told, NotRun) and told.detail), told.detail
    return () if isinstance(told, NotRun) else told


def one(code, case):
    (finding,) = found(code, case)
    return finding


def against(case):
    told = [f for code in CHECKS for f in found(code, case)]
    return [f.code for f in told if stands(f) and f.severity != "note"]


def fit(score=POOR, *, of_rows=None, of_model=None, classes=3, reference=0.85, **changes):
    """An example with predictions and references, and what else was measured."""
    return example_case(
        measured_rows={
            "references": references(reference, score[1], classes=classes),
            **(of_rows or {}),
        },
        measured_model={"predictions": classified(*score, classes=classes), **(of_model or {})},
        **changes,
    )


def curves(loss):
    return {"loss": loss, "val_loss": [v + 0.01 for v in loss], "rows": {}}


def bowl(at, rate, before, *, best, gain, signal=None):
    """Losses after one step: a parabola in the rate, with its lowest point at `best`."""
    losses = [before * (1 - gain * (2 * m / best - (m / best) ** 2)) for m in MULTIPLES]
    steps = tuple(RateStep(m, loss) for m, loss in zip(MULTIPLES, losses, strict=True))
    return RateMeasured(at, rate, before, steps, best, signal)


def rates(rate=1e-3, *, start=10.0, end=1.0, gain=0.3, end_gain=0.02, signal=None):
    """Step tests whose best steps are so many times the rate."""
    return {
        "rates": (
            bowl("start", rate, 1.2, best=start, gain=gain, signal=signal),
            bowl("end", rate, 0.9, best=end, gain=end_gain, signal=signal),
        )
    }


def running(losses, steps=20, wobble=0.02):
    """Running means, step by step, of epochs with those mean losses."""
    told = {}
    for epoch, loss in enumerate(losses):
        batches = [loss + wobble * math.sin(9 * i + epoch) for i in range(steps)]
        told[epoch] = tuple(math.fsum(batches[: i + 1]) / (i + 1) for i in range(steps))
    return told


def moved(by, **told):
    return {"layers": (LayerMeasured("dense_1", "Dense", has_weights=True, moved=by, **told),)}


def labels(encoding="classes", *, counts=None, **told):
    counts = {"0": 700, "1": 400, "2": 308} if counts is None else counts
    shape = (len(counts),) if encoding in ("one-hot", "flags") else ()
    given = {"low": 0.0, "high": 2.0, "whole_numbers": True, "distinct": len(counts)}
    return TargetRecord(
        "train", "y", encoding, shape, "int64", 1408, **{**given, "counts": counts, **told}
    )


def numbers(low=-3.0, high=4.0, std=1.1):
    return TargetRecord("train", "y", "numbers", (1,), "float32", 1408, low, high, 0.2, std, 1300)


def head(loss, activation="softmax", task="multiclass", units=3, logits=False):
    return HeadRecord("output", "dense_1", (units,), activation, loss, logits, task, (units,))


def stopping(**settings):
    given = {"monitor": "val_loss", "mode": "auto", "patience": 2}
    return CallbackRecord("EarlyStopping", {**given, **settings})


def logging(case, key, value):
    """The same case with a figure logged in training and in validation."""
    epochs = tuple(
        dataclasses.replace(e, logs={**e.logs, key: value, f"val_{key}": value})
        for e in case.fit.epochs
    )
    return dataclasses.replace(case, fit=dataclasses.replace(case.fit, epochs=epochs))


def dense(name, *, trainable, parameters=1000, cls="Dense"):
    return LayerRecord(name, cls, name, "plain", trainable, parameters)


# ---- healthy fits

BACKBONE = ("block1_conv1", "block1_conv2", "block2_conv1", "block5_conv3")
HEALTHY = {
    "a good fit": lambda: fit(GOOD, of_model=rates(), steps=running(FALLING)),
    "a high rate that works": lambda: fit(
        GOOD,
        of_model=rates(0.1, start=0.1, gain=0.02),
        learning_rates=[0.1] * 12,
        steps={0: (1.0, 3.5, 4.0)},
    ),
    "fine-tuning at a low rate": lambda: fit(
        GOOD,
        of_model={**rates(1e-5, start=300.0, end=100.0), **moved(0.01)},
        learning_rates=[1e-5] * 12,
    ),
    "imbalance with balanced weights": lambda: fit(
        (0.85, 0.80),
        classes=2,
        reference=0.8,
        of_rows={"targets": (labels(counts={"0": 1300, "1": 108}),)},
        changes={"class_weight": {"0": 0.54, "1": 6.5}},
    ),
    "weights that favour a rare class on purpose": lambda: fit(
        (0.85, 0.80),
        classes=2,
        reference=0.8,
        of_rows={"targets": (labels(counts={"0": 1300, "1": 108}),)},
        changes={"class_weight": {"0": 1.0, "1": 100.0}},
    ),
    "a frozen backbone": lambda: fit(
        (0.7, 0.68),
        layer_records=(
            *(dense(n, trainable=False, parameters=500_000, cls="Conv2D") for n in BACKBONE),
            dense("dense", trainable=True),
        ),
    ),
    "a frozen embedding": lambda: fit(
        layer_records=(
            dense("words", trainable=False, parameters=100_000, cls="Embedding"),
            dense("dense", trainable=True, parameters=100),
        ),
    ),
    "cosine decay to nothing": lambda: fit(
        GOOD,
        of_model=rates(end=100.0, end_gain=0.1),
        learning_rates=[1e-3 * (1 + math.cos(math.pi * i / 11)) / 2 for i in range(12)],
    ),
    "early stopping on a plateau": lambda: fit(
        GOOD, **curves(FLAT), callbacks=(stopping(),), changes={"arguments": {"epochs": "100"}}
    ),
    "rows and validation rows rounded down": lambda: fit(
        GOOD,
        changes={
            "train": DataRecord("train", "arrays", 1460, 64, 22, shuffled=True),
            "validation": DataRecord("validation", "arrays", 470, 64, 7),
        },
    ),
    "strong augmentation that helps": lambda: fit(
        (0.95, 0.94),
        loss=[v + 0.6 for v in FALLING],
        val_loss=FALLING,
        rows={"augmentation": -0.5},
    ),
    "mixed rows": lambda: fit(
        (0.95, 0.7),
        loss=[1.05] * 12,
        val_loss=[0.8 + 0.01 * (i % 2) for i in range(12)],
        rows={"augmentation": -0.9},
        layer_records=(LayerRecord("mix", "MixUp", "mix", "augmentation", True, 0),),
    ),
    "an autoencoder of pictures": lambda: example_case(
        measured_rows={"targets": (numbers(0.0, 1.0),)},
        measured_model={
            "heads": (head("binary_crossentropy", "sigmoid", "regression", 784),),
            "predictions": regressed(0.4, 0.38),
        },
    ),
    "a squared error behind a softmax that learns": lambda: fit(
        (0.93, 0.92),
        of_rows={"targets": (labels("one-hot"),)},
        of_model={"heads": (head("mean_squared_error"),)},
    ),
    "a regression of ratings with accuracy beside it": lambda: example_case(
        compiled={"metrics": ("'accuracy'",), "loss": "mse"},
        measured_rows={"targets": (labels(),)},
        measured_model={
            "heads": (head("mean_squared_error", "linear", "regression", 1),),
            "predictions": regressed(0.55, 0.54),
        },
    ),
    "a regression at Adam's default": lambda: example_case(
        measured_rows={"targets": (numbers(),)},
        measured_model={
            "heads": (head("mean_squared_error", "linear", "regression", 1),),
            "predictions": regressed(0.9, 0.88),
            **rates(),
        },
        steps=running(FALLING),
    ),
    "thirty rows": lambda: fit(
        GOOD, changes={"train": DataRecord("train", "arrays", 30, 32, 1, shuffled=True)}
    ),
    "a series that is not shuffled": lambda: example_case(
        measured_rows={"targets": (numbers(),)},
        changes={"train": DataRecord("train", "arrays", 1408, 64, 22, shuffled=False)},
    ),
    "classes in random order that are not shuffled": lambda: fit(
        of_rows={"targets": (labels(runs=900, runs_expected=905.0, runs_z=-0.3),)},
        changes={"train": DataRecord("train", "arrays", 1408, 64, 22, shuffled=False)},
    ),
    "heavy noise that makes the training loss high": lambda: fit(
        GOOD, loss=[v + 0.5 for v in FALLING], val_loss=FALLING, rows={"noise-layers": -0.5}
    ),
    "a fit of which nothing was measured": example_case,
    "a fit without validation": lambda: example_case(val_loss=None),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_fit_stays_silent(name):
    assert against(HEALTHY[name]()) == []


OTHER_TROUBLE = {
    "too few rows": lambda: fit(
        (0.98, 0.62),
        of_model={**rates(), **moved(1.4)},
        steps=running(FALLING),
        loss=FALLING,
        val_loss=[*FALLING[:6], 1.3, 1.35, 1.4, 1.5, 1.6, 1.7],
        rows={},
    ),
    "too few units": lambda: fit(
        (0.45, 0.44), of_model=rates(end=1.0, end_gain=0.001), **curves(FLAT), steps=running(FLAT)
    ),
    "dead units": lambda: fit(
        AT_CHANCE,
        of_model={**rates(start=3.0, end=1.0, end_gain=0.0), **moved(0.3)},
        **curves(FLAT),
        steps=running(FLAT),
    ),
    "labels at random": lambda: fit(
        (0.42, 0.33),
        reference=1 / 3,
        of_model=rates(),
        loss=FALLING,
        val_loss=[2.3 + 0.1 * i for i in range(12)],
        rows={},
        steps=running(FALLING),
    ),
    "a penalty that is too strong": lambda: fit(
        (0.5, 0.5),
        of_model=rates(end=10.0, end_gain=0.3),
        loss=FLAT,
        val_loss=[v + 0.01 for v in FLAT],
        rows={"penalties-train": -0.7},
        steps=running(FLAT),
    ),
}


@pytest.mark.parametrize("name", OTHER_TROUBLE)
def test_trouble_of_another_kind_is_not_laid_on_the_fit(name):
    assert against(OTHER_TROUBLE[name]()) == []


# ---- FIT101 and FIT102: the rate


def high_rate(**changes):
    told = {"learning_rates": [0.1] * 12, "steps": {0: (1.2, 1.4)}, **curves(FLAT), **changes}
    return fit(AT_CHANCE, of_model=told.pop("of_model", rates(0.1, start=0.1)), **told)


def test_a_step_that_doubles_the_loss_at_a_hundred_times_the_default_is_confirmed():
    finding = one("FIT101", high_rate())
    assert (finding.status, finding.severity) == ("confirmed", "error")


def test_a_step_to_no_number_is_told_in_words():
    made = bowl("start", 0.1, 1.2, best=0.1, gain=0.3)
    burst = tuple(RateStep(s.multiple, math.nan if s.multiple >= 1 else 1.1) for s in made.losses)
    finding = one(
        "FIT101", high_rate(of_model={"rates": (dataclasses.replace(made, losses=burst),)})
    )
    assert finding.message.endswith("to no number")
    assert finding.observed.value is None


def test_at_the_default_rate_a_step_too_large_is_but_suspected_and_no_error():
    case = high_rate(of_model=rates(1e-3, start=0.1), learning_rates=[1e-3] * 12)
    finding = one("FIT101", case)
    assert (finding.status, finding.severity) == ("suspected", "warning")


def test_large_inputs_are_a_rival_of_a_high_rate():
    given = InputRecord("train", "x", "table", (20,), "float32", 1408, 0.0, 255.0, 128.0, 70.0)
    first = moved(0.4, input_low=0.0, input_high=255.0, input_std=70.0)
    case = high_rate(of_rows={"inputs": (given,)}, of_model={**rates(0.1, start=0.1), **first})
    assert one("FIT101", case).status == "suspected"


def test_large_targets_are_a_rival_of_a_high_rate():
    case = high_rate(of_rows={"targets": (numbers(-300.0, 400.0, 120.0),)})
    assert one("FIT101", case).status == "suspected"


def test_weights_thrown_far_at_a_rate_far_off_are_suspected_without_a_step_test():
    case = high_rate(of_model=moved(12.0))
    assert one("FIT101", case).status == "suspected"


def test_weights_that_moved_as_usual_are_not_called_thrown():
    assert found("FIT101", high_rate(of_model=moved(1.2))) == ()


def test_a_fit_that_fails_at_a_rate_whose_steps_lower_the_loss_is_not_blamed_on_it():
    case = fit(AT_CHANCE, of_model=rates(), steps={0: (1.2, 1.1)}, **curves(FLAT))
    assert [code for code in against(case) if code in ("FIT101", "FIT102", "FIT103")] == []


def low_rate(rate=1e-5, reference=0.85, start=1000.0, end=1000.0, **told):
    return fit(
        AT_CHANCE,
        reference=reference,
        of_model={**rates(rate, start=start, end=end, end_gain=0.2), **moved(0.01)},
        learning_rates=[rate] * 12,
        **curves(FLAT),
        **told,
    )


def test_steps_a_thousand_times_too_small_are_confirmed():
    finding = one("FIT102", low_rate())
    assert (finding.status, finding.severity) == ("confirmed", "error")


def test_a_low_rate_is_but_suspected_where_no_reference_learns_anything():
    assert one("FIT102", low_rate(reference=1 / 3)).status == "suspected"


def test_at_the_default_a_rate_too_low_is_but_suspected():
    assert one("FIT102", low_rate(rate=1e-3)).status == "suspected"


def test_a_rate_that_warms_up_is_not_called_low():
    assert found("FIT102", low_rate(end=3.0)) == ()


def test_a_rate_that_was_taken_away_later_is_not_called_low():
    assert found("FIT102", low_rate(start=10.0)) == ()


def test_larger_steps_that_gain_nothing_do_not_make_a_rate_low():
    case = fit(AT_CHANCE, of_model=rates(start=1000.0, end=1000.0, end_gain=1e-5), **curves(FLAT))
    assert found("FIT102", case) == ()


def test_a_fit_at_the_end_of_what_few_units_can_do_is_not_called_slow():
    case = fit(AT_CHANCE, of_model=rates(start=100.0, end=30.0, end_gain=0.006), **curves(FLAT))
    assert found("FIT102", case) == ()


def test_a_rate_of_zero_is_named():
    case = fit(AT_CHANCE, of_model=rates(0.0), learning_rates=[0.0] * 12, **curves(FLAT))
    finding = one("FIT102", case)
    assert "rate 0" in finding.message
    assert finding.status == "confirmed"


# ---- FIT103: epochs


def short(losses=FALLING[:3], score=(0.55, 0.53), end=10.0, end_gain=0.2, **told):
    given = {**curves(losses), "steps": running(losses), **told}
    model = {**rates(end=end, end_gain=end_gain), **given.pop("of_model", {})}
    return fit(score, of_model=model, **given)


def test_a_fit_cut_short_is_confirmed_where_steps_from_its_end_still_gain():
    assert one("FIT103", short()).status == "confirmed"


def test_a_fall_that_still_goes_on_is_suspected_without_a_step_test():
    case = fit((0.55, 0.53), **curves(FALLING[:3]), steps=running(FALLING[:3]))
    assert one("FIT103", case).status == "suspected"


def test_two_noisy_epochs_are_told_by_the_steps_that_they_could_still_make():
    losses = (1.10, 1.02)
    case = short(losses, steps=running(losses, wobble=0.3))
    assert one("FIT103", case).status == "confirmed"


def test_epochs_alone_tell_too_few_where_no_step_was_recorded():
    assert one("FIT103", short(FALLING, steps={})).code == "FIT103"


def test_a_loss_that_has_come_to_rest_is_not_too_short():
    assert found("FIT103", short((1.6, 0.92, 0.90, 0.90, 0.90, 0.90), end=1.0, end_gain=0.02)) == ()


def test_a_rising_validation_loss_forbids_more_epochs():
    rising = short(val_loss=(1.2, 1.4, 1.7))
    assert found("FIT103", rising) == ()


def test_steps_that_gain_on_labels_at_random_do_not_ask_for_more_epochs():
    noise = (1.10, 1.02)
    case = short(noise, score=AT_CHANCE, reference=1 / 3, steps=running(noise, wobble=0.3))
    assert found("FIT103", case) == ()


def test_heavy_noise_layers_keep_too_few_epochs_from_being_confirmed():
    assert one("FIT103", short(rows={"noise-layers": -0.6})).status == "suspected"


def of_few_steps(steps=19, fall=0.04, **told):
    """Two epochs whose losses fall by a fortieth in all, each off by as much."""
    made = [1.39 - fall * i / (2 * steps) + 0.02 * math.sin(7 * i) for i in range(2 * steps)]
    halves = made[:steps], made[steps:]
    means = {
        e: tuple(math.fsum(h[: i + 1]) / (i + 1) for i in range(steps))
        for e, h in enumerate(halves)
    }
    losses = tuple(means[e][-1] for e in means)
    return short(losses, **{"end": 3.0, "end_gain": 0.02, "steps": means} | told)


def test_a_fit_of_few_steps_on_their_way_down_is_too_short():
    found_here = one("FIT103", of_few_steps())
    assert found_here.status == "suspected"
    assert found_here.observed.value == 38


@pytest.mark.parametrize(
    "told",
    [
        {"steps": 80, "fall": 0.04},
        {"fall": 0.0},
        {"score": (0.97, 0.95)},
        {"reference": 1 / 3},
    ],
    ids=["many steps", "no fall", "learned", "nothing to learn"],
)
def test_few_steps_alone_are_not_too_few(told):
    assert found("FIT103", of_few_steps(**told)) == ()


def test_an_interrupted_fit_is_not_told_that_it_was_short():
    assert found("FIT103", short(changes={"status": "interrupted"})) == ()


def test_a_low_rate_is_not_called_too_few_epochs():
    model = rates(1e-5, start=1000.0, end=1000.0, end_gain=0.3)
    case = short(of_model=model, learning_rates=[1e-5] * 3)
    assert found("FIT103", case) == ()
    assert one("FIT102", case).status == "confirmed"


def test_both_are_suspected_where_a_usual_rate_and_few_steps_do_too_little():
    case = short(of_model=rates(start=300.0, end=300.0, end_gain=0.3))
    assert [one(code, case).status for code in ("FIT102", "FIT103")] == ["suspected"] * 2


# ---- FIT104, FIT105, FIT106: rows


def seeing(rows, an_epoch, epochs=4, score=POOR, **data):
    logs = {"loss": 1.0, "val_loss": 1.0}
    seen = tuple(EpochRecord(i, logs, 1.0, an_epoch) for i in range(epochs))
    record = DataRecord("train", "arrays", rows, 10, **{"shuffled": True, **data})
    return fit(score, changes={"epochs": seen, "train": record})


def test_an_epoch_that_sees_half_each_time_is_harmless():
    finding = one("FIT104", seeing(500, 250))
    assert (finding.status, finding.severity) == ("harmless", "note")


def test_rows_never_seen_are_confirmed():
    finding = one("FIT104", seeing(5000, 250))
    assert (finding.status, finding.severity) == ("confirmed", "warning")
    assert "4,000 of 5,000" in finding.message


def test_rows_never_seen_are_harmless_in_a_good_fit():
    assert one("FIT104", seeing(5000, 250, score=GOOD)).status == "harmless"


def test_rows_never_seen_in_the_order_of_classes_are_an_error():
    case = seeing(5000, 250, shuffled=False)
    rows = dataclasses.replace(case.rows, targets=(labels(sorted_by_class=True),))
    assert one("FIT104", dataclasses.replace(case, rows=rows)).severity == "error"


def test_rows_are_counted_by_steps_where_the_backend_does_not_count_them():
    assert one("FIT104", seeing(5000, None, steps=25)).status == "confirmed"


def validating(scored, delta, *, transforms="none", **target):
    told = labels(**{"counts": {"0": 225, "1": 225}, **target})
    return fit(
        rows={"validation-pipeline": delta},
        validation_rows=scored,
        of_rows={"targets": (dataclasses.replace(told, split="validation", rows=450),)},
        changes={"validation": DataRecord("validation", "arrays", 450, 10, transforms=transforms)},
    )


def test_validation_on_half_of_the_rows_is_harmless_where_the_figure_is_the_same():
    assert one("FIT105", validating(225, 0.0)).status == "harmless"


def test_validation_on_some_rows_is_confirmed_by_the_figure_on_all():
    assert one("FIT105", validating(225, 0.3)).status == "confirmed"


def test_random_transforms_of_validation_leave_the_missing_rows_unproved():
    finding = one("FIT105", validating(225, 0.3, transforms="known"))
    assert (finding.status, finding.severity) == ("suspected", "note")


@pytest.mark.parametrize(("argument", "told"), [("False", ["harmless"]), ("True", [])])
def test_shuffle_false_on_rows_in_no_order_is_harmless(argument, told):
    case = unshuffled(AT_CHANCE, 0.0, runs=880, runs_z=0.3, sorted_by_class=False)
    asked = dataclasses.replace(case.fit, arguments={"shuffle": argument})
    assert [f.status for f in found("FIT106", dataclasses.replace(case, fit=asked))] == told


def test_a_sorted_validation_set_scored_in_part_misses_classes():
    finding = one("FIT105", validating(200, 0.0, sorted_by_class=True))
    assert "(1 of 2 classes)" in finding.message
    assert finding.severity == "error"


def unshuffled(score, averaging, **target):
    told = {"runs": 3, "runs_expected": 900.0, "runs_z": -60.0, "sorted_by_class": True}
    return fit(
        score,
        rows={"epoch-averaging": averaging},
        of_rows={"targets": (labels(**{**told, **target}),)},
        changes={"train": DataRecord("train", "arrays", 1408, 64, 22, shuffled=False)},
    )


def test_sorted_rows_whose_epoch_forgets_its_first_batches_are_confirmed():
    assert one("FIT106", unshuffled(AT_CHANCE, 0.9)).status == "confirmed"


def test_sorted_rows_of_a_fit_that_fails_otherwise_are_suspected():
    assert one("FIT106", unshuffled(AT_CHANCE, -0.02)).status == "suspected"


def test_sorted_rows_of_a_good_fit_are_harmless():
    assert one("FIT106", unshuffled(GOOD, -0.02)).status == "harmless"


def test_runs_shorter_than_half_a_batch_are_left_alone():
    order = {"runs": 100, "runs_z": -40.0, "sorted_by_class": False}
    assert found("FIT106", unshuffled(AT_CHANCE, 0.9, **order)) == ()


def test_long_runs_of_rows_that_are_not_sorted_are_named():
    order = {"runs": 20, "runs_z": -50.0, "sorted_by_class": False}
    assert one("FIT106", unshuffled(AT_CHANCE, 0.9, **order)).status == "confirmed"


def test_a_stateful_layer_wants_its_rows_in_order():
    case = unshuffled(AT_CHANCE, 0.9)
    lstm = LayerRecord("l", "LSTM", "l", "plain", True, 100, config={"stateful": True})
    model = dataclasses.replace(case.fit.model, layers=(lstm,))
    ordered = dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))
    assert found("FIT106", ordered) == ()


# ---- FIT107: noise


def noisy(batch=1, signal=0.01, losses=FLAT, score=AT_CHANCE):
    return fit(
        score,
        of_model={**rates(0.1, start=3.0, signal=signal), **moved(6.0)},
        learning_rates=[0.1] * 12,
        steps=running(losses),
        **curves(losses),
        changes={"train": DataRecord("train", "arrays", 500, batch, 500, shuffled=True)},
    )


def test_noise_of_single_rows_is_suspected_and_the_rate_alone_is_not():
    assert against(noisy()) == ["FIT107"]


@pytest.mark.parametrize("told", [{"batch": 32}, {"signal": 1.0}, {"score": GOOD}])
def test_noise_is_not_named_for_usual_batches_clear_gradients_or_good_fits(told):
    assert found("FIT107", noisy(**told)) == ()


def test_a_loss_that_falls_on_is_not_stopped_by_noise():
    assert found("FIT107", noisy(losses=FALLING)) == ()


# ---- FIT108, FIT109, FIT110: losses and metrics


def regression(loss, r2, *, target=None, activation="linear", metric="'mae'", **told):
    return example_case(
        compiled={"loss": loss, "metrics": (metric,)},
        measured_rows={"targets": (target or numbers(),)},
        measured_model={
            "heads": (head(loss, activation, "regression", 1),),
            "predictions": regressed(*r2),
            **told,
        },
    )


def test_a_cross_entropy_of_real_numbers_is_confirmed_by_what_it_does_not_learn():
    finding = one("FIT108", regression("binary_crossentropy", (-0.2, -0.2)))
    assert (finding.status, finding.severity) == ("confirmed", "error")


def test_a_hinge_takes_numbers_from_minus_one_to_one():
    case = regression("hinge", (-0.2, -0.2), target=numbers(-1.0, 1.0))
    assert found("FIT108", case) == ()


def test_class_numbers_under_a_squared_error_are_suspected_where_accuracy_is_asked_for():
    case = regression("mean_squared_error", (0.4, 0.3), target=labels(), metric="'accuracy'")
    assert one("FIT108", case).status == "suspected"


def test_ratings_under_a_squared_error_are_a_regression():
    case = regression("mean_squared_error", (0.4, 0.3), target=labels())
    assert found("FIT108", case) == ()


def test_amounts_in_whole_numbers_are_a_regression_too():
    many = labels(counts={str(i): 30 for i in range(40)})
    case = regression("mean_squared_error", (0.4, 0.3), target=many, metric="'accuracy'")
    assert found("FIT108", case) == ()


def scoring(loss, encoding, score=POOR, **told):
    return fit(
        score,
        of_rows={"targets": (labels(encoding),)},
        of_model={"heads": (head(loss, **told),)},
    )


@pytest.mark.parametrize(
    ("loss", "encoding", "told", "status"),
    [
        ("categorical_crossentropy", "flags", {"task": "multilabel"}, "confirmed"),
        ("mean_squared_error", "one-hot", {}, "suspected"),
        ("binary_crossentropy", "one-hot", {}, "suspected"),
        ("hinge", "classes", {"activation": "sigmoid", "units": 1}, "suspected"),
    ],
)
def test_a_loss_that_does_not_fit_the_task_is_named_where_rows_are_not_learned(
    loss, encoding, told, status
):
    assert one("FIT109", scoring(loss, encoding, **told)).status == status
    assert found("FIT109", scoring(loss, encoding, GOOD, **told)) == ()


def test_the_usual_loss_of_a_fit_that_fails_is_not_blamed():
    assert found("FIT109", scoring("categorical_crossentropy", "one-hot")) == ()


def test_a_relative_error_of_targets_at_zero_is_suspected():
    case = regression("mean_absolute_percentage_error", (0.1, 0.1), target=numbers(0.0, 9.0))
    assert one("FIT109", case).status == "suspected"


def test_predictions_right_but_for_their_size_show_a_loss_blind_to_it():
    made = tuple(dataclasses.replace(p, correlation=0.98) for p in regressed(-0.4, -0.4))
    case = regression("cosine_similarity", (0, 0), predictions=made)
    assert one("FIT109", case).status == "confirmed"


def test_accuracy_on_real_numbers_is_a_warning_where_the_fit_is_good():
    case = regression("mean_squared_error", (0.9, 0.88), metric="'accuracy'")
    finding = one("FIT110", logging(case, "accuracy", 0.003))
    assert (finding.status, finding.severity) == ("confirmed", "warning")
    assert "R2: 0.88" in finding.message


def test_accuracy_on_real_numbers_is_a_note_beside_worse_trouble():
    case = regression("mean_squared_error", (0.1, 0.1), metric="'accuracy'")
    assert one("FIT110", logging(case, "accuracy", 0.003)).severity == "note"


def metric(text, key, value, *, encoding="one-hot", score=GOOD, **told):
    case = fit(
        score,
        compiled={"metrics": (text,)},
        of_rows={"targets": (labels(encoding),)},
        of_model={"heads": (head("categorical_crossentropy", **told),)},
    )
    return logging(case, key, value)


@pytest.mark.parametrize(
    ("text", "key", "encoding", "told"),
    [
        ("BinaryAccuracy", "binary_accuracy", "one-hot", {}),
        ("'binary_accuracy'", "binary_accuracy", "one-hot", {}),
        ("Accuracy", "accuracy", "one-hot", {}),
        ("'categorical_accuracy'", "categorical_accuracy", "classes", {}),
        ("'accuracy'", "accuracy", "flags", {}),
        ("'accuracy'", "accuracy", "classes", {"units": 1, "logits": True, "activation": "linear"}),
    ],
)
def test_a_metric_of_another_meaning_is_named_only_where_its_figure_differs(
    text, key, encoding, told
):
    assert one("FIT110", metric(text, key, 0.6, encoding=encoding, **told)).status == "confirmed"
    assert found("FIT110", metric(text, key, 0.93, encoding=encoding, **told)) == ()


def test_accuracy_by_name_that_differs_is_left_to_other_checks():
    assert found("FIT110", metric("'accuracy'", "accuracy", 0.6)) == ()


# ---- FIT111, FIT112, FIT114


def weighted(weights, rare, *, common=0.97, counts=None):
    recalls = {"0": estimate(common, 370, 0.2), "1": estimate(rare, 80, 0.4)}
    score = (common + rare) / 2
    return example_case(
        measured_rows={"targets": (labels(counts=counts or {"0": 1155, "1": 253}),)},
        measured_model={"predictions": classified(score, score, recalls=recalls)},
        changes={"class_weight": weights},
    )


def test_weights_turned_round_are_suspected():
    assert one("FIT111", weighted({"0": 2.78, "1": 0.61}, 0.1)).status == "suspected"


def test_a_weight_of_nothing_is_confirmed_by_a_class_that_is_not_found():
    assert one("FIT111", weighted({"0": 1.0, "1": 0.0}, 0.0)).status == "confirmed"


@pytest.mark.parametrize("common", [0.6, 0.97])
def test_weights_turned_round_are_left_alone_where_the_class_is_found(common):
    assert found("FIT111", weighted({"0": 2.78, "1": 0.61}, 0.55, common=common)) == ()


def test_balanced_weights_are_not_blamed_for_a_class_that_is_not_found():
    assert found("FIT111", weighted({"0": 0.61, "1": 2.78}, 0.1)) == ()


def lost(steps=None, **told):
    logs = ({"loss": 2.0, "val_loss": 2.0}, {"loss": math.nan, "val_loss": None})
    epochs = tuple(EpochRecord(i, log, 1.0) for i, log in enumerate(logs))
    return example_case(steps=steps or {}, changes={"epochs": epochs}, **told)


def test_the_step_at_which_the_loss_was_lost_is_told():
    finding = one("FIT112", lost({1: (3.0, 900.0, math.nan)}))
    assert "epoch 2, step 3" in finding.message
    assert any("900" in line for line in finding.evidence)


def test_values_in_the_rows_are_told_as_what_made_it():
    given = InputRecord(
        "train", "x", "table", (5,), "float32", 100, 0.0, 1.0, 0.5, 0.3, non_finite=7
    )
    finding = one("FIT112", lost(measured_rows={"inputs": (given,)}))
    assert any("7 values of x" in line for line in finding.evidence)


def test_a_high_rate_comes_before_the_loss_that_it_lost():
    case = lost(
        {0: (1.2, 9.0), 1: (math.nan,)},
        measured_model=rates(0.5, start=0.1),
    )
    told = ranked([*found("FIT112", case), *found("FIT101", case)])
    assert [f.code for f in told] == ["FIT101", "FIT112"]


def test_half_of_the_weights_frozen_without_a_known_backbone_is_suspected():
    layers = (dense("a", trainable=False, parameters=9000), dense("b", trainable=True))
    finding = one("FIT114", fit(layer_records=layers))
    assert (finding.status, finding.severity) == ("suspected", "warning")


def test_frozen_weights_of_a_good_fit_are_left_alone():
    layers = (dense("a", trainable=False, parameters=9000), dense("b", trainable=True))
    assert found("FIT114", fit(GOOD, layer_records=layers)) == ()


def test_all_layers_frozen_is_confirmed_even_with_a_known_backbone():
    layers = tuple(dense(name, trainable=False, cls="Conv2D") for name in BACKBONE)
    case = fit(AT_CHANCE, layer_records=layers, **curves(FLAT))
    assert one("FIT114", case).status == "confirmed"


def test_a_trainable_layer_that_did_not_move_is_suspected():
    still = moved(0.0, has_gradient=True)["layers"][0]
    other = LayerMeasured("dense_2", "Dense", has_weights=True, moved=0.4)
    case = fit(of_model={"layers": (still, other)})
    assert "dense_1" in one("FIT114", case).message


def test_a_layer_without_gradient_is_left_to_the_check_of_its_branch():
    still = moved(0.0, has_gradient=False)["layers"][0]
    other = LayerMeasured("dense_2", "Dense", has_weights=True, moved=0.4)
    assert found("FIT114", fit(of_model={"layers": (still, other)})) == ()


# ---- FIT115, FIT116


@pytest.mark.parametrize(
    ("arguments", "changes", "words"),
    [
        ({"validation_split": "0.2", "validation_data": "(ndarray)"}, {}, "validation_split=0.2"),
        ({"validation_steps": "5"}, {"validation": None}, "validation_steps=5"),
        (
            {"batch_size": "64"},
            {"train": DataRecord("train", "tf.data", 1408, 32, 44)},
            "come by 32",
        ),
        (
            {"shuffle": "False"},
            {"train": DataRecord("train", "tf.data", 1408, 32, 44, shuffled=True)},
            "shuffle=False",
        ),
    ],
)
def test_an_argument_that_is_ignored_without_loss_is_harmless(arguments, changes, words):
    finding = one("FIT115", example_case(changes={"arguments": arguments, **changes}))
    assert (finding.status, finding.severity) == ("harmless", "note")
    assert words in finding.message


def test_the_arguments_that_keras_fills_in_are_left_alone():
    given = {
        "batch_size": "None", "epochs": "12", "shuffle": "True", "validation_split": "0.0",
        "validation_data": "(x, y)", "initial_epoch": "0", "steps_per_epoch": "None",
        "validation_steps": "None", "validation_batch_size": "None", "validation_freq": "1",
    }  # fmt: skip
    data = DataRecord("train", "tf.data", 1408, 32, 44, shuffled=True)
    assert found("FIT115", example_case(changes={"arguments": given, "train": data})) == ()


def test_a_fit_that_begins_at_its_end_is_an_error():
    given = {"initial_epoch": "10", "epochs": "10"}
    case = example_case(changes={"arguments": given, "epochs": ()})
    assert one("FIT115", case).severity == "error"


def test_a_fit_that_is_never_validated_is_a_warning():
    epochs = tuple(EpochRecord(i, {"loss": 1.0}, 1.0) for i in range(5))
    case = example_case(changes={"arguments": {"validation_freq": "10"}, "epochs": epochs})
    assert one("FIT115", case).severity == "warning"


def test_early_stopping_on_a_figure_that_is_not_logged_costs_where_the_best_epoch_is_lost():
    watching = (stopping(monitor="val_acc"),)
    assert one("FIT115", example_case(callbacks=watching)).status == "harmless"
    rising = [*FALLING[:6], 1.3, 1.4, 1.5, 1.6, 1.7, 1.8]
    worse = example_case(loss=FALLING, val_loss=rising, rows={}, callbacks=watching)
    assert one("FIT115", worse).severity == "warning"


def test_class_weights_for_classes_that_no_row_has_are_named():
    weights = {"1": 1.0, "2": 4.0}
    case = weighted(weights, 0.8, counts={"0": 1155, "1": 253})
    assert "class_weight of 1 class" in one("FIT115", case).message


def slow(optimizer, rate, best, **told):
    return fit(
        AT_CHANCE,
        compiled={"optimizer": optimizer, **told},
        of_model={**rates(rate, start=best, end=best, end_gain=0.2), **moved(0.01)},
        learning_rates=[rate] * 12,
        **curves(FLAT),
    )


def test_adadelta_at_the_default_of_keras_comes_before_its_rate():
    case = slow("adadelta", 1e-3, 1000.0)
    told = ranked([*found("FIT102", case), *found("FIT116", case)])
    assert [f.code for f in told] == ["FIT116", "FIT102"]


def test_adam_at_a_low_rate_is_no_matter_of_the_optimiser():
    assert found("FIT116", slow("Adam", 1e-6, 1000.0)) == ()


def test_adadelta_at_the_rate_of_its_paper_is_left_alone():
    assert found("FIT116", slow("Adadelta", 1.0, 1000.0)) == ()


def test_plain_sgd_is_a_note_at_its_default_and_nothing_with_momentum():
    assert one("FIT116", slow("SGD", 0.01, 30.0)).severity == "note"
    assert found("FIT116", slow("SGD", 0.01, 30.0, optimizer_config={"momentum": 0.9})) == ()


def test_sgd_at_a_rate_far_below_its_default_is_a_matter_of_the_rate():
    case = slow("SGD", 1e-5, 1000.0)
    assert found("FIT116", case) == ()
    assert one("FIT102", case).status == "confirmed"


# ---- FIT117, FIT118, FIT119

NOISY = (2.31, 2.14, 1.99, 1.82, 1.69, 1.52, 1.41, 1.30, 1.17, 1.08, 1.05, 1.06)


def stopped(callback, *, epochs="100", val_loss=NOISY, half_width=0.06, score=POOR):
    return fit(
        score,
        loss=FALLING,
        val_loss=val_loss,
        rows={},
        half_width=half_width,
        callbacks=(callback,),
        changes={"arguments": {"epochs": epochs}},
    )


def test_early_stopping_within_noise_while_training_falls_is_suspected():
    finding = one("FIT117", stopped(stopping(patience=1)))
    assert finding.status == "suspected"
    assert "FIT103" in finding.explains


def test_early_stopping_on_a_clear_rise_did_its_work():
    rising = (*NOISY[:11], 1.3)
    assert found("FIT117", stopped(stopping(patience=1), val_loss=rising)) == ()


@pytest.mark.parametrize("told", [{"epochs": "12"}, {"score": GOOD}])
def test_a_fit_that_ran_to_its_end_or_came_out_well_was_not_stopped_too_soon(told):
    assert found("FIT117", stopped(stopping(patience=1), **told)) == ()


def test_patience_that_had_not_run_out_did_not_stop_the_fit():
    assert found("FIT117", stopped(stopping(patience=5))) == ()


def test_the_wrong_mode_that_stopped_an_improving_fit_is_confirmed():
    finding = one("FIT117", stopped(stopping(mode="max", patience=3)))
    assert (finding.status, finding.severity) == ("confirmed", "error")


def test_the_wrong_mode_keeps_the_worst_epoch_though_it_never_stopped():
    callback = stopping(mode="max", patience=50, restore_best_weights=True)
    assert one("FIT117", stopped(callback, epochs="12")).status == "confirmed"


def test_the_wrong_mode_of_a_score_is_told_by_its_name():
    case = logging(stopped(stopping(monitor="val_auc", mode="min", patience=2)), "auc", 0.5)
    epochs = tuple(
        dataclasses.replace(e, logs={**e.logs, "val_auc": 0.5 + 0.03 * e.epoch})
        for e in case.fit.epochs
    )
    case = dataclasses.replace(case, fit=dataclasses.replace(case.fit, epochs=epochs))
    assert one("FIT117", case).status == "confirmed"


def test_the_right_mode_given_by_hand_is_left_alone():
    assert found("FIT117", stopped(stopping(mode="min", patience=3))) == ()


STALLED = (2.30, 1.95, 1.62, *[1.60] * 9)


def starving(learning_rates, *, end=None, losses=STALLED, score=POOR):
    model = rates(learning_rates[-1], end=end, end_gain=0.3) if end else {}
    return fit(score, of_model=model, learning_rates=learning_rates, **curves(losses))


def test_a_starved_rate_is_confirmed_by_the_larger_steps_that_the_end_wants():
    assert one("FIT118", starving([1e-3] * 3 + [5e-6] * 9, end=300.0)).status == "confirmed"


def test_a_hundredth_of_the_rate_is_no_famine_unless_larger_steps_show_it():
    assert found("FIT118", starving([1e-3] * 3 + [5e-6] * 9)) == ()


def test_a_thousandth_of_the_rate_is_suspected_without_a_step_test():
    assert one("FIT118", starving([1e-3] * 3 + [5e-7] * 9)).status == "suspected"


def test_a_rate_taken_away_after_the_loss_had_come_to_rest_is_left_alone():
    rested = (2.30, 1.62, 1.61, 1.605, 1.60, 1.60, 1.60, 1.60, 1.60, 1.60, 1.60, 1.60)
    assert found("FIT118", starving([1e-3] * 6 + [5e-7] * 6, losses=rested)) == ()


def test_a_rate_taken_away_from_a_good_fit_is_left_alone():
    assert found("FIT118", starving([1e-3] * 3 + [5e-7] * 9, score=GOOD)) == ()


def augmented(delta, score=(0.86, 0.6), **told):
    return fit(
        score,
        classes=2,
        loss=[0.69] * 12,
        val_loss=[0.6 + 0.01 * (i % 2) for i in range(12)],
        rows={"augmentation": delta},
        compiled={"loss": "'sparse_categorical_crossentropy'"},
        **told,
    )


def test_rows_told_plain_and_not_at_all_transformed_are_confirmed():
    assert one("FIT119", augmented(-0.5)).status == "confirmed"


def test_transforms_that_leave_much_of_the_evidence_are_left_alone():
    assert found("FIT119", augmented(-0.2)) == ()


def test_transforms_of_a_model_that_tells_not_even_plain_rows_are_left_alone():
    assert found("FIT119", augmented(-0.5, score=(0.6, 0.55))) == ()


# ---- damage

ODD = (0.0, -1.0, 1e30, 1e-30, -9_999_999.0, math.nan, math.inf, 0.3)


def damaged(value, draw, share):
    """The same record with some of its numbers and tuples made odd or empty."""
    if dataclasses.is_dataclass(value):
        kept = ("fit", "id", "epoch", "best", "last")
        changes = {
            f.name: _allowed(f, damaged(getattr(value, f.name), draw, share), draw, share)
            for f in dataclasses.fields(value)
            if f.name not in kept
        }
        return dataclasses.replace(value, **changes)
    if isinstance(value, float) and draw.random() < share:
        return draw.choice(ODD)
    if isinstance(value, int) and not isinstance(value, bool) and draw.random() < share:
        return draw.choice((0, 1, -1, 10**9))
    if isinstance(value, tuple):
        return () if draw.random() < share else tuple(damaged(v, draw, share) for v in value)
    if isinstance(value, Mapping):
        empty = draw.random() < share
        return {} if empty else {k: damaged(v, draw, share) for k, v in value.items()}
    return value


def _allowed(field, value, draw, share):
    return None if "None" in str(field.type) and draw.random() < share / 2 else value


@pytest.mark.parametrize("code", CHECKS)
def test_no_damage_to_what_was_measured_makes_a_check_crash_or_ramble(code):
    for seed in range(60):
        draw = random.Random(seed)
        example = draw.choice([CHECKS[code].fires_on, CHECKS[code].silent_on])()
        case = damaged(example, draw, draw.choice([0.01, 0.05, 0.2]))
        for other in CHECKS:
            for finding in found(other, case):
                assert len(finding.message) < 80
                assert 0 <= finding.size <= 1


def test_several_outputs_are_told_apart():
    heads = tuple(
        dataclasses.replace(head(loss), output=name)
        for name, loss in (("a", "categorical_crossentropy"), ("b", "mean_squared_error"))
    )
    targets = tuple(dataclasses.replace(labels("one-hot"), name=name) for name in ("a", "b"))
    scores = {"a": 0.95, "b": 0.4}
    predictions = tuple(
        dataclasses.replace(p, output=name)
        for name, score in scores.items()
        for p in classified(score, score, classes=3)
    )
    case = fit(of_rows={"targets": targets}, of_model={"heads": heads, "predictions": predictions})
    assert "b" in one("FIT109", case).evidence[0]
