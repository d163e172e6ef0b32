"""MOD118 to MOD128: each names its own fault, spares healthy models, and yields to rivals."""

import dataclasses
import itertools

import pytest

from valgap.checks.example_case import example_case
from valgap.checks.example_scores import explained, referenced, scored
from valgap.evidence.account import Estimate
from valgap.evidence.model import HeadRecord, LayerMeasured, RateMeasured, RateStep
from valgap.evidence.records import DataRecord, LayerRecord, TensorRecord
from valgap.finding import NotRun
from valgap.ranking import faults
from valgap.registry import load_checks, run_check

CHECKS = {check.code: check for check in load_checks()}
MINE = tuple(f"MOD{number}" for number in range(118, 129))
GOOD = scored(0.96, 0.94)


def told(code, case):
    """The finding of a check on a case, or None; a check that crashed fails the test."""
    found = run_check(CHECKS[code], case)
    if isinstance(found, NotRun):
        assert found.detail is None, found.detail
        return None
    return found[0] if found else None


def status(code, case):
    found = told(code, case)
    return found and found.status


def with_model(case, **changes):
    return dataclasses.replace(case, model=dataclasses.replace(case.model, **changes))


def fires(code, **changes):
    """The example on which a check fires, with parts of what was measured of its model changed."""
    case = CHECKS[code].fires_on()
    return with_model(case, **changes) if changes else case


def case_of(*layers, predictions=GOOD, records=(), **changes):
    measured = {"layers": layers, "predictions": predictions, **changes.pop("measured", {})}
    return example_case(measured_model=measured, layer_records=records, **changes)


def record(
    name, cls="Dense", shape=(32,), *, kind="plain", trainable=True, parameters=100, **config
):
    return LayerRecord(name, cls, name, kind, trainable, parameters, shape, config)


# Healthy models


def dense(name, units=64, **more):
    settings = {
        "activation": "relu",
        "has_gradient": True,
        "identical_at_start": 0.0,
        "identical_units": 0.0,
    }
    return LayerMeasured(name, "Dense", units, True, **settings | more)


def frozen_backbone(low, high, name="block1_conv1"):
    names = (name, "block1_conv2", "block2_conv1")
    records = (
        *(record(n, "Conv2D", (112, 112, 64), trainable=False) for n in names),
        record("dense"),
    )
    first = LayerMeasured(name, "Conv2D", 64, True, False, input_low=low, input_high=high)
    return case_of(first, dense("dense"), records=records)


def regularised():
    records = (
        record("dense", kernel_regularizer={"config": {"l2": 0.01}}),
        record("dropout", "Dropout", kind="noise", parameters=0, rate=0.5),
        record("dense_1"),
    )
    rows = {"noise-layers": -0.12, "penalties-train": -0.05}
    return case_of(dense("dense"), dense("dense_1", 4), records=records, rows=rows)


def regression():
    layers = (dense("dense"), dense("dense_1", 1, activation="linear"))
    return case_of(*layers, predictions=explained(0.71, 0.68))


def bag_of_frames():
    permuted = {"frames": Estimate(0.0, -0.001, 0.001, 450)}
    return case_of(dense("dense"), measured={"permuted": permuted})


def imbalanced_on_purpose():
    changes = {"class_weight": {"0": 1.76, "1": 0.7}}
    predictions = scored(0.93, 0.92, classes=2)
    return case_of(dense("dense"), predictions=predictions, changes=changes)


def small_but_fine():
    layers = (dense("dense", 3, identical_units=0.0), dense("dense_1", 2))
    return case_of(*layers, predictions=scored(0.95, 0.93, classes=2), train_rows=80)


HEALTHY = {
    "plain": lambda: case_of(dense("dense"), dense("dense_1", 4)),
    "small": small_but_fine,
    "regression": regression,
    "regularised": regularised,
    "imbalanced on purpose": imbalanced_on_purpose,
    "a bag of frames": bag_of_frames,
    "transfer, caffe range": lambda: frozen_backbone(-123.7, 151.0),
    "transfer, dark pictures": lambda: frozen_backbone(-123.7, -60.0),
    "nothing measured": example_case,
}


@pytest.mark.parametrize("code", MINE)
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_model_gets_no_error_and_no_warning(name, code):
    found = told(code, HEALTHY[name]())
    assert not faults([found] if found else [])


@pytest.mark.parametrize("code", sorted(set(MINE) - {"MOD119", "MOD124", "MOD125", "MOD126"}))
def test_the_fault_in_a_model_that_does_well_is_harmless(code):
    case = CHECKS[code].fires_on()
    if case.model is None:
        case = dataclasses.replace(case, model=example_case(measured_model={"seconds": 1}).model)
    assert status(code, with_model(case, predictions=GOOD)) == "harmless"


@pytest.mark.parametrize("code", ["MOD119", "MOD125", "MOD126"])
def test_what_rests_on_bad_scores_is_not_said_of_a_model_that_does_well(code):
    assert told(code, fires(code, predictions=GOOD)) is None


@pytest.mark.parametrize("code", MINE)
def test_names_of_any_length_leave_the_message_short(code):
    case = CHECKS[code].fires_on()
    long = "a_layer_with_quite_a_long_name_that_goes_on_and_on_" * 3
    if case.model is not None:
        layers = tuple(dataclasses.replace(w, name=long) for w in case.model.layers)
        odd = (f"{long}: {long}",) if case.model.ignored_arguments else ()
        case = with_model(case, layers=layers, ignored_arguments=odd)
    records = tuple(dataclasses.replace(r, name=long) for r in case.fit.model.layers)
    model = dataclasses.replace(case.fit.model, layers=records)
    case = dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))
    found = told(code, case)
    assert found is None or len(found.message) < 80


ODD = (None, float("nan"), float("inf"), -1.0, 1e30)
FIELDS = [
    f.name
    for f in dataclasses.fields(LayerMeasured)
    if f.name not in ("name", "cls", "has_weights", "trainable", "activation")
]


@pytest.mark.parametrize("code", MINE)
@pytest.mark.parametrize("odd", ODD)
def test_odd_numbers_of_layers_neither_crash_nor_make_long_messages(code, odd):
    case = CHECKS[code].fires_on()
    if case.model is None:
        return
    for field in FIELDS:
        value = None if odd is None else odd
        if field.startswith("probe"):
            value = None if odd is None else Estimate(odd, odd, odd)
        layers = tuple(dataclasses.replace(w, **{field: value}) for w in case.model.layers)
        found = told(code, with_model(case, layers=layers))
        assert found is None or len(found.message) < 80


@pytest.mark.parametrize("code", MINE)
@pytest.mark.parametrize("odd", ODD)
def test_odd_scores_neither_crash_nor_make_long_messages(code, odd):
    case = CHECKS[code].fires_on()
    if case.model is None:
        return
    spoilt = Estimate(-1.0 if odd is None else odd, odd, odd)
    for name, at in itertools.product(("balanced_accuracy", "r2", "loss"), range(2)):
        made = list(case.model.predictions)
        if len(made) > at:
            made[at] = dataclasses.replace(made[at], **{name: spoilt})
        found = told(code, with_model(case, predictions=tuple(made)))
        assert found is None or len(found.message) < 80


# MOD118


def alike(name="dense", cls="Dense", units=64, **more):
    settings = {"identical_at_start": 1.0, "identical_units": 1.0}
    return LayerMeasured(name, cls, units, True, **settings | more)


POOR = scored(0.4, 0.39)


def test_units_still_alike_in_a_model_at_chance_are_an_error_and_explain_it():
    found = told("MOD118", case_of(alike(), predictions=scored(0.25, 0.25)))
    assert (found.severity, found.status, found.size) == ("error", "confirmed", 1.0)
    assert {"CUR106", "MOD114", "MOD115", "EVL102"} <= set(found.explains)
    assert found.message == "symmetric initialisation: 100 % alike in dense"


def test_units_still_alike_in_a_model_that_learns_a_little_are_a_warning():
    found = told("MOD118", case_of(alike(), predictions=POOR))
    assert (found.severity, found.status) == ("warning", "confirmed")


def test_a_last_layer_that_began_at_zero_and_parted_is_left_alone():
    assert told("MOD118", case_of(alike(identical_units=0.0), predictions=POOR)) is None


@pytest.mark.parametrize("cls", ["BatchNormalization", "LayerNormalization", "PReLU", "Embedding"])
def test_layers_whose_weights_begin_alike_by_design_are_left_alone(cls):
    assert told("MOD118", case_of(alike(cls=cls), predictions=POOR)) is None


def test_frozen_layers_and_single_units_are_not_symmetric():
    layers = (alike("a", trainable=False), alike("b", units=1))
    assert told("MOD118", case_of(*layers, predictions=POOR)) is None


def test_pruned_units_that_began_apart_are_not_symmetric():
    case = case_of(alike(identical_at_start=0.0), predictions=POOR)
    assert told("MOD118", case) is None


@pytest.mark.parametrize(("initialiser", "named"), [("Zeros", True), ("GlorotUniform", False)])
def test_without_first_weights_the_initialiser_tells(initialiser, named):
    config = {"kernel_initializer": {"class_name": initialiser, "config": {}}}
    case = case_of(
        alike(identical_at_start=None), predictions=POOR, records=(record("dense", **config),)
    )
    assert (told("MOD118", case) is not None) is named


def test_without_scores_symmetry_is_suspected():
    assert status("MOD118", fires("MOD118", predictions=())) == "suspected"


# MOD119


def capacity(**changes):
    return fires("MOD119", **changes)


def test_a_narrow_layer_at_rest_below_a_reference_is_suspected_with_what_would_settle_it():
    found = told("MOD119", capacity())
    assert (found.severity, found.status) == ("warning", "suspected")
    assert found.message == "capacity too small: training skill 0.360, a cheap reference 0.867"
    assert found.evidence[0] == "dense has 2 units before 4 outputs"
    assert found.evidence[-1].startswith("what would settle it")


@pytest.mark.parametrize(
    "layers",
    [
        (dense("dense", 2, dead_units=0.5), dense("dense_1", 4)),
        (dense("dense", 2, saturated=0.9), dense("dense_1", 4)),
        (dense("dense", 2, identical_units=1.0), dense("dense_1", 4)),
        (dense("dense", 2, has_gradient=False), dense("dense_1", 4)),
        (dense("dense", 2, trainable=False), dense("dense_1", 4)),
        (dense("dense", 2, activation="linear"), dense("dense_1", 4)),
    ],
    ids=["dead", "saturated", "alike", "detached", "frozen", "linear"],
)
def test_capacity_is_not_blamed_where_a_layer_stands_in_the_way(layers):
    assert told("MOD119", capacity(layers=layers)) is None


def test_capacity_is_not_blamed_where_another_rate_lowers_the_loss():
    steps = (RateStep(10.0, 0.5), RateStep(1.0, 0.99))
    assert told("MOD119", capacity(rates=(RateMeasured("end", 1e-3, 1.0, steps, 10.0),))) is None


def test_capacity_is_not_blamed_where_training_is_at_chance():
    assert told("MOD119", capacity(predictions=scored(0.25, 0.25))) is None


def test_capacity_is_not_blamed_of_a_wide_network_with_many_parameters():
    case = capacity(layers=(dense("dense", 64), dense("dense_1", 4)))
    assert told("MOD119", case) is None


def test_few_parameters_are_capacity_too_small_however_wide_the_layers():
    case = capacity(layers=(dense("dense", 16), dense("dense_1", 4)))
    model = dataclasses.replace(case.fit.model, parameters=404)
    found = told(
        "MOD119", dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))
    )
    assert found.evidence[0].startswith("404 parameters; 2n + d = 2,836")


@pytest.mark.parametrize("row", ["penalties-train", "noise-layers"])
def test_capacity_is_not_blamed_where_penalties_or_noise_are_felt(row):
    heavy = example_case(rows={row: -0.1})
    case = dataclasses.replace(capacity(), ledger=heavy.ledger)
    assert told("MOD119", case) is None


def test_capacity_is_not_blamed_while_the_loss_still_falls():
    falling = example_case(loss=[1.4 - 0.06 * i for i in range(12)])
    case = capacity()
    case = dataclasses.replace(case, fit=dataclasses.replace(case.fit, epochs=falling.fit.epochs))
    assert told("MOD119", case) is None


@pytest.mark.parametrize(
    "changes",
    [{"low": 0.0, "high": 255.0, "std": 60.0}, {"low": 0.0, "high": 0.004, "std": 0.001}],
    ids=["0 to 255", "scaled twice"],
)
def test_capacity_is_not_blamed_where_inputs_are_out_of_scale(changes):
    case = capacity()
    inputs = tuple(dataclasses.replace(i, **changes) for i in case.rows.inputs)
    assert (
        told(
            "MOD119", dataclasses.replace(case, rows=dataclasses.replace(case.rows, inputs=inputs))
        )
        is None
    )


def test_capacity_is_not_blamed_of_a_head_that_cannot_reach_its_targets():
    head = HeadRecord(
        "output", "dense_1", (1,), "sigmoid", "mean_squared_error", None, "regression"
    )
    assert told("MOD119", capacity(heads=(head,))) is None


def test_capacity_is_not_blamed_without_a_reference_that_does_better():
    case = capacity()
    rows = dataclasses.replace(case.rows, references=referenced(0.5))
    assert told("MOD119", dataclasses.replace(case, rows=rows)) is None


# MOD120


def test_order_that_is_not_used_is_a_note_for_a_bag_of_frames():
    found = told("MOD120", fires("MOD120"))
    assert (found.severity, found.status) == ("note", "confirmed")


def test_order_that_a_reference_reads_with_profit_makes_it_a_warning_to_settle():
    case = fires("MOD120", predictions=scored(0.6, 0.55))
    references = dataclasses.replace(
        referenced(0.95, kind="minirocket"), own=Estimate(0.55, 0.5, 0.6, 450)
    )
    case = dataclasses.replace(case, rows=dataclasses.replace(case.rows, references=references))
    found = told("MOD120", case)
    assert (found.severity, found.status) == ("warning", "suspected")


def test_a_reference_that_wins_without_the_order_makes_no_warning():
    case = fires("MOD120", predictions=scored(0.6, 0.55))
    scores = {"minirocket": Estimate(0.95, 0.92, 0.98), "linear": Estimate(0.94, 0.91, 0.97)}
    references = dataclasses.replace(
        case.rows.references, scores=scores, own=Estimate(0.55, 0.5, 0.6, 450)
    )
    case = dataclasses.replace(case, rows=dataclasses.replace(case.rows, references=references))
    assert told("MOD120", case).severity == "note"


def test_an_interval_that_leaves_delta_proves_nothing():
    permuted = {"frames": Estimate(0.001, -0.05, 0.05, 60)}
    assert told("MOD120", fires("MOD120", permuted=permuted)) is None


def test_a_model_that_knows_nothing_is_not_told_that_it_ignores_the_order():
    assert told("MOD120", fires("MOD120", predictions=scored(0.26, 0.25))) is None


# MOD121


def lost(name="branch", **more):
    return LayerMeasured(name, "Dense", 16, True, **{"has_gradient": False} | more)


def test_a_branch_without_gradient_is_named_with_its_number():
    found = told("MOD121", case_of(lost(), dense("dense"), predictions=POOR))
    assert found.message == "detached: no gradient to 1 of 2 layers, such as branch"
    assert (found.severity, found.status) == ("warning", "confirmed")


def test_a_model_at_chance_makes_a_detached_branch_an_error():
    case = case_of(lost(), dense("dense"), predictions=scored(0.25, 0.25))
    assert told("MOD121", case).severity == "error"


def test_a_branch_that_may_have_cost_validation_alone_is_suspected():
    case = case_of(lost(), dense("dense"), predictions=scored(0.95, 0.7))
    assert status("MOD121", case) == "suspected"


@pytest.mark.parametrize(
    "layers",
    [
        (lost(), lost("dense_1")),
        (lost(), dense("dense", dead_units=1.0)),
        (lost(), dense("dense", saturated=1.0)),
        (lost(identical_units=1.0), dense("dense")),
        (lost(trainable=False), dense("dense")),
    ],
    ids=["no layer has one", "dead", "saturated", "zero weights", "frozen"],
)
def test_a_gradient_that_something_else_stops_is_no_detached_branch(layers):
    assert told("MOD121", case_of(*layers, predictions=POOR)) is None


def test_an_output_of_loss_weight_0_is_detached_on_purpose():
    compiled = {"arguments": {"loss_weights": "[1.0, 0.0]"}}
    case = case_of(lost(), dense("dense"), predictions=POOR, compiled=compiled)
    assert told("MOD121", case) is None


@pytest.mark.parametrize("weights", ["[1.0, 0.05]", "[10, 1]", "{'a': 0.5, 'b': 1.0}"])
def test_other_loss_weights_do_not_hide_a_detached_branch(weights):
    compiled = {"arguments": {"loss_weights": weights}}
    case = case_of(lost(), dense("dense"), predictions=POOR, compiled=compiled)
    assert told("MOD121", case) is not None


def test_an_input_that_is_not_read_is_named():
    case = case_of(dense("dense"), predictions=POOR, measured={"detached_inputs": ("aux",)})
    assert told("MOD121", case).message == "detached: no gradient to 1 input, such as aux"


def test_a_gradient_that_vanishes_is_not_missing():
    layers = (lost(gradient=1e-14, gradient_start=1e-13), dense("dense"))
    assert told("MOD121", case_of(*layers, predictions=POOR)) is None


def test_a_head_that_is_sure_of_its_classes_stops_no_gradient():
    head = dense("head", 4, activation="softmax", saturated=1.0)
    assert told("MOD121", case_of(lost(), head, predictions=POOR)) is not None


# MOD122


def test_an_ignored_argument_is_a_note_with_its_layer():
    found = told("MOD122", fires("MOD122"))
    assert (found.severity, found.scope.layer) == ("note", "conv2d_1")
    assert found.message == "1 argument without effect: input_shape of conv2d_1"


# MOD123


def fed(low, high, first, landmarks, *, trainable=False, predictions=POOR):
    names = (first, *landmarks)
    records = [record(n, "Conv2D", (112, 112, 64), trainable=trainable) for n in names]
    measured = LayerMeasured(first, "Conv2D", 64, True, trainable, input_low=low, input_high=high)
    return case_of(measured, predictions=predictions, records=tuple(records))


VGG = ("block1_conv1", ("block1_conv2", "block2_conv1"))
RESNET = ("conv1_conv", ("conv1_bn", "conv2_block1_out"))
DENSENET = ("conv1_conv", ("conv1_bn", "conv2_block1_concat"))
MOBILE = ("Conv1", ("expanded_conv_depthwise",))
EFFICIENT = ("stem_conv", ("stem_bn", "block1a_project_bn"))
WITH_DEPTHWISE = ("stem_bn", "block1a_dwconv", "block1a_project_bn")
LITE = ("stem_conv", WITH_DEPTHWISE)
SQUEEZED = ("stem_conv", (*WITH_DEPTHWISE, "block1a_se_reduce"))
RIGHT = {
    "VGG": (-123.7, 151.1, *VGG),
    "ResNet": (-103.0, 140.0, *RESNET),
    "DenseNet": (-2.1, 2.6, *DENSENET),
    "MobileNetV2": (-1.0, 1.0, *MOBILE),
    "EfficientNet": (-4.3, 5.3, *EFFICIENT),
    "EfficientNet, depthwise": (-4.3, 5.3, *SQUEEZED),
    "EfficientNet-Lite": (-127 / 128, 1.0, *LITE),
    "dark pictures": (-1.0, -0.7, *MOBILE),
    "pale pictures": (90.0 - 123.7, 151.1, *VGG),
}
WRONG = {
    "VGG at 0 to 1": (0.0, 1.0, *VGG),
    "VGG at -1 to 1": (-1.0, 1.0, *VGG),
    "ResNet standardised": (-2.1, 2.6, *RESNET),
    "MobileNetV2 at 0 to 255": (0.0, 255.0, *MOBILE),
    "DenseNet at 0 to 255": (0.0, 255.0, *DENSENET),
    "EfficientNet rescaled twice": (-2.12, -2.09, *EFFICIENT),
    "EfficientNet-Lite at 0 to 255": (0.0, 255.0, *LITE),
}
OFF_CENTRE = {
    "MobileNetV2 at 0 to 1": (0.0, 1.0, *MOBILE),
    "VGG at 0 to 255": (0.0, 255.0, *VGG),
    "DenseNet at 0 to 1": (0.0, 1.0, *DENSENET),
    "EfficientNet-Lite at 0 to 1": (0.0, 1.0, *LITE),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_backbone_fed_as_it_was_trained_is_left_alone(name):
    assert told("MOD123", fed(*RIGHT[name])) is None


@pytest.mark.parametrize("name", WRONG)
def test_a_frozen_backbone_on_another_scale_is_a_suspected_warning(name):
    found = told("MOD123", fed(*WRONG[name]))
    assert (found.severity, found.status) == ("warning", "suspected")
    assert name.split()[0] in found.message


@pytest.mark.parametrize("name", OFF_CENTRE)
def test_a_scale_that_is_right_but_not_centred_is_a_note(name):
    assert told("MOD123", fed(*OFF_CENTRE[name])).severity == "note"


def test_a_lite_network_is_told_how_it_scales_and_not_of_keras_applications():
    found = told("MOD123", fed(0.0, 1.0, *LITE))
    assert found.message == "EfficientNet-Lite is fed 0.00 to 1.00, trained on -1.00 to 1.00"
    assert found.help == "(x - 127) / 128 on pictures of 0 to 255"
    assert "keras.applications" not in found.expected.source


def test_a_network_of_that_shape_that_is_trained_from_the_start_may_have_any_range():
    assert told("MOD123", fed(0.0, 1.0, *VGG, trainable=True)) is None


def test_a_first_convolution_that_was_not_measured_says_nothing():
    assert told("MOD123", fed(None, None, *VGG)) is None


def test_an_unknown_network_has_no_range_to_keep():
    assert told("MOD123", fed(0.0, 1.0, "conv2d", ("conv2d_1",))) is None


# MOD124


def tuned(batch=8, **layer_changes):
    case = CHECKS["MOD124"].fires_on()
    train = dataclasses.replace(case.fit.train, batch_size=batch)
    layers = tuple(
        dataclasses.replace(r, **layer_changes) if r.name == "conv5_block3_3_bn" else r
        for r in case.fit.model.layers
    )
    model = dataclasses.replace(case.fit.model, layers=layers)
    return dataclasses.replace(case, fit=dataclasses.replace(case.fit, train=train, model=model))


def test_moved_statistics_of_a_partly_frozen_backbone_are_confirmed_and_explain_the_lag():
    found = told("MOD124", tuned())
    assert (found.status, found.severity) == ("confirmed", "warning")
    assert "MOD106" in found.explains


@pytest.mark.parametrize("batch", [17, 32, 64, None])
def test_batches_that_are_large_enough_or_unknown_are_left_alone(batch):
    assert told("MOD124", tuned(batch)) is None


def test_frozen_batch_normalisation_is_left_alone():
    assert told("MOD124", tuned(trainable=False)) is None


def test_batch_normalisation_of_the_own_head_is_not_the_backbones():
    assert told("MOD124", tuned(name="batch_normalization_3")) is None


def test_a_backbone_that_is_held_in_inference_mode_keeps_its_statistics():
    measured = example_case(measured_model={"fixed_modes": {"resnet50": False}}).model
    assert told("MOD124", dataclasses.replace(tuned(), model=measured)) is None


def test_a_mode_that_fit_overrules_is_told_beside_the_moved_statistics():
    overruled = ("resnet50: training=False",)
    measured = example_case(measured_model={"ignored_arguments": overruled}).model
    found = told("MOD124", dataclasses.replace(tuned(), model=measured))
    assert "resnet50: training=False was given, and fit overrules it" in found.evidence


def test_statistics_that_moved_without_harm_are_not_spoken_of():
    case = tuned()
    ledger = example_case(rows={"batch-statistics": 0.005}, closes={"training": 0.6}).ledger
    assert told("MOD124", dataclasses.replace(case, ledger=ledger)) is None


# MOD125


def place(case, name, **changes):
    layers = tuple(
        dataclasses.replace(r, **changes) if r.name == name else r for r in case.fit.model.layers
    )
    fit = dataclasses.replace(case.fit, model=dataclasses.replace(case.fit.model, layers=layers))
    return dataclasses.replace(case, fit=fit)


def test_the_layer_at_which_the_gap_opens_is_named_in_a_note():
    found = told("MOD125", fires("MOD125"))
    assert (found.severity, found.status, found.scope.layer) == ("note", "suspected", "lstm")
    assert found.message == "the gap opens at lstm (+0.330), which has no regulariser"


def test_dropout_before_the_layer_counts_as_its_regulariser():
    case = place(
        CHECKS["MOD125"].fires_on(), "flatten_1", kind="noise", config={"rate": 0.3}, parameters=0
    )
    found = told("MOD125", case)
    assert found.message == "the gap opens at lstm (+0.330), which flatten_1 does not hold"
    assert "smaller" in found.help


def test_the_penalty_of_the_layer_counts_as_its_regulariser():
    config = {"kernel_regularizer": {"config": {"l2": 0.007}}}
    case = place(CHECKS["MOD125"].fires_on(), "lstm", config=config)
    assert "which lstm does not hold" in told("MOD125", case).message


def test_regularisers_that_all_stand_at_the_layer_are_in_the_right_place():
    case = place(CHECKS["MOD125"].fires_on(), "lstm", config={"recurrent_dropout": 0.3})
    case = place(place(case, "conv", config={}), "dropout", config={})
    assert told("MOD125", case) is None


def test_weight_decay_of_the_optimiser_stands_at_all_layers():
    case = CHECKS["MOD125"].fires_on()
    compiled = dataclasses.replace(case.fit.compile, optimizer_config={"weight_decay": 0.004})
    assert (
        told(
            "MOD125", dataclasses.replace(case, fit=dataclasses.replace(case.fit, compile=compiled))
        )
        is None
    )


def test_dropout_behind_a_recurrent_layer_is_found_past_its_cell():
    case = CHECKS["MOD125"].fires_on()
    cell = dataclasses.replace(record("lstm_cell", "LSTMCell"), output_shape=None)
    noise = record("dropout_9", "Dropout", kind="noise", parameters=0, rate=0.5)
    *before, last = case.fit.model.layers
    model = dataclasses.replace(case.fit.model, layers=(*before, cell, noise, last))
    case = dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))
    assert "which dropout_9 does not hold" in told("MOD125", case).message


def test_without_any_regulariser_none_is_in_the_wrong_place():
    case = place(CHECKS["MOD125"].fires_on(), "conv", config={})
    case = place(case, "dropout", config={})
    assert told("MOD125", case) is None


def test_a_gap_that_the_inputs_have_already_opens_at_no_layer():
    def probed(name, train, validation):
        ends = [Estimate(v, v - 0.03, v + 0.03, 450) for v in (train, validation)]
        return LayerMeasured(name, "Dense", 32, True, probe_train=ends[0], probe_validation=ends[1])

    layers = (probed("conv", 1.0, 0.6), probed("lstm", 0.99, 0.58), probed("dense", 0.99, 0.6))
    assert told("MOD125", fires("MOD125", layers=layers)) is None


def test_a_model_that_does_not_overfit_needs_no_other_place():
    assert told("MOD125", fires("MOD125", predictions=scored(0.7, 0.69))) is None


# MOD126


def stack(*layers, side=32, predictions=None, reference=0.8):
    """A plain stack of (class, window, stride, side after)."""
    records = []
    for i, (cls, window, stride, after) in enumerate(layers):
        size = "pool_size" if "Pooling" in cls else "kernel_size"
        shape = (after, after, 16) if after else (16,)
        config = {size: [window] * 2, "strides": [stride] * 2} if window else {}
        records.append(record(f"layer_{i}", cls, shape, **config))
    picture = TensorRecord("x", (side, side, 3), "float32")
    train = DataRecord("train", "numpy", 1408, 64, 22, inputs=(picture,))
    return example_case(
        layer_records=tuple(records),
        changes={"train": train},
        measured_model={"predictions": predictions or scored(0.5, 0.48)},
        measured_rows={"references": referenced(reference)},
    )


LENET = (
    ("Conv2D", 5, 1, 28),
    ("MaxPooling2D", 2, 2, 14),
    ("Conv2D", 5, 1, 10),
    ("Conv2D", 10, 1, 1),
)
VGG_LIKE = tuple(
    layer
    for side in (32, 16, 8)
    for layer in (("Conv2D", 3, 1, side), ("MaxPooling2D", 2, 2, side // 2))
)
USUAL = {
    "small kernels": VGG_LIKE,
    "a last kernel that sees the whole map": LENET,
    "7 x 7 first": (("Conv2D", 7, 2, 16), ("MaxPooling2D", 3, 2, 8)),
    "global pooling": (*VGG_LIKE, ("GlobalAveragePooling2D", 0, 0, 0)),
    "no convolution": (("Dense", 0, 0, 0),),
}


@pytest.mark.parametrize("name", USUAL)
def test_usual_stacks_are_not_blamed_for_a_poor_score(name):
    assert told("MOD126", stack(*USUAL[name])) is None


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((("Conv2D", 25, 1, 32),), "first kernel of 25 on 32 wide inputs"),
        (
            (("MaxPooling2D", 8, 8, 4), ("Conv2D", 11, 1, 4)),
            "a window of 11 on a map of 4: layer_1",
        ),
        (
            (("Conv2D", 3, 1, 32), ("MaxPooling2D", 32, 32, 1), ("Flatten", 0, 0, 0)),
            "the last feature map is 1 wide, pooled down by layer_1",
        ),
        (
            (("Conv2D", 3, 1, 32), ("GlobalAveragePooling2D", 0, 0, 0)),
            "places of the last map see 3 of 32 pixels or steps",
        ),
    ],
    ids=["first kernel", "window", "one place", "short-sighted"],
)
def test_what_does_not_suit_the_size_is_named(layers, message):
    found = told("MOD126", stack(*layers))
    assert (found.status, found.message) == ("suspected", message)


def test_an_odd_stack_that_no_reference_beats_is_left_alone():
    assert told("MOD126", stack(("Conv2D", 25, 1, 32), reference=0.45)) is None


def test_a_network_with_branches_is_left_alone():
    assert told("MOD126", stack(("Conv2D", 25, 1, 32), ("Concatenate", 0, 0, 32))) is None


def test_a_dilated_stack_sees_as_far_as_its_dilation():
    case = stack(("Conv2D", 3, 1, 32), ("GlobalMaxPooling2D", 0, 0, 0))
    config = {"kernel_size": [3, 3], "strides": [1, 1], "dilation_rate": [4, 4]}
    assert told("MOD126", place(case, "layer_0", config=config)) is None


def test_frames_are_judged_by_their_height_and_width():
    inner = {"class_name": "Conv2D", "config": {"kernel_size": [61, 61], "strides": [1, 1]}}
    case = stack(("TimeDistributed", 0, 0, 0))
    case = place(case, "layer_0", config={"layer": inner}, output_shape=(3, 100, 100, 8))
    frames = TensorRecord("x", (3, 100, 100, 1), "float32")
    train = dataclasses.replace(case.fit.train, inputs=(frames,))
    case = dataclasses.replace(case, fit=dataclasses.replace(case.fit, train=train))
    assert told("MOD126", case).message == "first kernel of 61 on 100 wide inputs"


# MOD127


def fixed(name, mode, *, random=True, predictions=POOR):
    return fires(
        "MOD127",
        always_random=random,
        changed_mode=(name,),
        fixed_modes={name: mode},
        predictions=predictions,
    )


def test_dropout_fixed_in_training_mode_is_confirmed_by_inference_that_differs():
    found = told("MOD127", fixed("dropout_3", True))
    assert (found.severity, found.status) == ("warning", "confirmed")


def test_batch_statistics_fixed_in_training_mode_are_suspected():
    assert status("MOD127", fixed("bn", True, random=False)) == "suspected"


def test_a_backbone_called_with_training_false_is_as_it_should_be():
    assert told("MOD127", fixed("resnet50", False, random=False)) is None


def test_noise_of_the_users_own_in_inference_is_suspected_where_the_fit_falls_short():
    found = told("MOD127", fires("MOD127", changed_mode=(), predictions=POOR))
    assert (found.severity, found.status) == ("warning", "suspected")


def test_a_sampler_of_the_users_own_is_a_note_where_scores_are_not_known():
    found = told("MOD127", fires("MOD127", changed_mode=(), predictions=()))
    assert (found.severity, found.status) == ("note", "confirmed")


# MOD128


def repeated(inner):
    layer = record("td", "TimeDistributed", (3, 8), layer=inner)
    return example_case(layer_records=(layer, record("lstm", "LSTM")))


def test_dropout_in_a_model_that_is_repeated_over_frames_is_found():
    dropout = {"class_name": "Dropout", "config": {"rate": 0.3}}
    conv = {"class_name": "Conv2D", "config": {"filters": 8}}
    cnn = {"class_name": "Sequential", "config": {"layers": [conv, dropout, dropout]}}
    found = told("MOD128", repeated(cnn))
    assert found.severity == "note"
    assert found.message == "2 dropouts drawn anew in each frame, rate 0.300 in td"


@pytest.mark.parametrize(
    "inner",
    [
        {"class_name": "Conv2D", "config": {"rate": 3}},
        {"class_name": "Dropout", "config": {"rate": 0}},
        {"class_name": "Dropout", "config": {"rate": 0.3, "noise_shape": [None, 1]}},
        {"class_name": "Dropout"},
        None,
        "Dropout",
    ],
)
def test_other_layers_that_are_repeated_are_left_alone(inner):
    assert told("MOD128", repeated(inner)) is None
