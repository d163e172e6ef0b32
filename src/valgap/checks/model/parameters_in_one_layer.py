"""MOD105: most parameters stand in one layer behind a Flatten."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.layer_settings import short
from valgap.checks.opening import opening_of
from valgap.checks.outcome import outcome
from valgap.evidence.records import LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, figure, percent

# Four of five: what comes before the layer has next to no share in what is learned by heart.
SHARE = 0.8
# A classifier of W weights needs some W / e rows to err on a share e of new ones (Baum and
# Haussler 1989); ten weights a row is a hundred times what that allows for one in ten.
A_ROW = 10.0
# A hundred times that is told of any model that did not come out well, gap or not: of one that
# has learned nothing yet no gap can be seen.
EXTREME = 1000.0
# Twice the difference in skill that matters: what makes a treatment worth its while.
GAP = 0.1


@dataclass(frozen=True, slots=True)
class _Crowded:
    """The layer, its share of all parameters, and what it holds for each training row."""

    layer: LayerRecord
    positions: int
    share: float
    a_row: float


def _example(width: int, train: float, validation: float) -> Case:
    kept = (12, 12, 32) if width > 32 else (32,)
    parts = (
        LayerRecord(
            "conv2d", "Conv2D", "", "plain", True, 9_568, (12, 12, 32), {"activation": "relu"}
        ),
        LayerRecord("pooling", "GlobalAveragePooling2D", "", "plain", True, 0, (32,))
        if width == 32
        else LayerRecord("dropout", "Dropout", "", "noise", True, 0, kept),
        LayerRecord("flatten", "Flatten", "", "plain", True, 0, (width,)),
        LayerRecord("dense", "Dense", "", "plain", True, (width + 1) * 128, (128,)),
        LayerRecord("dense_1", "Dense", "", "plain", True, 516, (4,)),
    )
    case = example_case(
        layer_records=parts, measured_model={"predictions": scored(train, validation)}
    )
    total = sum(layer.parameters for layer in parts)
    model = dataclasses.replace(case.fit.model, parameters=total)
    return dataclasses.replace(case, fit=dataclasses.replace(case.fit, model=model))


@check(
    code="MOD105",
    name="parameters-in-one-layer",
    family="MOD",
    severity="warning",
    needs=("predictions", "validation-predictions"),
    fires_on=lambda: _example(12 * 12 * 32, 1.0, 0.63),
    silent_on=lambda: _example(32, 0.95, 0.93),
)
def parameters_in_one_layer(case: Case) -> Iterable[Finding]:
    """Most of the parameters stand behind a Flatten, many for each training row.

    What it looks for: the first layer of weights behind a Flatten that folds positions which
    earlier layers of weights made; its share of all parameters, and its parameters for each
    training row. It is a warning where validation is clearly below training, and a note where
    there are a thousand for each row and the model came out badly.

    Why it matters: a weight for every position lets a dense or recurrent layer learn the
    training pictures by heart, place by place. Dropout beside it takes little of that away.

    What to do: global average pooling in place of Flatten, or more pooling before it; then
    compare in pairs.

    References: Lin, Chen and Yan, Network In Network, 2014, section 3.2; Baum and Haussler,
    What Size Net Gives Valid Generalization?, 1989.
    """
    crowded = _crowded(case)
    if crowded is None or crowded.share < SHARE or crowded.a_row < A_ROW:
        return
    gap = _gap(case)
    if gap is not None and gap > GAP:
        yield _finding(case, crowded, gap)
    elif crowded.a_row >= EXTREME and not outcome(case).is_good:
        yield dataclasses.replace(_finding(case, crowded, 0.0), severity="note")


def _gap(case: Case) -> float | None:
    """Gives back how far validation lies below training, where that is clear."""
    told = outcome(case)
    if told.train is None or told.validation is None or told.is_good or not told.overfits:
        return None
    gap = told.train.value - told.validation.value
    return gap if finite(gap) else None


def _crowded(case: Case) -> _Crowded | None:
    layers, total, rows = case.fit.model.layers, case.fit.model.parameters, case.fit.train.rows
    folds = [i for i, layer in enumerate(layers) if layer.cls == "Flatten" and i > 0]
    if not folds or not rows or total <= 0:
        return None
    at = folds[-1]
    positions = _positions(layers[:at])
    behind = next((a for a in layers[at:] if _has_weights(a)), None)
    if behind is None or positions < 2 or not any(_has_weights(b) for b in layers[:at]):
        return None
    return _Crowded(behind, positions, behind.parameters / total, behind.parameters / rows)


def _has_weights(layer: LayerRecord) -> bool:
    return layer.parameters > 0 and layer.kind != "batch-statistics"


def _positions(before: tuple[LayerRecord, ...]) -> int:
    """Gives back how many positions of a row, or of a frame of it, the Flatten folds.

    What a TimeDistributed repeats stands behind it, and each of them has the shape that comes out.
    """
    repeated = bool(before) and before[-1].cls == "TimeDistributed"
    known = before[:-1] if repeated else before
    shape = next((s for layer in reversed(known) if (s := layer.output_shape)), ())
    return math.prod(n or 1 for n in shape[1 if repeated else 0 : -1])


def _finding(case: Case, crowded: _Crowded, gap: float) -> Finding:
    name, share = short(crowded.layer.name), min(1.0, crowded.share)
    opening = opening_of(case) if gap else None
    opens = opening is not None and opening.layer.name == crowded.layer.name
    return parameters_in_one_layer.finding(
        case,
        status="suspected",
        message=f"{percent(share)} of parameters in {name}, {figure(crowded.a_row)} a training row",
        observed=Observed(crowded.a_row, "parameters a training row", n=case.fit.train.rows),
        expected=Expected("<", A_ROW, "a hundred times the rule of Baum and Haussler 1989"),
        # A place for learning by heart; that it happens there is known where probes tell.
        size=min(1.0, (1.0 if opens else 0.5) * share * gap),
        scope=Scope(layer=crowded.layer.name),
        evidence=(
            f"{crowded.layer.name} holds {count(crowded.layer.parameters)} of "
            f"{count(case.fit.model.parameters)} parameters, for "
            f"{count(case.fit.train.rows)} training rows",
            f"the Flatten before it folds {count(crowded.positions)} positions",
            f"skill on validation is {figure(gap, 2)} below that on training"
            if gap
            else "nothing that training learned can be compared with validation yet",
            *(["linear probes tell the splits apart from this layer on"] if opens else []),
            "training with global average pooling in its place would settle it",
        ),
        help="GlobalAveragePooling2D() in place of Flatten(), compared in pairs",
        remedies=("global-pooling",),
        explains=("CUR101", "CUR105", "EVL105", "EVL109", "FIT113"),
    )
