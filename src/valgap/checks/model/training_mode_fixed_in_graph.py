"""MOD127: layers whose mode is fixed, so that inference draws noise."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.layer_settings import short
from valgap.checks.outcome import Outcome, outcome
from valgap.evidence.model import LayerMeasured
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import plural

_LAYERS = (LayerMeasured("dense", "Dense", 64, True), LayerMeasured("dropout_3", "Dropout"))


def _always_on() -> Case:
    measured = {
        "layers": _LAYERS,
        "always_random": True,
        "changed_mode": ("dropout_3",),
        "fixed_modes": {"dropout_3": True},
        "predictions": scored(0.7, 0.6),
    }
    return example_case(measured_model=measured)


def _free() -> Case:
    return example_case(measured_model={"layers": _LAYERS, "predictions": scored(0.7, 0.6)})


@check(
    code="MOD127",
    name="training-mode-fixed-in-graph",
    family="MOD",
    severity="warning",
    needs=("changed-mode",),
    fires_on=_always_on,
    silent_on=_free,
)
def training_mode_fixed_in_graph(case: Case) -> Iterable[Finding]:
    """A layer works in training mode in inference too: its mode is fixed in the graph.

    What it looks for: layers that draw noise or take statistics of the batch, called with
    `training=True`, where that mode was seen to stay in inference; and two inferences of the
    same rows that differ. A backbone called with `training=False` is left alone.

    Why it matters: validation figures and predictions are then drawn anew each time, or
    depend on which rows stand in the same batch.

    What to do: call the layer without `training`, and let `fit` and `predict` choose. Noise
    in inference on purpose (Monte Carlo dropout, a variational sampler) is fine if scores are
    means of many draws.

    References: Keras documentation, Layer, "training" argument of `call`; Gal and Ghahramani,
    Dropout as a Bayesian Approximation, 2016.
    """
    fixed = _always_training(case)
    is_random = case.model.always_random if case.model else False
    if fixed or is_random:
        yield _finding(case, fixed, is_random)


def _always_training(case: Case) -> list[str]:
    """The layers fixed in training mode; where it was not measured which, noise tells."""
    if case.model is None:
        return []
    modes, drawn = case.model.fixed_modes, case.model.always_random
    return [name for name in case.model.changed_mode if modes.get(name, drawn)]


def _judged(came_out: Outcome, fixed: list[str], is_random: bool) -> tuple[Severity, Status]:
    if came_out.is_good:
        return "note", "harmless"
    if came_out.validation is None or not (fixed or came_out.underfits):
        return "note", "confirmed"
    if not fixed:  # noise of the user's own code: a sampler, or dropout that never rests
        return "warning", "suspected"
    return "warning", "confirmed" if is_random else "suspected"


def _finding(case: Case, fixed: list[str], is_random: bool) -> Finding:
    severity, status = _judged(outcome(case), fixed, is_random)
    told = f"{plural(len(fixed), 'layer')} in training mode at inference"
    such = f", such as {short(fixed[0])}" if fixed else ""
    message = f"{told}{such}" if fixed else "inference draws at random: the same rows score anew"
    drawn = "two inferences of the same rows differ" if is_random else "inference draws nothing"
    return training_mode_fixed_in_graph.finding(
        case,
        severity=severity,
        status=status,
        message=message,
        observed=Observed(float(len(fixed)), "layers fixed in training mode"),
        expected=Expected("==", 0.0, "the mode is chosen by fit, evaluate and predict"),
        size=0.3 if severity == "warning" else 0.0,
        scope=Scope(layer=", ".join(fixed) or None),
        evidence=(
            *(f"{name} is called with training=True" for name in fixed[:5]),
            drawn,
            *_settling_line(status),
        ),
        help="call the layer without training=True, or score means of many draws",
        remedies=("free-training-mode",),
        explains=("CUR102", "CUR103", "CUR104", "EVL109") if severity == "warning" else (),
    )


def _settling_line(status: Status) -> list[str]:
    if status != "suspected":
        return []
    return ["what would settle it: the same weights scored with the mode of the layer free"]
