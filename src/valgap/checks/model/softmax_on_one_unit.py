"""MOD101: a softmax over one unit, which is 1 for every row."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.learning import gives_all_rows_the_same, learns_poorly, lost_skill
from valgap.checks.trouble import OF_LEARNING, OF_THE_TASK
from valgap.evidence.model import HeadRecord, LayerMeasured
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check

# Softmax divides by the sum over the units: one unit over itself is 1.
LEAST_UNITS = 2
ALL = 0.999


def _example(units: int, activation: str, score: float) -> Case:
    made = scored(score, score, classes=2)
    is_constant = activation == "softmax" and units == 1
    head = HeadRecord(
        "output",
        "dense_4",
        (units,),
        activation,
        "binary_crossentropy",
        logits=False,
        task="binary",
        low=1.0 if is_constant else 0.001,
        high=1.0 if is_constant else 0.998,
    )
    told = tuple(dataclasses.replace(p, constant=is_constant) for p in made)
    return example_case(measured_model={"heads": (head,), "predictions": told})


@check(
    code="MOD101",
    name="softmax-on-one-unit",
    family="MOD",
    severity="error",
    needs=("heads",),
    fires_on=lambda: _example(1, "softmax", 0.5),
    silent_on=lambda: _example(1, "sigmoid", 0.97),
)
def softmax_on_one_unit(case: Case) -> Iterable[Finding]:
    """A softmax over a single unit gives 1 to every row.

    What it looks for: an output, or a layer inside, that ends in a softmax over one unit, and
    whether it gives all rows the same. Softmax over another axis, such as the steps, does not.

    Why it matters: softmax makes shares that sum to 1; of one unit the share is always 1. The
    prediction never changes. On TensorFlow the logged loss may fall all the same, since
    Keras looks behind the softmax for it, but the accuracy is that of a constant.

    What to do: `Dense(1, activation="sigmoid")` with binary cross-entropy, or one unit a class
    under softmax with categorical cross-entropy.

    References: Bridle, Probabilistic Interpretation of Feedforward Classification Network
    Outputs, 1990; Keras documentation, layer activation functions.
    """
    for head in case.heads():
        constant = gives_all_rows_the_same(case, head.output)
        if head.activation == "softmax" and head.shape[-1:] == (1,) and constant is not False:
            yield _of_head(case, head, bool(constant))
    ends = {head.layer for head in case.heads()}
    for layer in case.measured_layers():
        if layer.name not in ends and _is_one_softmax(layer) and learns_poorly(case):
            yield _of_layer(case, layer)


def _is_one_softmax(layer: LayerMeasured) -> bool:
    is_constant = (layer.frozen_units or 0.0) >= ALL
    return layer.activation == "softmax" and layer.units == 1 and is_constant


def _of_head(case: Case, head: HeadRecord, is_constant: bool) -> Finding:
    seen = "all rows get the same output" if is_constant else "outputs were not measured"
    return softmax_on_one_unit.finding(
        case,
        status="confirmed" if is_constant else "suspected",
        message="softmax on 1 unit: every row gets the output 1",
        observed=Observed(1.0, "units under the softmax"),
        expected=Expected(">=", LEAST_UNITS, "softmax of one unit is 1 (Bridle 1990)"),
        size=1.0,
        scope=Scope(layer=head.layer),
        evidence=(f"output {head.output} ends in softmax over 1 unit; {seen}",),
        help="Dense(1, activation='sigmoid') with binary_crossentropy, or one unit a class",
        remedies=("sigmoid-on-one-unit", "one-unit-a-class"),
        explains=(*OF_THE_TASK, "FIT110", "MOD106", "MOD108"),
    )


def _of_layer(case: Case, layer: LayerMeasured) -> Finding:
    return softmax_on_one_unit.finding(
        case,
        severity="warning",
        status="suspected",
        message="softmax on 1 unit inside the model: its output is always 1",
        observed=Observed(1.0, "units under the softmax"),
        expected=Expected(">=", LEAST_UNITS, "softmax of one unit is 1 (Bridle 1990)"),
        size=0.5 * lost_skill(case),
        scope=Scope(layer=layer.name),
        evidence=(
            f"layer {layer.name} gives all rows the same",
            "what it costs would be settled by training with sigmoid, or softmax over the steps",
        ),
        help="softmax over the axis that is chosen from, as in Softmax(axis=1) over steps",
        remedies=("softmax-over-the-steps",),
        # Where weights of attention come out equal so, MOD112 has measured what that does.
        explains=OF_LEARNING,
    )
