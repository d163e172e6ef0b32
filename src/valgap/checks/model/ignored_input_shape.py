"""MOD122: arguments of layers that have no effect."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.layer_settings import short
from valgap.checks.outcome import outcome
from valgap.evidence.model import LayerMeasured
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import plural

_LAYERS = (LayerMeasured("conv2d", "Conv2D", 32, True), LayerMeasured("dense", "Dense", 1, True))


def _ignored() -> Case:
    told = ("conv2d_1: input_shape",)
    return example_case(measured_model={"layers": _LAYERS, "ignored_arguments": told})


def _none() -> Case:
    return example_case(measured_model={"layers": _LAYERS})


@check(
    code="MOD122",
    name="ignored-input-shape",
    family="MOD",
    severity="note",
    needs=("ignored-arguments",),
    fires_on=_ignored,
    silent_on=_none,
)
def ignored_input_shape(case: Case) -> Iterable[Finding]:
    """Arguments of layers that Keras accepts and does not use.

    What it looks for: `input_shape` on a layer that is not the first, a mode (`training=`) of
    a layer that `fit` and `predict` overrule, and other arguments that change nothing.

    Why it matters: nothing is wrong with the numbers. But the script says something else
    than it does, such as another picture size, and the next reader believes the script.

    What to do: take the argument away, or put the shape where it counts: `keras.Input` as
    the first layer.

    References: Keras documentation, The Sequential model, "Specifying the input shape in
    advance".
    """
    told = case.model.ignored_arguments if case.model else ()
    if not told:
        return
    layer, _, argument = told[0].partition(":")
    such = f"{argument.strip()[:20]} of {short(layer)}" if argument else short(layer)
    yield ignored_input_shape.finding(
        case,
        status="harmless" if outcome(case).is_good else "confirmed",
        message=f"{plural(len(told), 'argument')} without effect: {such}",
        observed=Observed(float(len(told)), "arguments without effect"),
        expected=Expected("==", 0.0, "each argument that is given has an effect"),
        scope=Scope(layer=layer),
        evidence=tuple(f"{each} has no effect" for each in told[:10]),
        help="take the argument away, or give the shape to keras.Input as the first layer",
        remedies=("remove-argument",),
    )
