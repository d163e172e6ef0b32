"""MOD121: a layer or an input that no gradient of the loss comes to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.layer_settings import record_of, short
from valgap.checks.learning import of_output
from valgap.checks.outcome import Outcome, outcome
from valgap.checks.trouble import OF_LEARNING
from valgap.evidence.model import LayerMeasured
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, percent, plural

# A layer that is dead or saturated throughout passes no gradient, though its path is whole.
BLOCKED = 0.99
HALF = 0.5
# An output whose loss weight is 0 is detached on purpose.
_ZERO_WEIGHT = re.compile(r"(?<![\d.])0(?:\.0*)?(?![\d.])")
_NAMED_WEIGHT = re.compile(r"['\"]?(\w+)['\"]?\s*:\s*(\d+(?:\.\d*)?)")
_WEIGHT = re.compile(r"(?<![\w.])(\d+(?:\.\d*)?)(?![\w.])")

_LOSS = (1.9, 1.7, 1.62, 1.58, 1.56, 1.55, 1.54, 1.53, 1.53, 1.52, 1.52, 1.52)


def _layers(reached: bool) -> tuple[LayerMeasured, ...]:
    return (
        LayerMeasured("lstm", "LSTM", 32, True, has_gradient=reached),
        LayerMeasured("attention_dense", "Dense", 16, True, has_gradient=reached),
        LayerMeasured("dense", "Dense", 4, True, has_gradient=True),
    )


def _detached() -> Case:
    measured = {"layers": _layers(False), "predictions": scored(0.5, 0.49)}
    return example_case(loss=_LOSS, val_loss=_LOSS, rows={}, measured_model=measured)


def _whole() -> Case:
    measured = {"layers": _layers(True), "predictions": scored(0.5, 0.49)}
    return example_case(loss=_LOSS, val_loss=_LOSS, rows={}, measured_model=measured)


@check(
    code="MOD121",
    name="detached-branch",
    family="MOD",
    severity="error",
    needs=("gradients",),
    fires_on=_detached,
    silent_on=_whole,
)
def detached_branch(case: Case) -> Iterable[Finding]:
    """Some trainable layers or inputs get no gradient from the loss.

    What it looks for: trainable layers with weights whose gradient is missing or exactly 0
    on a sample of rows, at the start and at the end, while other layers have one; and inputs
    whose rows can be exchanged without changing any output. It is not said where a dead,
    saturated or symmetric layer stops the gradient. An output whose loss has weight 0 is told
    of only where figures of it are logged and it does no better than chance.

    Why it matters: what no gradient comes to keeps its first random weights; an input that
    has none is not used at all.

    What to do: follow the path from the layer to the loss: an output that is not in the
    model, `stop_gradient`, rounding or `argmax` in between, a product with zeros.

    References: Keras documentation, `keras.ops.stop_gradient`; Goodfellow, Bengio and
    Courville, Deep Learning, 2016, section 6.5 (back-propagation).
    """
    weighted = [w for w in case.measured_layers() if w.has_weights and w.trainable]
    known = [w for w in weighted if w.has_gradient is not None]
    lost = [w for w in known if _has_none(w)]
    # Where no layer has a gradient, the head or the loss stops it: MOD101, MOD102.
    if len(lost) == len(known) or _is_stopped(case) or _on_purpose(case):
        lost = []
    inputs = list(case.model.detached_inputs) if case.model else []
    if lost or inputs:
        yield _finding(case, lost, len(known), inputs)
    elif (output := _reported_without_weight(case)) is not None:
        yield _without_weight(case, output)


def _has_none(layer: LayerMeasured) -> bool:
    """Whether the gradient is missing or exactly 0: one that vanishes is small, and MOD115's."""
    return layer.has_gradient is False and not layer.gradient and not layer.gradient_start


def _is_stopped(case: Case) -> bool:
    """Whether a layer was found that lets no gradient through though its path is whole."""
    return any(_stops(w) for w in case.measured_layers() if "Normalization" not in w.cls)


def _stops(layer: LayerMeasured) -> bool:
    alike = layer.identical_units if layer.units != 1 else None
    # A softmax that is sure of its class is saturated, and has learned.
    saturated = layer.saturated if layer.activation != "softmax" else None
    return any(s >= BLOCKED for s in (layer.dead_units, saturated, alike) if finite(s))


def _on_purpose(case: Case) -> bool:
    compiled = case.fit.compile
    told = compiled.arguments.get("loss_weights", "") if compiled else ""
    return bool(_ZERO_WEIGHT.search(told))


def _reported_without_weight(case: Case) -> str | None:
    """An output that no loss trains, though a figure of it is logged, and that knows nothing."""
    compiled = case.fit.compile
    told = compiled.arguments.get("loss_weights", "") if compiled else ""
    names = [head.output for head in case.heads()]
    logged = {name for epoch in case.fit.epochs[-1:] for name in epoch.logs}
    for name in zero_weighted(told, names):
        is_shown = any(figure.removeprefix("val_").startswith(f"{name}_") for figure in logged)
        if is_shown and outcome(of_output(case, name)).has_not_learned:
            return name
    return None


def zero_weighted(told: str, outputs: list[str]) -> list[str]:
    """Gives back the outputs that a text such as `{a: 0.0, b: 1.0}` or `[0, 1]` gives weight 0."""
    named = _NAMED_WEIGHT.findall(told)
    if named:
        return [name for name, weight in named if name in outputs and float(weight) == 0]
    weights = _WEIGHT.findall(told)
    if len(weights) != len(outputs):
        return []
    return [name for name, weight in zip(outputs, weights, strict=True) if float(weight) == 0]


def _without_weight(case: Case, output: str) -> Finding:
    return detached_branch.finding(
        case,
        severity="warning",
        status="suspected",
        message=f"detached: the loss of output {short(output)} has weight 0, it knows nothing",
        observed=Observed(0.0, "loss weight"),
        expected=Expected(">", 0.0, "an output whose figures are logged is trained"),
        size=HALF,
        scope=Scope(layer=output),
        evidence=(
            f"figures of {output} are logged, its predictions are no better than chance",
            "what would settle it: the same fit with a weight above 0",
        ),
        help="a loss weight above 0 for the output, or leave its figures out",
        remedies=("attach-branch",),
        explains=(*OF_LEARNING, "FIT114"),
    )


def _judged(came_out: Outcome) -> tuple[Severity, Status]:
    """By its effect: a branch that is missed shows in training rows that are not learned."""
    if came_out.is_good:
        return "warning", "harmless"
    if came_out.has_not_learned:
        return "error", "confirmed"
    return "warning", "confirmed" if came_out.underfits else "suspected"


def _finding(case: Case, lost: list[LayerMeasured], known: int, inputs: list[str]) -> Finding:
    severity, status = _judged(outcome(case))
    share = _share_of_parameters(case, lost)
    if lost:
        told = f"{len(lost)} of {known} layers, such as {short(lost[0].name)}"
    else:
        told = f"{plural(len(inputs), 'input')}, such as {short(inputs[0])}"
    return detached_branch.finding(
        case,
        severity=severity,
        status=status,
        message=f"detached: no gradient to {told}",
        observed=Observed(float(len(lost) + len(inputs)), "layers and inputs without gradient"),
        expected=Expected("==", 0.0, "each trainable layer and each input has a path to the loss"),
        size=max(share, HALF if status == "confirmed" else 0.2),
        scope=Scope(layer=", ".join(layer.name for layer in lost) or None),
        evidence=(
            *(f"{layer.name} ({layer.cls}): gradient missing or 0" for layer in lost[:5]),
            *(f"input {name}: rows exchanged, no output changes" for name in inputs[:5]),
            *_parameter_line(case, lost, share),
            *_settling_line(status),
        ),
        help="follow the path from the layer to the loss: stop_gradient, argmax, an unused output",
        remedies=("attach-branch",),
        explains=("MOD115", "FIT114", "CUR102", "CUR104", "CUR106", "EVL102", "EVL107", "EVL109"),
    )


def _share_of_parameters(case: Case, lost: list[LayerMeasured]) -> float:
    records = [record_of(case, layer.name) for layer in lost]
    held = sum(record.parameters for record in records if record)
    return min(1.0, held / case.fit.model.parameters) if case.fit.model.parameters else 0.0


def _parameter_line(case: Case, lost: list[LayerMeasured], share: float) -> list[str]:
    if not lost or not share:
        return []
    return [f"they hold {percent(share)} of {count(case.fit.model.parameters)} parameters"]


def _settling_line(status: Status) -> list[str]:
    if status != "suspected":
        return []
    return ["what would settle it: pairs of fits with the branch attached and as it is"]
