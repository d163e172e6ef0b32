"""CUR102 to CUR107: each state is told by its curves and scores, and healthy curves have none."""

import dataclasses
import math
import random

import pytest

from valgap.checks.curve_trends import data_loss, trend
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import explained, referenced, scored
from valgap.evidence.account import Estimate
from valgap.evidence.records import CallbackRecord
from valgap.finding import NotRun
from valgap.ranking import faults
from valgap.registry import load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}
MINE = ("CUR102", "CUR104", "CUR105", "CUR106", "CUR107")


def told(code, case):
    """The finding of a check on a case, or None; a check that crashed fails the test."""
    found = run_check(CHECKS[code], case)
    if isinstance(found, NotRun):
        assert found.detail is None, found.detail
        return None
    return found[0] if found else None


def states(case):
    return [code for code in MINE if told(code, case)]


def falling(epochs, start=1.2, floor=0.25, speed=0.4):
    return [floor + (start - floor) * math.exp(-speed * i) for i in range(epochs)]


def noisy(values, spread, seed=1):
    rng = random.Random(seed)
    return [abs(value * (1 + rng.gauss(0, spread))) for value in values]


def case_of(loss, val_loss=None, predictions=None, reference=None, **changes):
    measured = {"predictions": predictions} if predictions else {}
    rows = {"references": reference} if reference else {}
    return example_case(
        loss=list(loss),
        val_loss=list(val_loss if val_loss is not None else loss),
        measured_model=measured,
        measured_rows=rows,
        **{"rows": {}} | changes,
    )


# Healthy curves


def well_trained():
    loss = falling(20)
    return case_of(loss, [v + 0.03 for v in loss], scored(0.95, 0.93), referenced(0.85))


def arrived():
    loss = [0.1 + 1.2 * math.exp(-i) for i in range(40)]
    return case_of(loss, [v + 0.01 for v in loss], scored(0.97, 0.96), referenced(0.97))


def as_good_as_the_rows_allow():
    loss = [600 + 300 * math.exp(-i) for i in range(30)]
    references = dataclasses.replace(
        referenced(0.4),
        task="regression",
        measure="R2",
        chance=0.0,
        scores={"linear": Estimate(0.4, 0.35, 0.45, 450)},
        within_train=Estimate(0.41, 0.36, 0.46, 1000),
    )
    return case_of(loss, loss, explained(0.42, 0.39), references)


def near_zero():
    loss = [2.3 * 0.5**i + 0.004 for i in range(20)]
    val_loss = noisy([v + 0.002 + 0.0004 * i for i, v in enumerate(loss)], 0.1)
    return case_of(loss, val_loss, scored(0.99, 0.99), referenced(0.95))


def validation_below_near_zero():
    loss = [2.3 * 0.5**i + 0.02 for i in range(20)]
    return case_of(loss, [v / 2 for v in loss], scored(0.99, 0.99), referenced(0.95))


def short():
    return case_of([1.3, 1.1], [1.2, 1.0], scored(0.6, 0.58), referenced(0.62))


def one_epoch():
    case = case_of([1.38, 1.37], None, scored(0.25, 0.25))
    return dataclasses.replace(case, fit=dataclasses.replace(case.fit, epochs=case.fit.epochs[:1]))


def small_validation_set(seed):
    loss = falling(30)
    val_loss = noisy([v + 0.06 for v in loss], 0.15, seed)
    predictions = scored(0.93, 0.86, half_width=0.08)
    return case_of(loss, val_loss, predictions, referenced(0.8, half_width=0.08), half_width=0.08)


def dropout():
    loss = [v + 0.1 for v in falling(20)]
    return case_of(loss, [0.86 * v for v in loss], scored(0.95, 0.93), rows={"noise-layers": -0.08})


def goes_on_from_good_weights():
    loss = [0.11 - 0.0001 * i for i in range(12)]
    return case_of(loss, [0.12] * 11 + [0.121], scored(0.97, 0.96), referenced(0.9))


def frozen_transfer():
    loss = falling(8, 0.9, 0.3)
    predictions = scored(0.9, 0.88, classes=2)
    return case_of(loss, [v * 1.05 for v in loss], predictions, referenced(0.86, classes=2))


def heavily_regularised():
    loss = [v + 0.8 for v in falling(20)]
    rows = {"penalties-train": -0.8, "penalties-validation": 0.8}
    return case_of(loss, [v + 0.02 for v in loss], scored(0.93, 0.92), referenced(0.9), rows=rows)


HEALTHY = {
    "well trained": well_trained,
    "arrived at rest": arrived,
    "noise in the targets": as_good_as_the_rows_allow,
    "losses near 0": near_zero,
    "validation below training near 0": validation_below_near_zero,
    "two epochs": short,
    "one epoch": one_epoch,
    "100 validation rows, 1": lambda: small_validation_set(1),
    "100 validation rows, 2": lambda: small_validation_set(2),
    "100 validation rows, 3": lambda: small_validation_set(3),
    "dropout": dropout,
    "goes on from good weights": goes_on_from_good_weights,
    "frozen transfer": frozen_transfer,
    "heavily regularised": heavily_regularised,
    "nothing measured": example_case,
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_curves_have_no_state(name):
    assert states(HEALTHY[name]()) == []


def random_fit(rng):
    """A fit that goes well: falling losses, a small gap, noise that may go together."""
    n = rng.choice([3, 5, 8, 12, 20, 40])
    start = rng.choice([0.69, 2.3, 500.0])
    loss = falling(n, start, start * rng.choice([0.005, 0.05, 0.3, 0.6]), rng.uniform(0.1, 1))
    spread, kept, error = rng.choice([0.01, 0.05, 0.1]), rng.choice([0, 0.6]), 0.0
    gap, val_loss = rng.choice([0.0, 0.05, 0.1]), []
    for i, value in enumerate(loss):
        error = kept * error + rng.gauss(0, math.sqrt(1 - kept**2))
        val_loss.append(abs(value * (1 + gap * i / n + spread * error)))
    score = rng.uniform(0.6, 0.98)
    predictions = scored(score, score - rng.uniform(0, 0.04))
    return case_of(loss, val_loss, predictions, referenced(score - rng.uniform(0.05, 0.3)))


def test_among_300_fits_that_go_well_at_most_1_in_100_has_a_state():
    rng = random.Random(7)
    fits = [random_fit(rng) for _ in range(300)]
    assert sum(bool(states(fit)) for fit in fits) <= 3


@pytest.mark.parametrize("code", MINE)
@pytest.mark.parametrize("odd", [None, float("nan"), float("inf"), 0.0, -1e30, 1e30])
def test_odd_figures_neither_crash_nor_make_long_messages(code, odd):
    case = CHECKS[code].fires_on()
    for figure, kept in (("loss", 0), ("loss", 11), ("val_loss", 0), ("val_loss", 11)):
        epochs = [
            dataclasses.replace(e, logs={**e.logs, figure: odd}) if e.epoch >= kept else e
            for e in case.fit.epochs
        ]
        spoilt = dataclasses.replace(case.fit, epochs=tuple(epochs))
        found = told(code, dataclasses.replace(case, fit=spoilt))
        assert found is None or len(found.message) < 80


@pytest.mark.parametrize("code", MINE)
@pytest.mark.parametrize("scale", [1e-9, 1e9, 1e30])
def test_messages_stay_short_whatever_the_unit_of_the_loss(code, scale):
    case = CHECKS[code].fires_on()
    loss, val = (list(case.history(name).values()) for name in ("loss", "val_loss"))
    grown = example_case(loss=[v * scale for v in loss], val_loss=[v * scale for v in val])
    found = told(code, dataclasses.replace(case, fit=grown.fit, ledger=grown.ledger))
    assert found is None or len(found.message) < 80


# Trends


def test_a_line_goes_through_most_points_whatever_one_outlier_does():
    line = trend([1.0, 2.0, 3.0, 99.0, 5.0, 6.0, 7.0])
    assert (line.first, line.last) == pytest.approx((1.0, 7.0), abs=1.0)
    assert line.rises < 0.05
    assert line.falls > 0.9


def test_noise_has_no_trend_and_a_constant_is_flat():
    rng = random.Random(3)
    line = trend([rng.gauss(1, 0.1) for _ in range(40)])
    assert min(line.rises, line.falls) > 0.01
    assert trend([0.7] * 9).is_flat


@pytest.mark.parametrize("values", [[], [1.0]])
def test_fewer_than_two_values_have_no_trend(values):
    assert trend(values) is None


def test_the_trend_of_very_many_epochs_is_told_in_time():
    line = trend([1 / (1 + i / 100) for i in range(20_000)])
    assert line.falls < 1e-6


def test_a_penalty_is_taken_out_of_the_loss_where_it_was_traced():
    penalty = [1 / (1 + i) for i in range(12)]
    case = case_of([1.4 + p for p in penalty], rows={"penalties-train": [-p for p in penalty]})
    assert list(data_loss(case).values()) == pytest.approx([1.4] * 12)


# CUR102


def test_underfitting_gives_both_skills_and_names_no_cause():
    found = told("CUR102", CHECKS["CUR102"].fires_on())
    assert found.message == "underfitting: training skill 0.400, a cheap reference 0.867"
    assert (found.status, found.explains) == ("confirmed", ())


def test_a_low_score_that_no_reference_beats_is_what_the_rows_allow():
    assert told("CUR102", case_of(falling(12), None, scored(0.5, 0.48), referenced(0.5))) is None


def test_scores_on_few_rows_that_may_be_equal_are_no_underfitting():
    predictions = scored(0.6, 0.58, half_width=0.15)
    case = case_of(falling(12), None, predictions, referenced(0.8, half_width=0.15))
    assert told("CUR102", case) is None


# CUR104


def test_a_plateau_gives_the_skill_and_that_of_the_reference():
    found = told("CUR104", CHECKS["CUR104"].fires_on())
    assert found.message == "plateau without a gap: validation skill 0.600, a reference 0.893"


@pytest.mark.parametrize(
    ("loss", "predictions", "reference"),
    [
        (falling(12, speed=0.1), scored(0.71, 0.7), 0.92),
        ([1.2 - 0.008 * i for i in range(12)], scored(0.71, 0.7), 0.92),
        (falling(30), scored(0.95, 0.7), 0.92),
        (falling(30), scored(0.71, 0.7), 0.72),
    ],
    ids=["still falling", "slowly all along", "with a gap", "no room"],
)
def test_other_curves_are_no_plateau(loss, predictions, reference):
    assert told("CUR104", case_of(loss, None, predictions, referenced(reference))) is None


def test_what_never_learned_is_not_called_a_plateau():
    case = case_of([1.386] * 11 + [1.387], None, scored(0.25, 0.25), referenced(0.9))
    assert states(case) == ["CUR102", "CUR106"]


# CUR105

FITTED = (1.02, 0.70, 0.5, 0.36, 0.26, 0.19, 0.14, 0.10, 0.075, 0.055, 0.04, 0.03)
RISING = (0.9, 0.74, 0.62, 0.56, 0.54, 0.56, 0.6, 0.64, 0.69, 0.74, 0.79, 0.84)


def test_a_rise_is_told_with_its_ends_and_the_epoch_it_began_at():
    found = told("CUR105", case_of(FITTED, RISING))
    assert found.message == "val_loss rises from 0.540 to 0.834 since epoch 5, loss falls"


@pytest.mark.parametrize(
    ("loss", "val_loss"),
    [
        (FITTED, [v if i < 5 else 0.55 + 0.02 * (i % 2) for i, v in enumerate(RISING)]),
        (FITTED, [0.54 + 0.2 * (v - 0.54) for v in RISING]),
        ([0.5] * 11 + [0.49], RISING),
        (RISING, RISING),
        (FITTED, (0.9, 0.8, 0.7, 0.6, 0.55, 0.5, 0.45, 0.4, 0.5, 0.6, 0.7, 0.8)),
    ],
    ids=["rests", "rises a little", "training stands still", "both rise", "four epochs"],
)
def test_other_curves_do_not_diverge(loss, val_loss):
    assert told("CUR105", case_of(loss, val_loss)) is None


def test_a_rise_within_the_sampling_error_is_none():
    assert told("CUR105", case_of(FITTED, RISING, half_width=0.4)) is None


def test_jumps_without_a_trend_do_not_diverge():
    val_loss = [0.5, 0.3, 0.9, 0.31, 0.35, 1.2, 0.32, 0.4, 0.9, 0.33, 1.1, 0.34]
    assert told("CUR105", case_of(FITTED, val_loss)) is None


@pytest.mark.parametrize("setting", ["restore_best_weights", "save_best_only"])
def test_a_rise_after_the_weights_that_are_kept_is_a_note(setting):
    keeper = CallbackRecord("EarlyStopping", {setting: True})
    assert told("CUR105", case_of(FITTED, RISING, callbacks=(keeper,))).severity == "note"
    dropped = CallbackRecord("EarlyStopping", {setting: False})
    assert told("CUR105", case_of(FITTED, RISING, callbacks=(dropped,))).severity == "warning"


def test_a_loss_that_rises_while_the_scores_are_good_is_a_note():
    assert told("CUR105", case_of(FITTED, RISING, scored(0.98, 0.96))).severity == "note"


# CUR106


def test_a_flat_loss_at_chance_is_not_learning():
    found = told("CUR106", CHECKS["CUR106"].fires_on())
    assert (found.severity, found.status) == ("error", "confirmed")
    assert found.message == "not learning: loss 1.39 at epoch 2, 1.39 at the end, at chance"


def test_a_first_epoch_that_finds_the_best_constant_is_no_learning():
    loss = [8.0, *[1.387 + 0.001 * (i % 3) for i in range(11)]]
    assert told("CUR106", case_of(loss, None, scored(0.25, 0.25)))


def test_a_falling_penalty_does_not_hide_that_nothing_is_learned():
    penalty = [2 / (1 + i) for i in range(12)]
    loss = [1.386 + p for p in penalty]
    rows = {"penalties-train": [-p for p in penalty]}
    assert told("CUR106", case_of(loss, None, scored(0.25, 0.25), rows=rows))
    assert told("CUR106", case_of(loss, None, scored(0.25, 0.25))) is None


@pytest.mark.parametrize(
    ("loss", "predictions"),
    [
        (falling(12), scored(0.25, 0.25)),
        ([0.05] * 11 + [0.049], scored(0.98, 0.97)),
        ([1.386] * 11 + [1.385], None),
        ([1.4, 1.386], scored(0.25, 0.25)),
    ],
    ids=["loss falls", "good weights", "no scores", "two epochs"],
)
def test_a_flat_loss_alone_or_a_chance_score_alone_is_not_enough(loss, predictions):
    assert told("CUR106", case_of(loss, None, predictions)) is None


def test_where_no_reference_finds_anything_either_it_is_a_warning():
    case = case_of([1.386] * 11 + [1.387], None, scored(0.25, 0.25), referenced(0.26))
    assert told("CUR106", case).severity == "warning"


# CUR107


def better(rows, factor=0.6):
    loss = [v + 0.6 for v in falling(12)]
    return case_of(loss, [factor * v for v in loss], rows=rows)


@pytest.mark.parametrize("row", ["noise-layers", "augmentation", "weights", "penalties-train"])
def test_validation_that_is_better_names_the_row_that_makes_it_so(row):
    found = told("CUR107", better({row: -0.35}))
    assert found.severity == "note"
    assert found.message == f"validation better than training by 40 %: {row} makes it so"
    assert found.help.startswith("nothing to mend")


def test_validation_rows_that_are_easier_point_to_the_split():
    found = told("CUR107", better({}))
    assert "generalisation makes it so" in found.message
    assert "split" in found.help


def test_one_lucky_epoch_is_not_better():
    loss = [v + 0.6 for v in falling(12)]
    val_loss = [*[1.05 * v for v in loss[:-1]], 0.5 * loss[-1]]
    assert told("CUR107", case_of(loss, val_loss)) is None


def test_better_within_the_sampling_error_is_not_better():
    loss = [v + 0.6 for v in falling(12)]
    assert told("CUR107", case_of(loss, [0.7 * v for v in loss], half_width=0.3)) is None


def test_notes_leave_a_run_healthy():
    assert not faults([told("CUR107", better({"noise-layers": -0.35}))])
