"""MOD116: the gradient grows beyond measure on its way to the first layers."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.gradient_flow import Flow, flows
from valgap.checks.layer_settings import short
from valgap.checks.learning import STATES, has_failed, loss_is_lost, lost_skill, skill_lines
from valgap.checks.outcome import outcome
from valgap.evidence.model import LayerMeasured
from valgap.finding import Expected, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import figure, plural

# AUTOTRAINER calls a ratio of the first layer's gradient to the last's above this exploding
# (Zhang et al., ICSE 2021).
EXPLODES = 70.0
# A gradient that large against the weights replaces them in a step of rate .01.
LARGE = 100.0
# In every one of so many layers: weights drawn so large that any usual step replaces them.
THROWN, LEAST_LAYERS = 10.0, 3


def _example(grows: float, score: float) -> Case:
    layers = tuple(
        LayerMeasured(
            f"dense_{i}",
            "Dense",
            32,
            has_weights=True,
            activation="relu",
            gradient=0.02 * grows ** (4 - i),
            gradient_start=0.05 * grows ** (4 - i),
        )
        for i in range(5)
    )
    return example_case(
        measured_model={"layers": layers, "predictions": scored(score, score)},
        measured_rows={"references": referenced(0.9)},
    )


@check(
    code="MOD116",
    name="exploding-gradient",
    family="MOD",
    severity="error",
    needs=("gradients",),
    fires_on=lambda: _example(8.0, 0.26),
    silent_on=lambda: _example(1.4, 0.93),
)
def exploding_gradient(case: Case) -> Iterable[Finding]:
    """The gradient grows from layer to layer on its way back, and steps are thrown about.

    What it looks for: the norm of the gradient over that of the weights, in the first layer of
    weights against the last, at the start and at the end; told only where training rows were
    learned poorly, or the loss became no number.

    Why it matters: any rate that moves the last layers throws the first ones far off. The loss
    jumps, or is no number from some step on.

    What to do: see what makes it so large, such as inputs that are not scaled or weights drawn
    too large; then `clipnorm=1.0` in the optimiser, and a lower rate.

    References: Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural
    Networks, 2013; Zhang et al., AUTOTRAINER, ICSE 2021.
    """
    if not has_failed(case):
        return
    found = [flow for flow in flows(case) if flow.ratio > EXPLODES]
    if not found:
        yield from _from_the_start(case)
        return
    flow = max(found, key=lambda flow: flow.ratio)
    is_large = (_size(flow.first, flow.at) or 0.0) >= LARGE
    yield _finding(case, flow, "confirmed" if is_large and loss_is_lost(case) else "suspected")


def _from_the_start(case: Case) -> Iterable[Finding]:
    """Every layer's first gradient is many times its weights: they were drawn too large."""
    weighted = [la for la in case.measured_layers() if finite(la.gradient_start)]
    sizes = [la.gradient_start for la in weighted if la.gradient_start is not None]
    if len(sizes) < LEAST_LAYERS or min(sizes) < THROWN:
        return
    yield exploding_gradient.finding(
        case,
        severity="error" if outcome(case).has_not_learned else "warning",
        status="suspected",
        message=f"exploding gradient: {figure(min(sizes))} times the weights at the start",
        observed=Observed(min(sizes), "gradient over weights, the layer with the least"),
        expected=Expected("<", THROWN, "a step at a rate of .1 leaves weights their size"),
        size=lost_skill(case),
        evidence=(
            f"at the start of the fit, over {plural(len(sizes), 'layer')} of weights: "
            f"{figure(min(sizes))} to {figure(max(sizes))} of their weights",
            *skill_lines(case),
            "training from weights drawn smaller would settle it",
        ),
        help="Keras' own initialisers, or he_normal before ReLU; clipnorm=1.0",
        remedies=("default-initialiser", "clip-gradients"),
        explains=(*STATES, "CUR103", "EVL109", "FIT101"),
    )


def _size(layer: LayerMeasured, at: str) -> float | None:
    return layer.gradient_start if at == "start" else layer.gradient


def _finding(case: Case, flow: Flow, status: Status) -> Finding:
    first, last = (figure(_size(layer, flow.at)) for layer in (flow.first, flow.last))
    return exploding_gradient.finding(
        case,
        severity="error" if loss_is_lost(case) else "warning",
        status=status,
        message=(
            f"exploding gradient: {figure(flow.ratio)} times the last's at {short(flow.first.name)}"
        ),
        observed=Observed(flow.ratio, "relative gradient, first layer over last"),
        expected=Expected("<=", EXPLODES, "AUTOTRAINER, Zhang et al. 2021"),
        size=0.9 * lost_skill(case),
        scope=Scope(layer=flow.first.name),
        evidence=(
            f"at the {flow.at} of the fit, over {plural(flow.layers, 'layer')} of weights: "
            f"{first} of its weights at {flow.first.name}, {last} at {flow.last.name}",
            *skill_lines(case),
            *([] if status == "confirmed" else ["training with clipnorm=1 would settle it"]),
        ),
        help="scaled inputs and weights, clipnorm=1.0, a lower rate",
        remedies=("clip-gradients", "lower-learning-rate"),
        explains=(*STATES, "CUR103"),
    )
