"""MOD125: regularisers stand elsewhere than at the layer at which the gap opens."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.counterfactual import experiment
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.layer_settings import has_penalty, noise_rate, record_of, short
from valgap.checks.opening import HALF, Opening, opening_of
from valgap.checks.outcome import outcome
from valgap.evidence.account import Estimate
from valgap.evidence.model import LayerMeasured
from valgap.evidence.records import LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import figure, signed

MOVED = "the penalty or dropout moved to that layer"
SMALLER = "that layer, or what goes into it, made smaller"

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


def _case(*measured: LayerMeasured) -> Case:
    records = (
        _record("conv", "Conv2D", penalty=1e-4),
        _record("dropout", "Dropout", rate=0.3),
        _record("flatten", "Flatten"),
        _record("flatten_1", "Reshape"),
        _record("lstm", "LSTM"),
        _record("dense", "Dense"),
    )
    return example_case(
        loss=_LOSS,
        val_loss=_VAL_LOSS,
        layer_records=records,
        measured_model={"layers": measured, "predictions": scored(0.99, 0.61)},
    )


def _at_the_lstm() -> Case:
    return _case(
        _probed("conv", "Conv2D", 0.55, 0.53),
        _probed("lstm", "LSTM", 0.97, 0.62),
        _probed("dense", "Dense", 0.99, 0.61),
    )


def _gradual() -> Case:
    return _case(
        _probed("conv", "Conv2D", 0.72, 0.68),
        _probed("lstm", "LSTM", 0.77, 0.63),
        _probed("dense", "Dense", 0.81, 0.59),
    )


@check(
    code="MOD125",
    name="regulariser-in-the-wrong-place",
    family="MOD",
    severity="note",
    needs=("layers", "predictions"),
    fires_on=_at_the_lstm,
    silent_on=_gradual,
)
def regulariser_in_the_wrong_place(case: Case) -> Iterable[Finding]:
    """Regularisers stand elsewhere than at the layer at which the gap opens.

    What it looks for: linear classifiers on the output of each layer, trained on training rows
    and scored on other rows of both splits; the layer from which on training rows are told
    apart much better than validation rows, while penalties or noise stand at other layers. It
    says whether one stands there, before or behind it, as well.

    Why it matters: dropout and penalties act on the layers they stand at. Where those do
    not overfit, they cost fit and leave the gap as it is.

    What to do: move the penalty or the dropout to that layer; where they stand there already,
    make it or what goes into it smaller. Measure in pairs.

    References: Alain and Bengio, Understanding Intermediate Layers Using Linear Classifier
    Probes, 2016.
    """
    if not outcome(case).overfits:
        return
    opening = opening_of(case)
    if opening is None or _decays_all(case):
        return
    there = _beside(case, opening.layer)
    if there is None:
        return
    # The cell of a recurrent layer has the settings of its layer, and no shape of its own.
    whole = (r for r in case.layers(_regularises) if r.output_shape is not None)
    elsewhere = [record for record in whole if record not in there]
    if elsewhere:
        yield _finding(case, opening, there, elsewhere)


def _regularises(record: LayerRecord) -> bool:
    return has_penalty(record.config) or noise_rate(record.config) > 0


def _decays_all(case: Case) -> bool:
    """Whether the optimiser shrinks all weights alike."""
    compiled = case.fit.compile
    return bool(compiled and compiled.optimizer_config.get("weight_decay"))


def _beside(case: Case, layer: LayerMeasured) -> list[LayerRecord] | None:
    """The regularisers at a layer: its own, and noise with no weights between; None: unknown."""
    own = record_of(case, layer.name)
    if own is None:
        return None
    records = list(case.fit.model.layers)
    at = records.index(own)
    sides = (_first_noise(side) for side in (records[:at][::-1], records[at + 1 :]))
    return [record for record in (own, *sides) if record is not None and _regularises(record)]


def _first_noise(records: list[LayerRecord]) -> LayerRecord | None:
    """The noise that comes before the next layer with weights (batch normalisation aside).

    Parts of a layer, such as the cell of a recurrent one, have no shape of their own; what a
    wrapper repeats stands beside it.
    """
    for record in records:
        if noise_rate(record.config) > 0 and record.kind == "noise":
            return record
        is_part = record.output_shape is None or record.cls == "TimeDistributed"
        if record.parameters and record.kind != "batch-statistics" and not is_part:
            return None
    return None


def _finding(
    case: Case, opening: Opening, there: list[LayerRecord], elsewhere: list[LayerRecord]
) -> Finding:
    jump = opening.jump
    held = f"which {_names(there, 1)} does not hold" if there else "which has no regulariser"
    return regulariser_in_the_wrong_place.finding(
        case,
        status="suspected",
        message=f"the gap opens at {short(opening.layer.name)} ({signed(jump.value)}), {held}",
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
            f"regularisers stand at {_names(elsewhere, 4)}"
            + (f", and there at {_names(there, 4)}" if there else ""),
            f"what would settle it: pairs of fits with {SMALLER if there else MOVED} and as it is",
        ),
        help=f"{SMALLER if there else MOVED}; measure in pairs",
        remedies=("move-regulariser", "smaller-layer"),
    )


def _names(records: list[LayerRecord], most: int) -> str:
    return ", ".join(short(record.name) for record in records[:most])
