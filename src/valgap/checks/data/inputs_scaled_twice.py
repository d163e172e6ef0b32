"""DAT306: inputs divided once too often."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified
from valgap.checks.first_weights import SMALL_RANGE, Seen, seen_by_weights
from valgap.checks.learning import lost_skill
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_LEARNING, falls_short
from valgap.evidence.model import LayerMeasured
from valgap.evidence.records import LayerRecord
from valgap.evidence.rows import InputRecord
from valgap.finding import Expected, Finding, Observed, Scope, Severity
from valgap.registry import check
from valgap.wording import figure


def _pictures(highest: float, seen: float) -> Case:
    given = InputRecord(
        "train", "x", "image", (32, 32, 3), "float32", 1000, 0.0, highest, 0.5 * highest,
        0.25 * highest, features=3,
    )  # fmt: skip
    first = LayerMeasured(
        "conv2d_0", "Conv2D", has_weights=True, activation="relu", input_low=0.0, input_high=seen,
        input_std=0.25 * seen,
    )  # fmt: skip
    scale = {"scale": 1 / 255, "offset": 0.0}
    rescaling = LayerRecord("rescaling", "Rescaling", "rescaling", "plain", True, 0, config=scale)
    conv = LayerRecord("conv2d_0", "Conv2D", "conv2d_0", "plain", True, 100)
    return example_case(
        measured_rows={"inputs": (given,)},
        measured_model={"layers": (first,), "predictions": classified(0.52, 0.51)},
        layer_records=(rescaling, conv),
    )


def _divided_twice() -> Case:
    return _pictures(1.0, 1 / 255)


def _divided_once() -> Case:
    return _pictures(255.0, 1.0)


@check(
    code="DAT306",
    name="inputs-scaled-twice",
    family="DAT",
    severity="error",
    needs=("inputs", "layers"),
    fires_on=_divided_twice,
    silent_on=_divided_once,
)
def inputs_scaled_twice(case: Case) -> Iterable[Finding]:
    """The first weights get a range a fiftieth of the usual, since inputs were divided twice.

    What it looks for: what goes into the first layer with weights, after any scaling in the
    model, has a range below .02, though it was scaled once already: given with a range of 1
    or 2 and shrunk again in the model, or bytes divided by 255 twice before it. A cause where
    training rows score poorly too, harmless where the fit does well.

    Why it matters: all rows look alike to the weights. Outputs hardly differ, gradients in the
    first layer are as small as the inputs, and training crawls or stands still.

    What to do: scale in one place, best by a layer in the model: either `x / 255` or
    `Rescaling(1/255)`, not both, and no `preprocess_input` on top.

    References: LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, section 4.3; Keras
    documentation, Rescaling.
    """
    for seen in seen_by_weights(case):
        is_harmless = outcome(case).is_good
        if seen.is_scaled_twice and (is_harmless or falls_short(case)):
            yield _finding(case, seen, is_harmless)


def _finding(case: Case, seen: Seen, is_harmless: bool) -> Finding:
    given = seen.given
    severity: Severity = "error" if outcome(case).has_not_learned else "warning"
    return inputs_scaled_twice.finding(
        case,
        severity="note" if is_harmless else severity,
        status="harmless" if is_harmless else "suspected",
        message=f"inputs scaled twice: the first weights see a range of {figure(seen.range)}",
        observed=Observed(seen.range, "range of inputs", n=given.rows),
        expected=Expected(">=", SMALL_RANGE, "a fiftieth of the unit that weights are made for"),
        size=0.0 if is_harmless else lost_skill(case),
        scope=Scope(layer=seen.layer),
        evidence=(
            f"input {given.name}: {figure(given.low)} to {figure(given.high)}, as given",
            f"into layer {seen.layer}: {figure(seen.low)} to {figure(seen.high)}, standard "
            f"deviation {figure(seen.std)}",
            *_rescaling_lines(case),
            "the fit does well all the same"
            if is_harmless
            else "what settles it: pairs of fits with one of the two scalings taken out",
        ),
        help="scale in one place only: x / 255 or Rescaling(1/255), not both",
        remedies=("scale-inputs-once",),
        explains=() if is_harmless else (*OF_LEARNING, "FIT102"),
    )


def _rescaling_lines(case: Case) -> list[str]:
    layers = case.layers(lambda layer: layer.cls == "Rescaling")
    return [
        f"layer {layer.name} multiplies by {figure(scale)}"
        for layer in layers
        if isinstance(scale := layer.config.get("scale"), int | float)
    ]
