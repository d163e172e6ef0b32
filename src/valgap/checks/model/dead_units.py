"""MOD114: units that give 0 to every row."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.layer_settings import short
from valgap.checks.learning import STATES, has_failed, learns_poorly, lost_skill, skill_lines
from valgap.checks.outcome import outcome
from valgap.evidence.model import LayerMeasured
from valgap.finding import Expected, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import figure, percent

# Seven of ten, where AUTOTRAINER too calls a rectifier dead (Zhang et al., ICSE 2021); many
# healthy networks lose a third to a half.
MOST = 0.7
WHOLE = 0.999
# Layers without weights that may be what a unit dies in; pooling and dropout only pass it on.
BENDS = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")


def _example(dead: float, score: float) -> Case:
    layers = (
        LayerMeasured("dense", "Dense", 64, True, activation="relu", dead_units=0.05),
        LayerMeasured("dense_1", "Dense", 32, True, activation="relu", dead_units=dead),
        LayerMeasured("dense_2", "Dense", 4, True, activation="softmax", dead_units=0.0),
    )
    return example_case(
        measured_model={"layers": layers, "predictions": scored(score, score)},
        measured_rows={"references": referenced(0.9)},
    )


@check(
    code="MOD114",
    name="dead-units",
    family="MOD",
    severity="error",
    needs=("activations", "predictions"),
    fires_on=lambda: _example(1.0, 0.25),
    silent_on=lambda: _example(0.4, 0.94),
)
def dead_units(case: Case) -> Iterable[Finding]:
    """Units that give 0 to every row, and so get no gradient to come back by.

    What it looks for: the share of units of a layer that are 0 on all rows of a sample; the whole
    layer, or at least seven of ten units in a model whose training rows are learned poorly.

    Why it matters: a rectifier that is below 0 for all rows has slope 0: it neither passes anything
    on nor learns again. A layer of them cuts the model off from its inputs.

    What to do: see what killed them: a rate too high, inputs not scaled, a bias far below 0.
    Then leaky rectifiers or He initialisation.

    References: Maas, Hannun and Ng, Rectifier Nonlinearities Improve Neural Network Acoustic
    Models, 2013; Lu et al., Dying ReLU and Initialization, 2020; Zhang et al., AUTOTRAINER,
    ICSE 2021.
    """
    found = [layer for layer in case.measured_layers() if _may_die(layer)]
    worst = max(found, key=lambda layer: layer.dead_units or 0.0, default=None)
    status = _status(case, worst.dead_units or 0.0) if worst else None
    if worst and status:
        yield _finding(case, worst, found, status)


def _may_die(layer: LayerMeasured) -> bool:
    return (layer.has_weights or layer.cls in BENDS) and finite(layer.dead_units)


def _status(case: Case, share: float) -> Status | None:
    if share >= WHOLE:
        if outcome(case).is_good:
            return "harmless"
        return "confirmed" if has_failed(case) else "suspected"
    return "suspected" if share >= MOST and learns_poorly(case) else None


def _finding(
    case: Case, worst: LayerMeasured, found: list[LayerMeasured], status: Status
) -> Finding:
    share, is_whole = worst.dead_units or 0.0, (worst.dead_units or 0.0) >= WHOLE
    units = f" of {worst.units:,}" if worst.units and worst.units < 10**6 else ""
    beside = [layer for layer in found if layer is not worst and (layer.dead_units or 0) >= MOST]
    severity = "error" if is_whole and status == "confirmed" else "warning"
    return dead_units.finding(
        case,
        severity="note" if status == "harmless" else severity,
        status=status,
        message=f"dead units: {percent(min(1.0, share))}{units} in {short(worst.name)} give 0 only",
        observed=Observed(share, "share of units that are 0 on all rows"),
        expected=Expected("<", MOST, "AUTOTRAINER, Zhang et al. 2021"),
        size=0.0 if status == "harmless" else min(1.0, share) * lost_skill(case),
        scope=Scope(layer=worst.name),
        evidence=(
            *(f"{b.name}: {percent(min(1.0, b.dead_units or 0.0))} too" for b in beside[:5]),
            *([f"values that are 0: share {figure(worst.zero, 2)}"] if worst.zero else []),
            *skill_lines(case),
            *(["training with leaky rectifiers would settle it"] if status == "suspected" else []),
        ),
        help="see what killed them, such as rate or scale; then LeakyReLU or he_normal",
        remedies=("leaky-relu", "lower-learning-rate"),
        explains=() if status == "harmless" else STATES,
    )
