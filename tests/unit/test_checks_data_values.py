"""DAT301 to DAT312: what the rows hold, told as a cause only where the run is in trouble."""

import dataclasses

import pytest

from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references, regressed
from valgap.evidence.account import Estimate
from valgap.evidence.model import HeadRecord, LayerMeasured
from valgap.evidence.records import LayerRecord
from valgap.evidence.rows import (
    Drift,
    FilesRecord,
    GivenGroups,
    InputRecord,
    Neighbours,
    TargetRecord,
)
from valgap.finding import NotRun
from valgap.registry import load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}
MINE = [code for code in CHECKS if code.startswith("DAT3")]
BYTES = {"low": 0.0, "high": 255.0, "mean": 73.0, "std": 90.0}
UNIT = {"low": 0.0, "high": 1.0, "mean": 0.29, "std": 0.35}


def finding(code, case):
    """The finding of a check on a case, or None; a check that crashed fails the test."""
    found = run_check(CHECKS[code], case)
    if isinstance(found, NotRun):
        assert found.detail is None, found.detail
        return None
    return found[0] if found else None


def loud(case):
    """The codes of my checks that stand as errors or warnings."""
    found = {code: finding(code, case) for code in MINE}
    return [
        code
        for code, f in found.items()
        if f and f.severity != "note" and f.status not in ("harmless", "refuted")
    ]


def given(split="train", kind="image", shape=(28, 28, 1), rows=1000, name="x", **numbers):
    told = UNIT | numbers
    ends = [told.pop(key) for key in ("low", "high", "mean", "std")]
    return InputRecord(split, name, kind, shape, "float32", rows, *ends, features=shape[-1], **told)


def layer(name="conv2d_0", cls="Conv2D", seen=UNIT, **more):
    return LayerMeasured(
        name, cls, has_weights=True, input_low=seen["low"], input_high=seen["high"],
        input_std=seen["std"], **{"activation": "relu"} | more,
    )  # fmt: skip


def case_of(inputs=(), layers=(), predictions=(), rows=None, model=None, **changes):
    held = {"inputs": tuple(inputs)} if inputs else {}
    known = {"layers": tuple(layers)} if layers else {}
    if predictions:
        known["predictions"] = predictions
    return example_case(
        measured_rows=held | (rows or {}), measured_model=known | (model or {}), **changes
    )


def unlearned(**more):
    return classified(0.53, 0.52, **more)


# DAT301


def test_bytes_into_a_network_that_learns_nothing_are_a_suspected_cause_of_it():
    found = finding("DAT301", case_of([given(**BYTES)], [layer(seen=BYTES)], unlearned()))
    assert (found.status, found.severity) == ("suspected", "warning")
    assert {"MOD114", "MOD117", "CUR106", "EVL102"} <= set(found.explains)
    assert "what settles it" in found.evidence[-1]


def test_bytes_into_a_network_that_does_well_are_harmless():
    case = case_of([given(**BYTES)], [layer(seen=BYTES)], classified(0.97, 0.96))
    assert finding("DAT301", case).status == "harmless"


def test_bytes_into_a_network_that_overfits_are_not_its_cause():
    case = case_of([given(**BYTES)], [layer(seen=BYTES)], classified(0.99, 0.7))
    assert finding("DAT301", case) is None


def test_bytes_where_a_reference_does_no_better_are_not_named():
    case = case_of(
        [given(**BYTES)],
        [layer(seen=BYTES)],
        classified(0.69, 0.66),
        {"references": references(0.68, 0.66)},
    )
    assert finding("DAT301", case) is None


@pytest.mark.parametrize("cls", ["BatchNormalization", "Normalization", "LayerNormalization"])
def test_bytes_that_the_first_layer_normalises_are_scaled(cls):
    first = layer("first", cls, BYTES, activation=None)
    case = case_of([given(**BYTES)], [first, layer()], unlearned())
    assert finding("DAT301", case) is None


def test_batch_normalisation_behind_the_first_convolution_makes_bytes_harmless():
    layers = [layer(seen=BYTES), layer("bn", "BatchNormalization", activation=None)]
    assert finding("DAT301", case_of([given(**BYTES)], layers, unlearned())).status == "harmless"


def test_batch_normalisation_behind_a_saturating_layer_does_not():
    layers = [layer(seen=BYTES, activation="tanh"), layer("bn", "BatchNormalization")]
    assert finding("DAT301", case_of([given(**BYTES)], layers, unlearned())).status == "suspected"


def test_tokens_that_are_looked_up_have_no_scale():
    tokens = {"low": 0.0, "high": 19_999.0, "mean": 800.0, "std": 2100.0}
    for kind, cls in (("other", "PositionalEmbedding"), ("table", "Embedding")):
        first = layer("embedding", cls, tokens, activation=None)
        case = case_of([given(kind=kind, shape=(200,), **tokens)], [first], unlearned())
        assert finding("DAT301", case) is None


def test_a_frozen_first_layer_is_left_to_its_own_preprocessing():
    first = layer(seen={"low": -124.0, "high": 151.0, "std": 62.0}, trainable=False)
    case = case_of([given(**BYTES)], [first], unlearned())
    assert finding("DAT301", case) is None


def test_a_known_backbone_is_left_to_its_own_preprocessing():
    names = ("block1_conv1", "block1_conv2", "block2_conv1")
    records = tuple(LayerRecord(n, "Conv2D", n, "plain", True, 100) for n in names)
    first = layer("block1_conv1", seen={"low": -124.0, "high": 151.0, "std": 62.0})
    case = case_of([given(**BYTES)], [first], unlearned(), layer_records=records)
    assert finding("DAT301", case) is None


def test_sparse_counts_with_a_few_large_ones_are_not_large():
    counts = {"low": 0.0, "high": 60.0, "mean": 0.05, "std": 0.4}
    words = given(kind="table", shape=(5000,), **counts)
    case = case_of([words], [layer("dense", "Dense", counts)], unlearned())
    assert finding("DAT301", case) is None


def features(spreads, **more):
    widest = max(spreads)
    numbers = {"low": -3 * widest, "high": 3 * widest, "mean": 0.0, "std": widest / 2}
    table = given(kind="table", shape=(len(spreads),), feature_std=tuple(spreads), **numbers | more)
    return case_of([table], [layer("dense", "Dense", numbers)], unlearned())


def test_features_of_very_different_spread_are_named():
    found = finding("DAT301", features([4.0, 0.01, 0.01, 0.02, 0.008]))
    assert found.message == "features not scaled: the widest spreads 400 times the median one"


def test_a_rare_flag_among_standardised_features_is_no_fault():
    assert finding("DAT301", features([1.0, 1.0, 0.9, 0.01, 1.0])) is None


def test_of_several_inputs_the_unscaled_one_is_named():
    table = given(name="table", kind="table", shape=(4,), low=0.0, high=90_000.0, mean=2e4, std=1e4)
    layers = [layer(), layer("dense", "Dense", {"low": 2.0, "high": 88_000.0, "std": 1.1e4})]
    found = finding("DAT301", case_of([given(), table], layers, unlearned()))
    assert found.scope.layer == "dense"


def test_a_rate_of_usual_size_is_explained_by_unscaled_inputs_and_an_unusual_one_is_not():
    for rate, is_explained in ((0.001, True), (0.3, False)):
        case = case_of(
            [given(**BYTES)], [layer(seen=BYTES)], unlearned(), learning_rates=[rate] * 12
        )
        assert ("FIT101" in finding("DAT301", case).explains) is is_explained


# DAT306


def test_pictures_divided_before_the_model_and_in_it_are_named_and_not_as_unscaled():
    tiny = {"low": 0.0, "high": 1 / 255, "mean": 0.001, "std": 0.0014}
    case = case_of([given()], [layer(seen=tiny)], unlearned())
    assert loud(case) == ["DAT306"]


def test_bytes_divided_twice_before_the_model_are_named_in_a_flat_table_too():
    twice = {"low": 0.0, "high": 1 / 255, "mean": 0.0011, "std": 0.0014}
    flat = given(kind="table", shape=(784,), **twice)
    case = case_of([flat], [layer("dense", "Dense", twice)], unlearned())
    assert loud(case) == ["DAT306"]


def test_small_numbers_of_another_origin_are_unscaled_and_not_scaled_twice():
    returns = {"low": -0.0071, "high": 0.0083, "mean": 0.0, "std": 0.0012}
    series = given(kind="series", shape=(30, 4), **returns)
    case = case_of([series], [layer("lstm", "LSTM", returns)], unlearned())
    assert loud(case) == ["DAT301"]


def test_pictures_scaled_to_minus_one_and_one_are_fine():
    seen = {"low": -1.0, "high": 1.0, "mean": -0.4, "std": 0.7}
    assert loud(case_of([given(**BYTES)], [layer(seen=seen)], unlearned())) == []


def test_pictures_scaled_twice_that_are_learned_all_the_same_are_harmless():
    tiny = {"low": 0.0, "high": 1 / 255, "mean": 0.001, "std": 0.0014}
    case = case_of([given()], [layer(seen=tiny)], classified(0.95, 0.94))
    assert finding("DAT306", case).status == "harmless"


# DAT302 and DAT303


def splits(train, validation, predictions, *, kind="image", shape=(28, 28, 1), rows=(1000, 450),
           drift=None, **changes):  # fmt: skip
    sides = [
        given("train", kind, shape, rows[0], **train),
        given("validation", kind, shape, rows[1], **validation),
    ]
    more = {"drift": drift} if drift else {}
    return case_of(sides, (), predictions, more, **changes)


def test_validation_in_bytes_is_confirmed_where_training_was_learned():
    found = finding("DAT302", splits(UNIT, BYTES, classified(0.97, 0.3, classes=10)))
    assert (found.status, found.severity) == ("confirmed", "error")
    assert {"CUR101", "EVL102", "DAT209"} <= set(found.explains)


def test_validation_in_bytes_is_suspected_where_nothing_was_learned():
    assert finding("DAT302", splits(UNIT, BYTES, unlearned())).status == "suspected"


def test_validation_on_another_scale_that_scores_well_is_harmless():
    assert finding("DAT302", splits(UNIT, BYTES, classified(0.97, 0.96))).status == "harmless"


def test_pictures_to_one_in_training_and_from_minus_one_in_validation_are_told():
    from_minus_one = {"low": -1.0, "high": 1.0, "mean": -0.42, "std": 0.7}
    assert finding("DAT302", splits(UNIT, from_minus_one, classified(0.97, 0.4)))


def test_darker_validation_pictures_between_the_same_ends_are_no_other_scale():
    dark = UNIT | {"mean": 0.11, "std": 0.19}
    assert finding("DAT302", splits(UNIT, dark, classified(0.97, 0.7))) is None


def table_of(mean, std, n=6):
    return {
        "low": mean - 3 * std, "high": mean + 3 * std, "mean": mean, "std": std,
        "feature_mean": (mean,) * n, "feature_std": (std,) * n,
    }  # fmt: skip


def test_a_standardised_table_validated_raw_is_told():
    case = splits(table_of(0.0, 1.0), table_of(52.0, 7.0), classified(0.95, 0.5), kind="table",
                  shape=(6,))  # fmt: skip
    assert finding("DAT302", case).status == "confirmed"


def test_a_table_sorted_by_class_is_no_other_scale():
    counts = ({"0": 900, "1": 100}, {"0": 0, "1": 450})
    targets = tuple(
        dataclasses.replace(target(0.0, 1.0, split=split), counts=held)
        for split, held in zip(("train", "validation"), counts, strict=True)
    )
    case = splits(table_of(0.0, 1.0), table_of(2.6, 0.8), classified(0.95, 0.3), kind="table",
                  shape=(6,))  # fmt: skip
    held = dataclasses.replace(case, rows=dataclasses.replace(case.rows, targets=targets))
    assert finding("DAT302", case) is not None
    assert finding("DAT302", held) is None


def test_ten_rows_of_a_table_are_no_other_scale_by_chance():
    case = splits(table_of(0.0, 1.0), table_of(0.4, 0.6), classified(0.95, 0.6), kind="table",
                  shape=(6,), rows=(1000, 10))  # fmt: skip
    assert finding("DAT302", case) is None


def test_a_price_that_drifts_is_no_other_scale():
    train = {"low": 0.0, "high": 1.0, "mean": 0.4, "std": 0.25}
    later = {"low": 0.9, "high": 1.3, "mean": 1.1, "std": 0.07}
    case = splits(train, later, regressed(0.95, -0.4), kind="series", shape=(60, 1))
    assert finding("DAT302", case) is None


def test_rows_that_stay_apart_when_standardised_differ_by_source_and_not_by_scale():
    drift = Drift(estimate(0.98, 450, 0.1), standardised=estimate(0.94, 450, 0.2))
    case = splits(table_of(0.0, 1.0), table_of(2.5, 1.2), classified(0.95, 0.6), kind="table",
                  shape=(6,), drift=drift)  # fmt: skip
    assert finding("DAT302", case) is None
    found = finding("DAT303", case)
    # Without a reference that loses too, what is lost may have another cause.
    assert (found.status, found.severity) == ("suspected", "note")


def test_a_difference_of_scale_is_not_told_as_one_of_source_too():
    drift = Drift(estimate(0.99, 450, 0.1))
    case = splits(UNIT, BYTES, classified(0.97, 0.3, classes=10), drift=drift)
    assert loud(case) == ["DAT302"]


def fed(delta, half_width=0.02):
    known = {"fed_low": 0.0, "fed_high": 255.0, "fed_mean": 73.0, "fed_std": 90.0}
    sides = [given(), given("validation", rows=450, **known)]
    loss = [0.9 - 0.05 * i for i in range(12)]
    return example_case(
        measured_rows={"inputs": tuple(sides)},
        measured_model={"predictions": classified(0.95, 0.94)},
        loss=loss,
        val_loss=[value + delta for value in loss],
        rows={"validation-pipeline": delta},
        half_width=half_width,
    )


def test_a_generator_without_rescale_is_confirmed_by_the_ledger_though_clean_rows_score_well():
    found = finding("DAT302", fed(4.0))
    assert (found.status, found.severity) == ("confirmed", "error")
    assert found.size > 0.8


def test_rows_fed_on_another_scale_without_an_effect_are_harmless():
    assert finding("DAT302", fed(0.001, half_width=0.005)).status == "harmless"


def test_splits_by_group_may_be_told_apart_in_a_note_alone():
    case = CHECKS["DAT303"].fires_on()
    near = Neighbours(1000, 450, lag_similarity=0.9)
    grouped = dataclasses.replace(case, rows=dataclasses.replace(case.rows, neighbours=near))
    assert finding("DAT303", grouped).severity == "note"


def test_a_split_that_keeps_known_groups_whole_may_be_told_apart_in_a_note_alone():
    case = CHECKS["DAT303"].fires_on()
    for across, severity in ((0, "note"), (3, "warning")):
        groups = GivenGroups(8, 3, across, 20 * across, 450)
        near = Neighbours(1000, 450, given=groups)
        known = dataclasses.replace(case, rows=dataclasses.replace(case.rows, neighbours=near))
        found = finding("DAT303", known)
        assert found.severity == severity
        assert ("keeps groups whole" in found.evidence[-1]) == (not across)


def test_splits_of_two_sources_that_validate_well_are_harmless():
    case = CHECKS["DAT303"].fires_on()
    model = dataclasses.replace(case.model, predictions=classified(0.93, 0.95))
    assert finding("DAT303", dataclasses.replace(case, model=model)).status == "harmless"


def test_two_sources_are_confirmed_by_a_reference_that_loses_between_them():
    assert finding("DAT303", CHECKS["DAT303"].fires_on()).status == "confirmed"


def test_a_slight_difference_of_the_splits_is_not_told():
    drift = Drift(Estimate(0.62, 0.57, 0.67, 450))
    case = splits(UNIT, UNIT, classified(0.97, 0.7), drift=drift)
    assert finding("DAT303", case) is None


# DAT304


def test_one_constant_input_beside_another_in_a_good_run_is_harmless():
    query = given(name="query", kind="table", shape=(64,), rows_differ=False)
    found = finding("DAT304", case_of([given(), query], (), classified(0.95, 0.93)))
    assert (found.status, found.severity) == ("harmless", "note")


def test_one_constant_input_beside_another_in_a_run_that_fails_is_a_warning():
    query = given(name="query", kind="table", shape=(64,), rows_differ=False)
    found = finding("DAT304", case_of([given(), query], (), unlearned()))
    assert (found.status, found.severity) == ("suspected", "warning")


def test_validation_rows_that_are_all_the_same_are_confirmed():
    sides = [given(), given("validation", rows=450, rows_differ=False)]
    found = finding("DAT304", case_of(sides, (), classified(0.98, 0.5)))
    assert (found.status, found.severity) == ("confirmed", "error")


def test_pixels_that_are_always_black_are_not_told():
    flat = given(kind="table", shape=(784,), constant_features=(0, 1, 2), constant_count=67)
    assert finding("DAT304", case_of([flat], (), unlearned())) is None


def test_features_that_move_in_validation_alone_are_told_where_validation_fails():
    still = given(kind="table", shape=(3,), constant_features=(2,), constant_count=1,
                  feature_std=(1.0, 1.0, 0.0))  # fmt: skip
    moves = given("validation", "table", (3,), 450, feature_std=(1.0, 1.0, 0.8))
    assert (
        "never move in training"
        in finding("DAT304", case_of([still, moves], (), classified(0.95, 0.7))).message
    )
    assert finding("DAT304", case_of([still, moves], (), classified(0.95, 0.94))) is None


# DAT305


def test_gaps_that_lose_the_loss_explain_it():
    found = finding("DAT305", CHECKS["DAT305"].fires_on())
    assert (found.status, found.severity) == ("confirmed", "error")
    assert {"FIT112", "CUR106"} <= set(found.explains)


def test_gaps_that_the_model_leaves_out_are_harmless():
    case = case_of([given(non_finite=14, non_finite_rows=9)], (), classified(0.94, 0.93))
    found = finding("DAT305", case)
    assert (found.status, found.severity) == ("harmless", "note")


def test_gaps_in_validation_alone_are_confirmed_by_validation_loss():
    sides = [given(), given("validation", rows=450, non_finite=3, non_finite_rows=1)]
    case = case_of(sides, (), val_loss=[float("nan")] * 12, rows={"inputs": tuple(sides)})
    found = finding("DAT305", case)
    assert found.status == "confirmed"
    assert found.message == "validation input x: 3 values are no numbers"


def test_gaps_in_targets_are_told():
    target = TargetRecord("train", "y", "numbers", (1,), "float32", 1000, non_finite=5)
    case = case_of([given()], rows={"targets": (target,)}, loss=[float("inf")] * 12)
    assert finding("DAT305", case).message == "target y: 5 values are no numbers"


# DAT307 and DAT308


def prices(scale, skill, **head):
    case = CHECKS["DAT307"].fires_on()
    target = TargetRecord("train", "output", "numbers", (1,), "float32", 1000, 0.4 * scale,
                          9.1 * scale, 2.1 * scale, 1.1 * scale)  # fmt: skip
    heads = tuple(dataclasses.replace(h, **head) for h in case.heads())
    return dataclasses.replace(
        case,
        rows=dataclasses.replace(case.rows, targets=(target,)),
        model=dataclasses.replace(case.model, heads=heads, predictions=regressed(skill, skill)),
    )


def test_prices_in_dollars_that_are_not_reached_are_suspected():
    found = finding("DAT307", prices(1e5, -2.1))
    assert (found.status, found.severity) == ("suspected", "error")
    assert any("moves a bias by its rate" in line for line in found.evidence)


def test_prices_in_dollars_that_are_predicted_well_are_harmless():
    assert finding("DAT307", prices(1e5, 0.93)).status == "harmless"


def test_a_bias_that_starts_at_the_mean_brings_targets_within_reach():
    assert finding("DAT307", prices(1e5, 0.2, start_low=1.9e5, start_high=2.2e5)) is None


def test_targets_within_reach_of_the_steps_at_a_usual_rate_are_not_to_blame():
    assert finding("DAT307", prices(8.0, 0.1)) is None  # mean 17, 264 steps


def test_gradient_descent_comes_near_large_targets_or_loses_the_loss():
    def case(loss):
        made = prices(1e5, 0.1)
        logs = [dataclasses.replace(e, logs={"loss": loss}) for e in made.fit.epochs]
        sgd = dataclasses.replace(made.fit.compile, optimizer="SGD")
        return dataclasses.replace(
            made, fit=dataclasses.replace(made.fit, compile=sgd, epochs=tuple(logs))
        )

    assert finding("DAT307", case(4e10)) is None
    assert "FIT112" in finding("DAT307", case(float("nan"))).explains


def test_a_bounded_head_is_a_matter_of_the_head():
    assert finding("DAT307", prices(1e5, -2.1, activation="sigmoid")) is None


def test_tiny_targets_that_are_not_learned_are_told():
    assert finding("DAT307", prices(1e-3, 0.0)) is not None


def test_ordinary_regression_that_is_poor_for_another_reason_is_not_told():
    assert finding("DAT307", prices(1.0, 0.1)) is None


def constant(loss="binary_crossentropy", rows=1000, distinct=1):
    target = TargetRecord("train", "output", "classes", (), "int64", rows, 0.0, 0.0, 0.0, 0.0,
                          distinct, True, {"0": rows})  # fmt: skip
    head = HeadRecord("output", "dense", (1,), "sigmoid", loss, False, "binary")
    return case_of(rows={"targets": (target,)}, model={"heads": (head,)})


def test_one_class_in_all_rows_is_an_error():
    found = finding("DAT308", constant())
    assert (found.status, found.severity) == ("confirmed", "error")


def test_a_target_for_forms_sake_under_a_loss_of_ones_own_is_not_told():
    assert finding("DAT308", constant(loss="triplet_semihard")) is None


def test_a_handful_of_rows_may_be_of_one_class_by_chance():
    assert finding("DAT308", constant(rows=8)) is None


# DAT309


def padded(share, predictions, **mask):
    series = given(kind="series", shape=(200, 6), zero_steps=share, padding_steps=share)
    return case_of([series], [layer("lstm", "LSTM", **mask)], predictions)


def test_padding_that_is_masked_is_not_told():
    assert finding("DAT309", padded(0.9, unlearned(), mask_in=True)) is None


def test_padding_of_a_run_that_does_well_is_harmless():
    assert finding("DAT309", padded(0.9, classified(0.95, 0.94))).status == "harmless"


def test_silence_between_events_is_no_padding():
    series = given(kind="series", shape=(200, 6), zero_steps=0.95, padding_steps=0.1)
    assert finding("DAT309", case_of([series], [layer("lstm", "LSTM")], unlearned())) is None


def test_padding_in_a_run_that_fails_on_validation_alone_is_not_its_cause():
    assert finding("DAT309", padded(0.9, classified(0.99, 0.7))) is None


# DAT310


def files(**numbers):
    return case_of(rows={"files": FilesRecord(500, **numbers)})


def test_without_files_the_check_is_not_run_and_says_so():
    told = run_check(CHECKS["DAT310"], example_case())
    assert told.reason == "no files that rows are read from were looked at"


def test_one_damaged_file_in_many_is_not_felt():
    assert finding("DAT310", files(unreadable=1)).status == "harmless"


def test_damaged_files_of_a_fit_that_raised_are_an_error():
    case = files(unreadable=1)
    raised = dataclasses.replace(case.fit, status="raised", error="InvalidArgumentError: JPEG")
    found = finding("DAT310", dataclasses.replace(case, fit=raised))
    assert found.severity == "error"
    assert "InvalidArgumentError" in found.evidence[-1]


def test_grey_pictures_among_coloured_ones_are_a_note():
    assert finding("DAT310", files(odd_mode=12)).severity == "note"


def placeholders(small, predictions):
    held = {"files": FilesRecord(500, odd_size=small, small=small)}
    return case_of(predictions=predictions, rows=held)


def test_placeholders_in_a_fit_that_does_badly_are_a_warning():
    found = finding("DAT310", placeholders(150, classified(0.7, 0.6)))
    assert (found.severity, found.status) == ("warning", "suspected")
    assert found.message == "150 of 500 files are far smaller than the others (30 %)"


def test_placeholders_that_cap_training_and_references_alike_are_a_warning():
    case = case_of(
        predictions=classified(0.78, 0.77),
        rows={
            "files": FilesRecord(500, odd_size=150, small=150),
            "references": references(0.7, 0.7, classes=3),
        },
    )
    assert finding("DAT310", case).severity == "warning"


@pytest.mark.parametrize(
    ("small", "predictions"),
    [(150, classified(0.99, 0.98)), (150, ()), (4, classified(0.7, 0.6))],
    ids=["does well", "is not known", "too few to be felt"],
)
def test_placeholders_that_do_no_known_harm_are_a_note(small, predictions):
    assert finding("DAT310", placeholders(small, predictions)).severity == "note"


def test_files_far_larger_than_the_others_are_a_note_in_a_fit_that_does_badly():
    case = case_of(predictions=classified(0.7, 0.6), rows={"files": FilesRecord(500, odd_size=150)})
    assert finding("DAT310", case).severity == "note"


# DAT311


def bordered(border, centre, kind="image"):
    found = dataclasses.replace(
        references(0.9, 0.9, classes=3),
        border=estimate(border, 450, 0.4),
        centre=estimate(centre, 450, 0.4),
    )
    return case_of([given(kind=kind)], (), classified(0.93, 0.9), {"references": found})


def test_a_border_that_tells_the_label_is_a_note():
    assert finding("DAT311", bordered(0.93, 0.7)).severity == "note"


def test_a_texture_that_border_and_middle_both_tell_is_not_told():
    assert finding("DAT311", bordered(0.985, 0.98)) is None


def test_a_border_that_tells_little_is_not_told():
    assert finding("DAT311", bordered(0.5, 0.45)) is None


# DAT312


def target(low, high, *, split="train", encoding="classes", distinct=2, whole=True, **more):
    told = {"shape": (1,), "counts": {}} | more
    return TargetRecord(split, "y", encoding, told["shape"], "float32", 1000, low, high,
                        0.5 * (low + high), 0.5 * (high - low), distinct, whole,
                        told["counts"])  # fmt: skip


def head(loss, units=1, task="binary"):
    return HeadRecord("output", "dense", (units,), "sigmoid", loss, False, task, (1,))


def labelled(targets, of, predictions=None, units=1, task="binary", **changes):
    return case_of(
        rows={"targets": tuple(targets)},
        model={"heads": (head(of, units, task),)},
        predictions=predictions or unlearned(),
        **changes,
    )


BINARY, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"


@pytest.mark.parametrize("ends", [(0.0, 255.0), (-1.0, 1.0), (1.0, 2.0)])
def test_labels_outside_0_to_1_under_binary_crossentropy_are_confirmed(ends):
    found = finding("DAT312", labelled([target(*ends)], BINARY))
    assert (found.status, found.severity) == ("confirmed", "error")


def test_labels_of_minus_one_and_one_that_are_learned_all_the_same_are_harmless():
    case = labelled([target(-1.0, 1.0)], BINARY, classified(0.95, 0.94))
    assert finding("DAT312", case).status == "harmless"


def test_a_crossentropy_below_0_is_an_effect_that_confirms():
    loss = [-0.1 * i for i in range(12)]
    case = labelled([target(-1.0, 1.0)], BINARY, classified(0.95, 0.94), loss=loss)
    assert finding("DAT312", case).status == "confirmed"


def test_smoothed_labels_are_fine():
    assert finding("DAT312", labelled([target(0.05, 0.95, whole=False)], BINARY)) is None


def test_classes_from_1_to_k_are_told_under_k_units():
    case = labelled([target(1.0, 10.0, distinct=10)], SPARSE, units=10, task="multiclass")
    assert finding("DAT312", case).message == "labels lie in 1.00 to 10.0, the loss takes 0 to 9"


def test_classes_from_1_to_k_are_fine_under_one_unit_more():
    case = labelled([target(1.0, 10.0, distinct=10)], SPARSE, units=11, task="multiclass")
    assert finding("DAT312", case) is None


def test_more_classes_than_units_are_a_matter_of_the_head():
    case = labelled([target(0.0, 9.0, distinct=10)], SPARSE, units=5, task="multiclass")
    assert finding("DAT312", case) is None


def test_labels_divided_by_their_number_are_told():
    scaled = target(0.0, 1.0, encoding="numbers", distinct=10, whole=False)
    found = finding("DAT312", labelled([scaled], SPARSE, units=10, task="multiclass"))
    assert found.message.startswith("labels are no whole numbers")


def test_a_label_that_is_left_out_by_custom_is_not_told():
    case = labelled([target(-1.0, 4.0, distinct=6)], SPARSE, units=6, task="unknown")
    assert finding("DAT312", case) is None


def test_numbers_under_a_loss_of_classes_are_a_matter_of_the_loss():
    numbers = target(3.0, 48.0, encoding="numbers", distinct=900, whole=False)
    assert finding("DAT312", labelled([numbers], BINARY, task="regression")) is None


def test_three_classes_under_one_sigmoid_are_a_matter_of_the_head():
    assert finding("DAT312", labelled([target(0.0, 2.0, distinct=3)], BINARY)) is None


def test_hinge_takes_minus_one():
    assert finding("DAT312", labelled([target(-1.0, 1.0)], "hinge")) is None


def test_one_hot_rows_of_255_are_told():
    rows = target(0.0, 255.0, encoding="numbers", distinct=10, shape=(10,))
    case = labelled([rows], "categorical_crossentropy", units=10, task="multiclass")
    assert finding("DAT312", case).severity == "error"


def test_validation_labels_counted_from_another_number_are_told():
    sides = [target(0.0, 9.0, distinct=10), target(1.0, 10.0, split="validation", distinct=10)]
    case = labelled(sides, SPARSE, classified(0.97, 0.1, classes=10), 10, "multiclass")
    found = finding("DAT312", case)
    assert found.message == "labels: training 0 to 9, validation 1 to 10"
    assert {"DAT202", "DAT209", "CUR101"} <= set(found.explains)


def test_validation_labels_of_another_encoding_are_told():
    sides = [
        target(0.0, 1.0, encoding="one-hot", distinct=10, shape=(10,)),
        target(0.0, 9.0, split="validation", distinct=10),
    ]
    case = labelled(sides, "my_crossentropy", classified(0.97, 0.1), 10, "multiclass")
    assert "one-hot in training, numbers in validation" in finding("DAT312", case).message


def test_a_class_that_validation_lacks_is_no_other_encoding():
    sides = [target(0.0, 9.0, distinct=10), target(0.0, 8.0, split="validation", distinct=9)]
    assert finding("DAT312", labelled(sides, SPARSE, units=10, task="multiclass")) is None


def test_regression_targets_scaled_in_training_alone_are_told():
    sides = [
        target(-2.0, 2.0, encoding="numbers", distinct=900, whole=False),
        target(5.0, 50.0, split="validation", encoding="numbers", distinct=400, whole=False),
    ]
    case = labelled(sides, "mean_squared_error", regressed(0.9, -40.0), task="regression")
    found = finding("DAT312", case)
    assert (found.status, found.expected.value) == ("confirmed", 10.0)


def test_regression_targets_that_drift_are_not_told():
    sides = [
        target(0.0, 1.0, encoding="numbers", distinct=900, whole=False),
        target(0.9, 1.4, split="validation", encoding="numbers", distinct=400, whole=False),
    ]
    case = labelled(sides, "mean_squared_error", regressed(0.9, -0.5), task="regression")
    assert finding("DAT312", case) is None


# Healthy runs


def healthy_pictures():
    sides = [given(**BYTES), given("validation", rows=450, **BYTES)]
    return case_of(sides, [layer()], classified(0.97, 0.95, classes=10),
                   {"references": references(0.8, 0.95, classes=10),
                    "drift": Drift(estimate(0.5, 450, 0.2))})  # fmt: skip


def healthy_transfer():
    sides = [given(**BYTES), given("validation", rows=60, **BYTES)]
    first = layer("stem_conv", seen=BYTES, trainable=False)
    return case_of(sides, [first, layer("dense", "Dense")], classified(0.99, 0.93, rows=60))


def healthy_regression():
    return prices(1.0, 0.81)


def healthy_but_noisy_table():
    sides = [given(s, "table", (8,), n, feature_mean=(0.0,) * 8, feature_std=(1.0,) * 8,
                   low=-3.0, high=3.0, mean=0.0, std=1.0)
             for s, n in (("train", 300), ("validation", 80))]  # fmt: skip
    seen = {"low": -3.0, "high": 3.0, "std": 1.0}
    return case_of(sides, [layer("dense", "Dense", seen)], classified(0.72, 0.69, rows=80),
                   {"references": references(0.71, 0.69, rows=80),
                    "drift": Drift(estimate(0.53, 80, 0.3))})  # fmt: skip


def healthy_padded_text():
    tokens = given(kind="other", shape=(400,), low=0.0, high=9999.0, mean=150.0, std=800.0,
                   whole_numbers=True, padding_steps=0.7)  # fmt: skip
    first = layer("embedding", "Embedding", {"low": 0.0, "high": 9999.0, "std": 800.0})
    return case_of([tokens], [first], classified(0.93, 0.88))


def healthy_imbalanced():
    few = {"0": 940, "1": 60}
    case = labelled([target(0.0, 1.0, counts=few)], BINARY, classified(0.88, 0.86))
    weighted = dataclasses.replace(case.fit, class_weight={"0": 0.53, "1": 8.3})
    return dataclasses.replace(case, fit=weighted)


HEALTHY = [
    healthy_pictures,
    healthy_transfer,
    healthy_regression,
    healthy_but_noisy_table,
    healthy_padded_text,
    healthy_imbalanced,
]


@pytest.mark.parametrize("made", HEALTHY, ids=lambda made: made.__name__)
def test_a_healthy_run_gets_no_error_and_no_warning(made):
    assert loud(made()) == []


@pytest.mark.parametrize("code", MINE)
def test_no_check_speaks_without_evidence(code):
    assert isinstance(run_check(CHECKS[code], example_case()), NotRun)
