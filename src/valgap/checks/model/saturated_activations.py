"""MOD117: activations beyond the range in which they have a slope."""

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

# More than half: the measure of Rakitianskaia and Engelbrecht (2015) lies at a half where
# outputs fill the range evenly, and above it where they gather at its ends.
HALF = 0.5
# Nine in ten: what is left of the slope trains next to nothing.
MOST = 0.9


def _example(saturated: float, score: float) -> Case:
    layers = (
        LayerMeasured("dense", "Dense", 64, True, activation="tanh", saturated=saturated),
        LayerMeasured("dense_1", "Dense", 4, True, activation="softmax", saturated=0.3),
    )
    return example_case(
        measured_model={"layers": layers, "predictions": scored(score, score)},
        measured_rows={"references": referenced(0.9)},
    )


@check(
    code="MOD117",
    name="saturated-activations",
    family="MOD",
    severity="error",
    needs=("activations", "predictions"),
    fires_on=lambda: _example(0.97, 0.27),
    silent_on=lambda: _example(0.12, 0.93),
)
def saturated_activations(case: Case) -> Iterable[Finding]:
    """Sigmoid, tanh or softmax units lie where they have no slope to learn by.

    What it looks for: the share of a layer's values beyond the range in which its activation has a
    slope, where training rows were learned poorly. The last layer counts only where nothing
    was learned: a good classifier is sure of itself.

    Why it matters: without a slope there is no gradient. The layer, and all before it, stay where
    they are, and its outputs are a few fixed patterns.

    What to do: see what drives them there: inputs not scaled, weights drawn too large, a rate too
    high. Then batch normalisation before the activation, or rectifiers.

    References: Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Neural
    Networks, 2010; Rakitianskaia and Engelbrecht, Measuring Saturation in Neural Networks, 2015.
    """
    found = [layer for layer in case.measured_layers() if _counts(case, layer)]
    worst = max(found, key=lambda layer: layer.saturated or 0.0, default=None)
    status = _status(case, worst.saturated or 0.0) if worst else None
    if worst and status:
        yield _finding(case, worst, status)


def _counts(case: Case, layer: LayerMeasured) -> bool:
    if not finite(layer.saturated):
        return False
    is_last = layer.name in {head.layer for head in case.heads()} or layer is _last(case)
    return not is_last or (layer.saturated >= MOST and outcome(case).has_not_learned)


def _last(case: Case) -> LayerMeasured | None:
    """Gives back the last layer of weights, which ends the model where heads are not known."""
    if case.heads():
        return None
    return next((a for a in reversed(case.measured_layers()) if a.has_weights), None)


def _status(case: Case, share: float) -> Status | None:
    if share >= MOST and has_failed(case):
        return "confirmed" if outcome(case).has_not_learned else "suspected"
    return "suspected" if share > HALF and learns_poorly(case) else None


def _finding(case: Case, worst: LayerMeasured, status: Status) -> Finding:
    share = min(1.0, worst.saturated or 0.0)
    by_input = finite(worst.input_low) and finite(worst.input_high)
    return saturated_activations.finding(
        case,
        severity="error" if status == "confirmed" else "warning",
        status=status,
        message=f"saturated: {percent(share)} of {short(worst.name)} has no slope to learn by",
        observed=Observed(share, "share of values beyond the slope"),
        expected=Expected("<=", HALF, "Rakitianskaia and Engelbrecht 2015"),
        size=0.9 * share * lost_skill(case),
        scope=Scope(layer=worst.name),
        evidence=(
            *(
                [
                    f"{worst.name} gets inputs from {figure(worst.input_low)} to "
                    f"{figure(worst.input_high)}"
                ]
                if by_input
                else []
            ),
            *skill_lines(case),
            *([] if status == "confirmed" else ["training with batch normalisation settles it"]),
        ),
        help="scale inputs and weights, or normalise before the activation",
        remedies=("scale-inputs", "batch-normalisation"),
        # A unit at the end of its range lets no gradient through.
        explains=(*STATES, "MOD115", "EVL109"),
    )
