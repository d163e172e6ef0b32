"""MOD125: the layer at which the gap opens has no regulariser, others have."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case
from valgap.checks.counterfactual import difference, experiment, half_width
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.layer_settings import has_penalty, noise_rate, record_of, short
from valgap.checks.outcome import MATTERS, outcome
from valgap.evidence.account import Estimate
from valgap.evidence.model import LayerMeasured
from valgap.evidence.records import LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import figure, signed

# The layer that opens the gap makes at least half of it: DESIGN section 6.
HALF = 0.5

_LOSS = (1.02, 0.70, 0.5, 0.36, 0.26, 0.19, 0.14, 0.10, 0.075, 0.055, 0.04, 0.03)
_VAL_LOSS = (0.9, 0.74, 0.62, 0.56, 0.54, 0.56, 0.6, 0.64, 0.69, 0.74, 0.79, 0.84)


def _probed(name: str, cls: str, train: float, validation: float) -> LayerMeasured:
    def estimate(value: float) -> Estimate:
        return Estimate(value, value - 0.03, value + 0.03, 450)

    return LayerMeasured(
        name, cls, 32, True, probe_train=estimate(train), probe_validation=estimate(validation)
    )


def _record(name: str, cls: str, penalty: float = 0.0, rate: float = 0.0) -> LayerRecord:
    config = {"kernel_regularizer": {"config": {"l2": penalty}} if penalty else None, "rate": rate}
    return LayerRecord(name, cls, name, "noise" if rate else "plain", True, 100, (32,), config)


def _case(penalty_at_the_lstm: float) -> Case:
    measured = (
        _probed("conv", "Conv2D", 0.55, 0.53),
        _probed("lstm", "LSTM", 0.97, 0.62),
        _probed("dense", "Dense", 0.99, 0.61),
    )
    records = (
        _record("conv", "Conv2D", penalty=1e-4),
        _record("dropout", "Dropout", rate=0.3),
        _record("flatten", "Flatten"),
        _record("flatten_1", "Reshape"),
        _record("lstm", "LSTM", penalty=penalty_at_the_lstm),
        _record("dense", "Dense"),
    )
    return example_case(
        loss=_LOSS,
        val_loss=_VAL_LOSS,
        layer_records=records,
        measured_model={"layers": measured, "predictions": scored(0.99, 0.61)},
    )


def _elsewhere() -> Case:
    return _case(0.0)


def _there() -> Case:
    return _case(0.007)


@dataclass(frozen=True, slots=True)
class Opening:
    """The layer at which the gap between the splits opens, and by how much."""

    layer: LayerMeasured
    before: float
    after: float
    total: float
    jump: Estimate


@check(
    code="MOD125",
    name="regulariser-in-the-wrong-place",
    family="MOD",
    severity="note",
    needs=("layers", "predictions"),
    fires_on=_elsewhere,
    silent_on=_there,
)
def regulariser_in_the_wrong_place(case: Case) -> Iterable[Finding]:
    """The gap opens at a layer without a regulariser, while other layers have one.

    What it looks for: linear classifiers on the output of each layer, trained on training rows
    and scored on both splits; the layer from which on training rows are told apart much better
    than validation rows. It has no penalty and no noise before or behind it, while another has.

    Why it matters: dropout and penalties act on the layers they stand at. Where those do
    not overfit, they cost fit and leave the gap as it is.

    What to do: move the penalty or the dropout to that layer, or make it smaller; measure in
    pairs.

    References: Alain and Bengio, Understanding Intermediate Layers Using Linear Classifier
    Probes, 2016.
    """
    if not outcome(case).overfits:
        return
    opening = _opening(case)
    if opening is None or _decays_all(case):
        return
    elsewhere = list(case.layers(_regularises))
    if elsewhere and not _is_regularised(case, opening.layer):
        yield _finding(case, opening, elsewhere)


def _opening(case: Case) -> Opening | None:
    """The layer behind which half of the gap is new, beyond its interval.

    Where the inputs themselves are told apart as unequally, no layer opens the gap: a linear
    classifier of more features than rows fits any rows.
    """
    probed = [(layer, gap) for layer in case.measured_layers() if (gap := _gap(layer))]
    if len(probed) < 2:
        return None
    total = probed[-1][1].value
    steps = (
        Opening(layer, before.value, gap.value, total, jump)
        for (_, before), (layer, gap) in itertools.pairwise(probed)
        if (jump := difference(gap, before, same_rows=True))
    )
    largest = max(steps, key=lambda step: step.jump.value, default=None)
    if largest is None or total <= 0:
        return None
    least = max(MATTERS, HALF * total, half_width(largest.jump))
    return largest if largest.jump.value >= least else None


def _gap(layer: LayerMeasured) -> Estimate | None:
    return difference(layer.probe_train, layer.probe_validation, same_rows=False)


def _regularises(record: LayerRecord) -> bool:
    return has_penalty(record.config) or noise_rate(record.config) > 0


def _decays_all(case: Case) -> bool:
    """Whether the optimiser shrinks all weights alike."""
    compiled = case.fit.compile
    return bool(compiled and compiled.optimizer_config.get("weight_decay"))


def _is_regularised(case: Case, layer: LayerMeasured) -> bool:
    """Whether a layer has a penalty, or noise before or behind it with no weights between."""
    own = record_of(case, layer.name)
    if own is None or _regularises(own):
        return True
    records = list(case.fit.model.layers)
    at = records.index(own)
    return any(_first_is_noise(side) for side in (records[:at][::-1], records[at + 1 :]))


def _first_is_noise(records: list[LayerRecord]) -> bool:
    """Whether noise comes before the next layer with weights (batch normalisation aside).

    Parts of a layer, such as the cell of a recurrent one, have no shape of their own; what a
    wrapper repeats stands beside it.
    """
    for record in records:
        if noise_rate(record.config) > 0 and record.kind == "noise":
            return True
        is_part = record.output_shape is None or record.cls == "TimeDistributed"
        if record.parameters and record.kind != "batch-statistics" and not is_part:
            return False
    return False


def _finding(case: Case, opening: Opening, elsewhere: list[LayerRecord]) -> Finding:
    jump = opening.jump
    names = ", ".join(record.name for record in elsewhere[:4])
    return regulariser_in_the_wrong_place.finding(
        case,
        status="suspected",
        message=(
            f"the gap opens at {short(opening.layer.name)} ({signed(jump.value)}), "
            "which has no regulariser"
        ),
        observed=Observed(
            jump.value,
            "score of a linear probe, training less validation",
            jump.low,
            jump.high,
        ),
        expected=Expected("<", HALF * opening.total, "half of the gap behind the last layer"),
        size=min(1.0, HALF * jump.value / opening.total),
        scope=Scope(layer=opening.layer.name),
        experiment=experiment(
            jump,
            name="probes-by-layer",
            varied="output read by linear probes: behind the layer or before it, in their gap",
            held="weights and rows",
        ),
        evidence=(
            f"linear probes before {opening.layer.name}: gap {figure(opening.before)}, behind it "
            f"{figure(opening.after)}, behind the last layer {figure(opening.total)}",
            f"regularisers stand at {names}",
            "what would settle it: pairs of fits with the regulariser at that layer and as it is",
        ),
        help="move the penalty or dropout to that layer, or make it smaller; measure in pairs",
        remedies=("move-regulariser", "smaller-layer"),
    )
