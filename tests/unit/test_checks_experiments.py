"""Findings that rest on a measured counterfactual carry it as an experiment."""

import dataclasses
import json
import math

import pytest
from damaged_records import looked_at_damaged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references
from valgap.evidence.account import Estimate
from valgap.evidence.records import DataRecord
from valgap.evidence.rows import InputRecord
from valgap.finding import Diagnosis, NotRun
from valgap.registry import load_checks, run_check
from valgap.report.json import render

CHECKS = {c.code: c for c in load_checks()}
LOSS = [0.9 - 0.05 * i for i in range(12)]


def only(code, case):
    told = run_check(CHECKS[code], case)
    assert not isinstance(told, NotRun), told
    (found,) = told
    return found


def changed(case, part, **changes):
    return dataclasses.replace(case, **{part: dataclasses.replace(getattr(case, part), **changes)})


def fed_on_another_scale():
    size = ("image", (28, 28, 1), "float32")
    train = InputRecord("train", "x", *size, 1000, 0.0, 1.0, 0.29, 0.35, features=1)
    held_out = InputRecord(
        "validation", "x", *size, 450, 0.0, 1.0, 0.29, 0.35, features=1,
        fed_low=0.0, fed_high=255.0, fed_mean=73.0, fed_std=90.0,
    )  # fmt: skip
    return example_case(
        loss=LOSS,
        val_loss=[value + 4.0 for value in LOSS],
        rows={"validation-pipeline": 4.0},
        measured_rows={"inputs": (train, held_out)},
        measured_model={"predictions": classified(0.95, 0.94)},
    )


def nothing_left_of_transformed_rows():
    found = dataclasses.replace(
        references(0.85, 0.33, classes=3), transformed=estimate(0.34, 1000, 0.4)
    )
    return example_case(
        rows={"augmentation": -0.01},
        measured_rows={"references": found},
        measured_model={"predictions": classified(0.34, 0.33, classes=3)},
    )


def twins_that_lift_no_score():
    case = CHECKS["DAT103"].fires_on()
    near = dataclasses.replace(
        case.rows.neighbours,
        with_twin={"accuracy": Estimate(0.93, 0.91, 0.95, 350)},
        without={"accuracy": Estimate(0.92, 0.88, 0.96, 100)},
    )
    return changed(case, "rows", neighbours=near)


# The code, the case, the name, the sign of the effect (0: it holds none) and the rows.
CARRIED = [
    ("MOD112", CHECKS["MOD112"].fires_on, "attention-as-mean", 0, 450),
    ("MOD120", CHECKS["MOD120"].fires_on, "steps-permuted", 0, 450),
    ("MOD125", CHECKS["MOD125"].fires_on, "probes-by-layer", 1, 900),
    ("EVL103", CHECKS["EVL103"].fires_on, "validation-clean", 1, 450),
    ("EVL104", CHECKS["EVL104"].fires_on, "noise-left-out", 1, 450),
    ("EVL105", CHECKS["EVL105"].fires_on, "one-temperature", 1, 450),
    ("DAT102", CHECKS["DAT102"].fires_on, "twins-left-out", 1, 450),
    ("DAT103", CHECKS["DAT103"].fires_on, "groups-held-out", 1, 1000),
    ("DAT103", twins_that_lift_no_score, "twins-left-out", 0, 450),
    ("DAT302", fed_on_another_scale, "validation-on-training-scale", 1, 450),
    ("DAT311", CHECKS["DAT311"].fires_on, "border-only", 0, 450),
    ("FIT105", CHECKS["FIT105"].fires_on, "all-rows-scored", -1, 50),
    ("FIT119", CHECKS["FIT119"].fires_on, "transforms-left-out", 1, 450),
    ("FIT119", nothing_left_of_transformed_rows, "transformed-rows-told", -1, 1000),
]
each_carried = pytest.mark.parametrize(
    ("code", "case", "name", "sign", "rows"), CARRIED, ids=[f"{c[0]} {c[2]}" for c in CARRIED]
)


@each_carried
def test_a_finding_carries_what_was_measured(code, case, name, sign, rows):
    made = only(code, case()).experiment
    assert (made.name, made.pairs, made.seconds, made.excluded) == (name, rows, 0.0, ())
    assert all(map(math.isfinite, (made.effect, made.low, made.high)))
    assert made.low <= made.effect <= made.high
    assert (made.low > 0) - (made.high < 0) == sign
    assert made.varied
    assert made.held


def unmeasured(value):
    """The value without any interval, wherever an estimate or a row of the ledger lies in it."""
    if isinstance(value, tuple):
        return tuple(unmeasured(item) for item in value)
    if isinstance(value, dict):
        return {name: unmeasured(item) for name, item in value.items()}
    if not dataclasses.is_dataclass(value):
        return value
    names = {field.name for field in dataclasses.fields(value)}
    if {"low", "high"} <= names and names & {"value", "delta"}:
        return dataclasses.replace(value, low=None, high=None)
    return dataclasses.replace(value, **{n: unmeasured(getattr(value, n)) for n in names})


@each_carried
def test_without_intervals_there_is_no_experiment(code, case, name, sign, rows):
    whole = case()
    parts = {part: unmeasured(getattr(whole, part)) for part in ("ledger", "rows", "model")}
    told = run_check(CHECKS[code], dataclasses.replace(whole, **parts))
    assert isinstance(told, NotRun) or [f for f in told if f.experiment] == []


def test_the_effect_of_twins_is_what_leaving_them_out_takes_off_the_figure():
    found = CHECKS["DAT102"].fires_on().rows.neighbours
    apart, rest = found.with_twin["accuracy"], found.without["accuracy"]
    all_rows = (apart.n * apart.value + rest.n * rest.value) / (apart.n + rest.n)
    made = only("DAT102", CHECKS["DAT102"].fires_on()).experiment
    assert made.effect == pytest.approx(all_rows - rest.value)


def test_twins_proven_by_a_split_by_group_alone_carry_that_split():
    case = CHECKS["DAT103"].fires_on()
    assert only("DAT102", case).experiment.name == "groups-held-out"


def test_frames_are_told_from_steps():
    case = CHECKS["MOD120"].fires_on()
    size = ("frames", (8, 4, 4, 1), "float32", 450, 0.0, 1.0, 0.5, 0.3)
    seen = changed(case, "rows", inputs=(InputRecord("validation", "frames", *size),))
    assert only("MOD120", seen).experiment.name == "frames-permuted"


def test_the_metric_that_random_transforms_move_is_the_one_that_is_shown():
    case = CHECKS["EVL103"].fires_on()
    (account,) = case.accounts()[-1:]
    small, large = (with_row(account, "validation-pipeline", d) for d in (0.001, -0.2))
    accuracy = dataclasses.replace(large, metric="accuracy")
    spoilt = changed(case, "ledger", accounts=(small, accuracy))
    made = only("EVL103", spoilt).experiment
    assert (made.effect, "val_accuracy" in made.varied) == (-0.2, True)


def with_row(account, name, delta, **changes):
    rows = [
        dataclasses.replace(r, delta=delta, low=delta - 0.01, high=delta + 0.01, **changes)
        if r.row == name
        else r
        for r in account.rows
    ]
    return dataclasses.replace(account, rows=tuple(rows))


def test_validation_that_scores_other_rows_than_there_are_holds_weights_alone():
    case = CHECKS["EVL103"].fires_on()
    (account,) = case.accounts()[-1:]
    fewer = with_row(account, "validation-pipeline", 0.08, n=50)
    assert only("EVL103", changed(case, "ledger", accounts=(fewer,))).experiment.held == "weights"


def test_missed_rows_of_a_random_pipeline_are_no_experiment_of_their_own():
    random = DataRecord("validation", "ImageDataGenerator", 100, 10, 5, transforms="known")
    found = only("FIT105", changed(CHECKS["FIT105"].fires_on(), "fit", validation=random))
    assert found.experiment is None


# The fixture is a function without a state, the same for all examples.
SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


def no_number(name):
    raise AssertionError(f"{name} in the JSON")


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(case=st.sampled_from(CARRIED), data=st.data())
def test_damaged_evidence_never_gives_a_number_that_is_none(make_run, case, data):
    code, make = case[:2]
    found = tuple(looked_at_damaged(CHECKS[code], make(), data))
    for made in (f.experiment for f in found if f.experiment):
        assert all(map(math.isfinite, (made.effect, made.low, made.high)))
        assert made.low <= made.effect <= made.high
    text = render(make_run(example_case()), Diagnosis(found))
    json.loads(text, parse_constant=no_number)
