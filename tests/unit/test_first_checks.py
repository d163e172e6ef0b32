"""The first nine checks: healthy runs stay silent, each fault is named and not another."""

import dataclasses
import random
import re

import pytest

from valgap.checks.example_case import example_case
from valgap.evidence.account import Estimate, SharedRows
from valgap.evidence.records import CallbackRecord
from valgap.evidence.store import StoredRun
from valgap.ranking import stands
from valgap.registry import Case, diagnose, load_checks

BN = ("Conv2D", "BatchNormalization", "Conv2D", "BatchNormalization", "Flatten", "Dense")
DROPOUT_BN = ("Conv2D", "Dropout", "Conv2D", "BatchNormalization", "Dense")
LOSS = (1.02, 0.74, 0.58, 0.48, 0.42, 0.38, 0.35, 0.33, 0.315, 0.30, 0.29, 0.285)


def told(case):
    run = StoredRun(None, None, (case.fit,), (case.ledger,) if case.ledger else ())
    return diagnose(run)


def codes(case):
    return [f.code for f in told(case).findings if stands(f)]


def finding(case, code):
    return next(f for f in told(case).findings if f.code == code)


def with_gap(rows, extra=0.04, loss=LOSS):
    """Validation losses that lie above training by the sum of some rows."""
    return [
        value + extra + sum(d if isinstance(d, float) else d[i] for d in rows.values())
        for i, value in enumerate(loss)
    ]


def noisy(values, spread, seed=1):
    rng = random.Random(seed)
    return [value + rng.gauss(0, spread) for value in values]


def dropout_network():
    rows = {"epoch-averaging": -0.01, "noise-layers": -0.09}
    return example_case(rows=rows, val_loss=[v * 0.95 for v in LOSS])


def small_validation_set(seed):
    val_loss = noisy(with_gap({}, 0.05), 0.03, seed)
    return example_case(val_loss=val_loss, validation_rows=100, half_width=0.09)


def slight_overfitting(share):
    val_loss = [v * (1 + share * i / 11) for i, v in enumerate(LOSS)]
    return example_case(rows={"epoch-averaging": -0.005}, val_loss=val_loss)


def regression():
    loss = [40.0 * 0.8**i + 9.0 for i in range(30)]
    val_loss = noisy([v * 1.07 for v in loss], 0.3)
    return example_case(
        loss=loss, val_loss=val_loss, rows={"epoch-averaging": -0.4}, half_width=0.8
    )


def settled_batch_norm():
    rows = {"epoch-averaging": -0.02, "batch-statistics": 0.012}
    return example_case(
        rows=rows, val_loss=with_gap(rows), closes={"training": 0.7, "inference": 0.7}, layers=BN
    )


def falling_to_nothing():
    loss = [2.3 * 0.5**i + 0.004 for i in range(14)]
    val_loss = noisy([v + 0.004 for v in loss], 0.0015)
    return example_case(loss=loss, val_loss=[abs(v) for v in val_loss], rows={}, half_width=0.003)


HEALTHY = {
    "as it comes": example_case,
    "dropout": dropout_network,
    "validation 100 rows, 1": lambda: small_validation_set(1),
    "validation 100 rows, 2": lambda: small_validation_set(2),
    "validation 100 rows, 3": lambda: small_validation_set(3),
    "5 % above training": lambda: slight_overfitting(0.05),
    "10 % above training": lambda: slight_overfitting(0.10),
    "regression": regression,
    "batch norm that has settled": settled_batch_norm,
    "loss near 0": falling_to_nothing,
    "no rows shared": lambda: example_case(shared=SharedRows(1408, 450, 0, 0)),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_gives_cur108_alone(name):
    assert codes(HEALTHY[name]()) == ["CUR108"]


def test_without_validation_data_nothing_is_said_and_the_reasons_are_given():
    diagnosis = told(example_case(val_loss=None))
    assert diagnosis.findings == ()
    assert {n.reason for n in diagnosis.not_run} >= {"the fit has no validation data"}


def test_healthy_says_how_many_checks_could_not_be_made():
    message = finding(example_case(), "CUR108").message
    made, missed = map(int, re.findall(r"\d+", message))
    assert message == f"healthy: nothing found in {made} checks; {missed} could not be made"
    assert made + missed == len(load_checks()) - 1


# MOD106 and MOD108

LATE = (0.0, 0.0, 0.1, 0.1, 3.2, 0.1, 0.0, 5.1, 0.1, 0.0, 2.7, 0.1)
EARLY = (0.9, 5.6, 4.2, 3.0, 1.6, 0.9, 0.4, 0.1, 0.1, 0.0, 0.0, 0.0)
AT_THE_END = (0.9, 5.6, 0.2, 3.1, 0.1, 2.8, 0.2, 4.3, 0.1, 0.2, 3.0, 2.4)


def lagging(lag, training=0.97, inference=0.99, layers=BN, **more):
    rows = {"batch-statistics": lag, "noise-layers": -0.02}
    return example_case(
        rows=rows,
        val_loss=with_gap(rows),
        closes={"training": training, "inference": inference},
        layers=layers,
        **more,
    )


@pytest.mark.parametrize("lag", [LATE, EARLY, AT_THE_END])
@pytest.mark.parametrize("layers", [BN, DROPOUT_BN])
def test_lag_is_named_first_confirmed_with_dropout_excluded_and_without_overfitting(lag, layers):
    found = told(lagging(lag, layers=layers)).findings
    assert (found[0].code, found[0].status) == ("MOD106", "confirmed")
    assert found[0].experiment.excluded == ("MOD108",)
    assert not {"CUR101", "CUR108", "MOD108"} & {f.code for f in found}


def test_lag_shows_validation_loss_before_and_after():
    assert finding(lagging(AT_THE_END), "MOD106").message == (
        "batch-norm statistics lag: val_loss 6.36, re-estimated 0.93"
    )


def test_lag_at_the_kept_epochs_is_an_error_and_elsewhere_a_warning():
    assert finding(lagging(AT_THE_END), "MOD106").severity == "error"
    assert finding(lagging(LATE), "MOD106").severity == "warning"


def test_lag_that_passes_with_the_first_epochs_is_a_note():
    first = (2.9, 0.9, *(0.0,) * 10)
    assert finding(lagging(first), "MOD106").severity == "note"


def test_lag_explains_that_validation_jumps():
    found = told(lagging(LATE)).findings
    assert [f.code for f in found if f.family in ("MOD", "CUR")] == ["MOD106", "CUR103"]
    assert finding(lagging(LATE), "MOD106").explains == ("CUR103",)
    assert "from batch-statistics" in finding(lagging(LATE), "CUR103").message


def test_lag_tells_early_from_late_by_its_steps():
    early = finding(lagging(EARLY, momentum=0.99), "MOD106").evidence
    late = finding(lagging(LATE, momentum=0.9), "MOD106").evidence
    assert "epoch 2 of 12: 44 steps against a time constant of 100; the start is not" in str(early)
    assert "epoch 11 of 12: 242 steps against a time constant of 10; they trail" in str(late)


def test_a_lag_with_dropout_upstream_that_was_not_tested_is_suspected():
    case = lagging(AT_THE_END, layers=DROPOUT_BN)
    made = tuple(r for r in case.ledger.reestimations if r.condition == "training")
    case = Case(case.fit, dataclasses.replace(case.ledger, reestimations=made))
    assert finding(case, "MOD106").status == "suspected"


SHIFT = (0.2, 0.5, 0.7, 0.9, 1.2, 1.5, 1.7, 2.0, 2.2, 2.4, 2.6, 2.7)


def test_variance_shift_is_named_first_confirmed_with_lag_excluded_and_without_overfitting():
    found = told(lagging(SHIFT, training=0.02, inference=0.95, layers=DROPOUT_BN)).findings
    assert (found[0].code, found[0].status) == ("MOD108", "confirmed")
    assert found[0].experiment.excluded == ("MOD106",)
    assert not {"CUR101", "CUR108", "MOD106"} & {f.code for f in found}


def test_no_dropout_upstream_shifts_no_variance():
    assert "MOD108" not in codes(lagging(SHIFT, training=0.02, inference=0.95, layers=BN))


def test_a_deficit_that_neither_re_estimation_closes_is_laid_on_neither():
    found = codes(lagging(SHIFT, training=0.1, inference=0.2, layers=DROPOUT_BN))
    assert not {"MOD106", "MOD108"} & set(found)


def test_a_deficit_that_both_close_in_halves_is_laid_on_both():
    found = told(lagging(SHIFT, training=0.5, inference=1.0, layers=DROPOUT_BN)).findings
    assert {(f.code, f.status, f.experiment.excluded) for f in found if f.family == "MOD"} == {
        ("MOD106", "confirmed", ()),
        ("MOD108", "confirmed", ()),
    }


def test_a_deficit_between_the_two_is_inconclusive():
    found = told(lagging(SHIFT, training=0.45, inference=0.9, layers=DROPOUT_BN)).findings
    assert [(f.code, f.status) for f in found if f.family == "MOD"] == [("MOD108", "inconclusive")]


def test_a_row_inside_its_interval_is_no_lag():
    case = lagging((0.3,) * 12, half_width=0.5)
    assert not {"MOD106", "MOD108"} & set(codes(case))


# EVL103 and EVL104


@pytest.mark.parametrize(
    ("delta", "half_width", "status"),
    [(0.10, 0.02, "confirmed"), (0.0, 0.0, "harmless"), (0.03, 0.05, "inconclusive")],
)
def test_augmented_validation_is_judged_by_what_it_changes(delta, half_width, status):
    rows = {"validation-pipeline": delta}
    case = example_case(
        rows=rows,
        val_loss=with_gap(rows),
        half_width=half_width,
        transforms="known",
        transform_names=("zoom_range",),
    )
    assert finding(case, "EVL103").status == status


def test_harmless_augmentation_of_validation_leaves_a_run_healthy():
    case = example_case(rows={}, transforms="known", transform_names=("horizontal_flip",))
    assert codes(case) == ["CUR108"]
    assert finding(case, "EVL103").status == "harmless"


def test_an_opaque_random_pipeline_is_suspected():
    assert finding(example_case(transforms="opaque"), "EVL103").status == "suspected"


@pytest.mark.parametrize("transforms", ["none", "unknown"])
def test_a_pipeline_that_was_not_seen_to_be_random_is_left_alone(transforms):
    case = example_case(rows={"validation-pipeline": 0.1}, transforms=transforms)
    assert "EVL103" not in codes(case)


def test_weights_that_make_a_gap_are_named():
    loss = [5 * v for v in LOSS]
    case = example_case(
        loss=loss, val_loss=[v + 0.01 for v in LOSS], rows={"weights": [-4 * v for v in LOSS]}
    )
    assert finding(case, "EVL104").message == "weights makes the gap of -1.13, not new rows"


def test_dropout_that_hides_a_gap_is_told_with_both_gaps():
    loss = [v + 0.6 for v in LOSS]
    case = example_case(loss=loss, val_loss=loss, rows={"noise-layers": -0.62})
    message = finding(case, "EVL104").message
    assert message == "training mode hides a gap: logged 0.00, like for like +0.620"


@pytest.mark.parametrize("noise", [-0.02, -0.06, -0.1, -0.13])
def test_a_network_with_dropout_has_comparable_figures(noise):
    assert "EVL104" not in codes(example_case(rows={"noise-layers": noise}))


SLOPE = [1.0 - i / 100 for i in range(12)]


def test_batch_statistics_that_make_a_gap_are_named_though_it_is_no_half_of_the_loss():
    rows = {"batch-statistics": 0.4}
    made = example_case(loss=SLOPE, val_loss=[v + 0.4 for v in SLOPE], rows=rows)
    assert "batch-statistics makes the gap" in finding(made, "EVL104").message


def test_penalties_that_are_much_of_both_losses_are_named():
    rows = {"penalties-train": -0.3, "penalties-validation": 0.3}
    case = example_case(loss=SLOPE, val_loss=SLOPE, rows=rows)
    assert finding(case, "EVL104").message == "penalties of 0.300 in both losses at epoch 1"


def test_penalties_that_cancel_hide_no_gap():
    rows = {"penalties-train": -0.2, "penalties-validation": 0.2}
    low = [0.35 - i / 100 for i in range(12)]
    told = finding(example_case(loss=low, val_loss=low, rows=rows), "EVL104").message
    assert told.startswith("penalties of")


def test_small_penalties_are_left_alone():
    rows = {"penalties-train": -0.05, "penalties-validation": 0.05}
    case = example_case(loss=SLOPE, val_loss=SLOPE, rows=rows)
    assert "EVL104" not in codes(case)


# CUR103


def test_two_jumps_or_one_of_a_factor_of_three_make_validation_volatile():
    calm = list(with_gap({}, 0.05))
    one, two, great = list(calm), list(calm), list(calm)
    one[6] *= 2
    two[6] *= 2
    two[9] *= 2
    great[6] *= 3.5
    found = ["CUR103" in codes(example_case(val_loss=v)) for v in (calm, one, two, great)]
    assert found == [False, False, True, True]


def test_jumps_within_the_sampling_error_are_none():
    values = list(with_gap({}, 0.05))
    values[6] *= 2
    values[9] *= 2
    assert "CUR103" not in codes(example_case(val_loss=values, half_width=0.4))


@pytest.mark.parametrize(
    "val_loss",
    [
        (2.3, 1.2, 0.7, 0.5, 0.4, 0.38, 0.36, 0.35, 0.34, 0.34, 0.33, 0.33),
        (2.0, 2.0, 2.0, 2.0, 2.0, 0.6, 0.6, 0.6, 0.55, 0.55, 0.5, 0.5),
        (0.5, 0.45, 0.42, 0.45, 0.52, 0.6, 0.72, 0.85, 0.98, 1.1, 1.25, 1.4),
    ],
    ids=["falling", "stepping down", "diverging"],
)
def test_a_curve_that_falls_steps_or_rises_does_not_jump(val_loss):
    assert "CUR103" not in codes(example_case(val_loss=val_loss))


# CUR101

OVERFIT = (0.9, 0.74, 0.62, 0.56, 0.54, 0.56, 0.6, 0.64, 0.69, 0.74, 0.79, 0.84)
FITTED = (1.02, 0.70, 0.5, 0.36, 0.26, 0.19, 0.14, 0.10, 0.075, 0.055, 0.04, 0.03)


def overfitted(**changes):
    settings = {"loss": FITTED, "val_loss": OVERFIT, "rows": {"noise-layers": -0.01}}
    return example_case(**settings | changes)


def test_overfitting_is_said_with_the_share_of_the_gap():
    assert finding(overfitted(), "CUR101").message == (
        "overfitting: generalisation carries 101 % of the gap of 0.810 in val_loss"
    )


@pytest.mark.parametrize("row", ["batch-statistics", "validation-pipeline"])
def test_overfitting_is_not_said_where_another_row_carries_more(row):
    share = [0.6 * (v - t) for v, t in zip(OVERFIT, FITTED, strict=True)]
    assert "CUR101" not in codes(overfitted(rows={row: share}))


def test_overfitting_is_not_said_where_the_row_could_not_be_told_from_the_one_before():
    case = overfitted(unmeasured={"batch-statistics": "inside generalisation: opaque"})
    diagnosis = told(case)
    assert "CUR101" in {n.code for n in diagnosis.not_run}


def test_overfitting_is_not_said_within_its_interval():
    assert "CUR101" not in codes(overfitted(half_width=0.9))


def test_a_gap_that_was_there_from_the_start_and_does_not_grow_is_no_overfitting():
    val_loss = [v + 0.4 for v in LOSS]
    assert "CUR101" not in codes(example_case(val_loss=val_loss, rows={}))


def test_five_points_of_accuracy_are_overfitting_too():
    loss = [v + 0.5 for v in LOSS]
    val_loss = [v + 0.02 * i for i, v in enumerate(loss)]
    scores = {"accuracy": [0.9 + i / 120 for i in range(12)], "val_accuracy": [0.88] * 12}
    assert "CUR101" not in codes(example_case(loss=loss, val_loss=val_loss, rows={}))
    assert "CUR101" in codes(example_case(loss=loss, val_loss=val_loss, rows={}, **scores))


# DAT101


def shared(number, loss_without, searched=450):
    return SharedRows(
        1408,
        searched,
        number,
        number,
        all_rows={"loss": 0.32},
        with_shared={"loss": 0.1},
        without={"loss": Estimate(loss_without, loss_without - 0.1, loss_without + 0.1, 300)},
    )


def lifted(all_rows, with_shared):
    rest = {"accuracy": Estimate(0.87, 0.835, 0.905, 360)}
    return SharedRows(
        1408, 450, 90, 90, all_rows={"accuracy": all_rows},
        with_shared={"accuracy": with_shared}, without=rest,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "status", "severity"),
    [
        (shared(90, 0.39), "confirmed", "error"),
        (shared(90, 0.325), "harmless", "warning"),
        (shared(1, 0.321), "harmless", "note"),
        (SharedRows(1408, 450, 90, 90), "suspected", "warning"),
    ],
)
def test_shared_rows_are_judged_by_what_leaving_them_out_changes(found, status, severity):
    told_ = finding(example_case(shared=found), "DAT101")
    assert (told_.status, told_.severity) == (status, severity)


def test_shared_rows_left_out_are_an_experiment_with_its_interval():
    """A fifth of the rows at .97, the rest at .87 +- .035: .02, +- .2 of .035 and .07 together."""
    told_ = finding(example_case(shared=lifted(0.89, 0.97)), "DAT101")
    made = told_.experiment
    assert (told_.status, made.name, made.pairs) == ("confirmed", "shared-rows-left-out", 450)
    half = 0.2 * (0.035**2 + 0.07**2) ** 0.5
    assert (made.effect, made.low, made.high) == pytest.approx((0.02, 0.02 - half, 0.02 + half))


def test_shared_rows_are_weighed_by_the_rows_that_were_scored():
    """2,000 of 10,000 rows were found by their hash, and a sample of them was scored."""
    sampled = dataclasses.replace(lifted(0.89, 0.97), searched_validation=10_000, shared=2000)
    made = finding(example_case(shared=sampled), "DAT101").experiment
    assert made.effect == pytest.approx(0.02)


def test_copies_of_one_row_are_one_row():
    copies = dataclasses.replace(lifted(0.89, 0.97), distinct=1)
    told_ = finding(example_case(shared=copies), "DAT101")
    assert told_.status == "suspected"
    assert told_.experiment.low < 0 < told_.experiment.high


def test_shared_rows_that_score_worse_flatter_nothing():
    assert finding(example_case(shared=lifted(0.80, 0.52)), "DAT101").status == "suspected"


def test_shared_rows_without_a_figure_are_no_experiment():
    found = SharedRows(1408, 450, 90, 90)
    assert finding(example_case(shared=found), "DAT101").experiment is None


# FIT113


@pytest.mark.parametrize(
    "callback",
    [
        CallbackRecord("EarlyStopping", {"restore_best_weights": True}),
        CallbackRecord("ModelCheckpoint", {"save_best_only": True}),
        CallbackRecord("ModelCheckpoint", {"filepath": "w_{epoch:02d}.keras"}),
    ],
)
def test_a_best_epoch_that_is_kept_is_left_alone(callback):
    assert "FIT113" in codes(overfitted())
    assert "FIT113" not in codes(overfitted(callbacks=(callback,)))


@pytest.mark.parametrize(
    "callback",
    [
        CallbackRecord("EarlyStopping", {"restore_best_weights": False}),
        CallbackRecord("ModelCheckpoint", {"save_best_only": False}),
    ],
)
def test_a_callback_that_keeps_only_the_last_epoch_does_not_help(callback):
    assert "FIT113" in codes(overfitted(callbacks=(callback,)))


def test_a_last_epoch_of_twice_the_best_is_noted_though_validation_jumps_anyway():
    jumping = [0.5 + (0.9 if i % 2 else 0.0) for i in range(12)]
    assert finding(example_case(val_loss=jumping, rows={}), "FIT113").severity == "note"


def test_a_last_epoch_within_the_usual_changes_is_not_worse():
    up_and_down = [0.5 + (0.1 if i % 2 else 0.0) for i in range(12)]
    assert "FIT113" not in codes(example_case(val_loss=up_and_down, rows={}))


def test_a_last_epoch_that_is_the_best_has_passed_without_a_comparison():
    case = example_case()
    alone = Case(case.fit, dataclasses.replace(case.ledger, epoch_pairs=()))
    assert "FIT113" in told(alone).passed
    worse = overfitted()
    alone = Case(worse.fit, dataclasses.replace(worse.ledger, epoch_pairs=()))
    assert "FIT113" in {n.code for n in told(alone).not_run}
