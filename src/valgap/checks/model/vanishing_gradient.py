"""MOD115: the gradient all but vanishes on its way to the first layers."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.gradient_flow import Flow, flows
from valgap.checks.layer_settings import short
from valgap.checks.learning import STATES, has_failed, lost_skill, skill_lines
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.training_course import FEWEST, course
from valgap.evidence.model import LayerMeasured
from valgap.finding import Expected, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import figure, plural

# AUTOTRAINER calls a ratio of the first layer's gradient to the last's below this vanishing
# (Zhang et al., ICSE 2021).
VANISHES = 1e-3
# Optimisers such as Adam undo the size of a gradient: what counts is that the first layer
# moves less than a tenth as far as the last.
STUCK = 0.1
# What the loss fell by from the first third of a fit to the second, against from there to the
# last: falls shrink as a fit goes on, unless something held it up.
WAITED = 0.5


def _example(shrinks: float, moved: float, score: float) -> Case:
    layers = tuple(
        LayerMeasured(
            f"dense_{i}",
            "Dense",
            32,
            has_weights=True,
            activation="sigmoid",
            gradient=0.02 * shrinks ** (4 - i),
            gradient_start=0.05 * shrinks ** (4 - i),
            moved=moved if i == 0 else 0.6,
        )
        for i in range(5)
    )
    return example_case(
        measured_model={"layers": layers, "predictions": scored(score, score)},
        measured_rows={"references": referenced(0.9)},
    )


@check(
    code="MOD115",
    name="vanishing-gradient",
    family="MOD",
    severity="error",
    needs=("gradients", "predictions"),
    fires_on=lambda: _example(0.1, 0.001, 0.27),
    silent_on=lambda: _example(0.7, 0.4, 0.94),
)
def vanishing_gradient(case: Case) -> Iterable[Finding]:
    """The gradient all but vanishes on its way back, and the first layers stay as they were.

    What it looks for: the norm of the gradient over that of the weights, in the first layer of
    weights against the last, at the start and at the end; and how far the first layer has moved.
    It is told only where training rows were learned poorly. Suspected too where the first
    layer did move in the end, after the loss had stood still for a third of the fit.

    Why it matters: what the last layers learn rests on features that stay random.

    What to do: rectifiers in place of sigmoid or tanh, He or Glorot initialisation, batch
    normalisation, or connections that skip layers; for series LSTM or GRU.

    References: Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward
    Neural Networks, 2010; He et al., Deep Residual Learning for Image Recognition, 2016; Zhang et
    al., AUTOTRAINER, ICSE 2021.
    """
    found = [flow for flow in flows(case) if flow.ratio < VANISHES]
    if not found or not has_failed(case):
        return
    flow = min(found, key=lambda flow: flow.ratio)
    is_stuck = _is_stuck(flow.first, flow.last)
    if is_stuck is False and flow.at == "start" and _began_late(case):
        is_stuck = None
    if is_stuck is not False:
        yield _finding(case, flow, "confirmed" if is_stuck else "suspected")


def _began_late(case: Case) -> bool:
    """Whether a third of the fit went by before the loss fell: first the way had to be freed."""
    told = course(case)
    if told is None or told.values < FEWEST:
        return False
    waited, fell = told.first - told.middle, told.middle - told.last
    return fell > DELTA_OF_LOSS * abs(told.last) and waited < WAITED * fell


def _is_stuck(first: LayerMeasured, last: LayerMeasured) -> bool | None:
    """Whether the first layer moved far less than the last; None where it is not known."""
    if not (finite(first.moved) and finite(last.moved)) or last.moved <= 0:
        return None
    return first.moved < STUCK * last.moved


def _finding(case: Case, flow: Flow, status: Status) -> Finding:
    moved = [
        f"{layer.name} moved by {figure(layer.moved)} of its norm"
        for layer in (flow.first, flow.last)
        if finite(layer.moved)
    ]
    return vanishing_gradient.finding(
        case,
        status=status,
        message=f"vanishing gradient: {flow.ratio:.1e} at {short(flow.first.name)} of the last's",
        observed=Observed(flow.ratio, "relative gradient, first layer over last"),
        expected=Expected(">=", VANISHES, "AUTOTRAINER, Zhang et al. 2021"),
        size=0.9 * lost_skill(case),
        scope=Scope(layer=flow.first.name),
        evidence=(
            f"at the {flow.at} of the fit, over {plural(flow.layers, 'layer')} of weights",
            *moved,
            *skill_lines(case),
            *([] if status == "confirmed" else ["training with rectifiers would settle it"]),
        ),
        help="rectifiers, he_normal, batch normalisation or skip connections",
        remedies=("relu-between-layers", "batch-normalisation"),
        # Where it was freed in the end, it is why the epochs did not suffice.
        explains=STATES if status == "confirmed" else (*STATES, "FIT103"),
    )
