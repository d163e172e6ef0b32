"""MOD118: units of a layer that began alike and still are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.layer_settings import record_of, short
from valgap.checks.outcome import Outcome, outcome
from valgap.evidence.model import LayerMeasured
from valgap.evidence.records import Json
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import percent

# Below half of its units a layer still has most of its width.
HALF = 0.5
# Layers whose weights begin alike by design: one scale and one shift a channel.
BY_DESIGN = ("Normalization", "PReLU", "Embedding", "Rescaling")
_ALIKE = ("Zeros", "Ones", "Constant")

_LOSS = (1.387, *(1.386,) * 11)


def _layers(hidden: float) -> tuple[LayerMeasured, ...]:
    return tuple(
        LayerMeasured(name, "Dense", units, True, identical_at_start=hidden, identical_units=hidden)
        for name, units in (("dense", 64), ("dense_1", 32))
    )


def _symmetric() -> Case:
    measured = {"layers": _layers(1.0), "predictions": scored(0.25, 0.25)}
    return example_case(loss=_LOSS, val_loss=_LOSS, rows={}, measured_model=measured)


def _drawn() -> Case:
    measured = {"layers": _layers(0.0), "predictions": scored(0.95, 0.93)}
    return example_case(measured_model=measured)


@check(
    code="MOD118",
    name="symmetric-initialisation",
    family="MOD",
    severity="error",
    needs=("weights",),
    fires_on=_symmetric,
    silent_on=_drawn,
)
def symmetric_initialisation(case: Case) -> Iterable[Finding]:
    """Units of a layer began with the same weights and still have them after training.

    What it looks for: layers in which at least half of the units hold the weights of another
    unit, at the start of the fit and at its end. A layer whose units part in training, such
    as a last layer that begins at 0, is left alone.

    Why it matters: units with equal weights give equal outputs and get equal gradients, so
    they stay equal: the layer is one unit wide. Zeros in two layers that follow each other
    stop the gradient altogether.

    What to do: draw kernels at random (`glorot_uniform`, `he_normal`); zeros are for biases.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 8.4; Glorot
    and Bengio, Understanding the difficulty of training deep feedforward networks, 2010.
    """
    alike = [layer for layer in case.measured_layers() if _stays_alike(case, layer)]
    widest = max(alike, key=lambda layer: layer.units or 0, default=None)
    if widest is not None:
        yield _finding(case, alike, widest)


def _stays_alike(case: Case, layer: LayerMeasured) -> bool:
    if not (layer.has_weights and layer.trainable) or any(n in layer.cls for n in BY_DESIGN):
        return False
    if layer.units is None or layer.units < 2:
        return False
    after = layer.identical_units
    return finite(after) and after >= HALF and _began_alike(case, layer)


def _began_alike(case: Case, layer: LayerMeasured) -> bool:
    if finite(layer.identical_at_start):
        return layer.identical_at_start >= HALF
    record = record_of(case, layer.name)
    return record is not None and _initialiser(record.config.get("kernel_initializer")) in _ALIKE


def _initialiser(told: Json) -> str:
    return str(told.get("class_name") if isinstance(told, Mapping) else told)


def _judged(came_out: Outcome) -> tuple[Severity, Status]:
    """By its effect: units still alike are measured, but a fit that learns does not need them."""
    if came_out.has_not_learned:
        return "error", "confirmed"
    if came_out.train is None:
        return "warning", "suspected"
    return ("warning", "confirmed" if came_out.underfits else "harmless")


def _finding(case: Case, alike: list[LayerMeasured], widest: LayerMeasured) -> Finding:
    severity, status = _judged(outcome(case))
    share = min(1.0, widest.identical_units or 0.0)
    units = widest.units or 0
    more = f" and {len(alike) - 1} more" if len(alike) > 1 else ""
    return symmetric_initialisation.finding(
        case,
        severity=severity,
        status=status,
        message=f"symmetric initialisation: {percent(share)} alike in {short(widest.name)}{more}",
        observed=Observed(share, "share of units with the weights of another", n=units),
        expected=Expected("<", HALF, "half of the units; 0 for weights drawn at random"),
        size=1.0 if severity == "error" else HALF * share,
        scope=Scope(layer=", ".join(layer.name for layer in alike)),
        evidence=tuple(_line(layer) for layer in alike[:5]),
        help='kernel_initializer="glorot_uniform" (or he_normal before ReLU)',
        remedies=("random-initialisation",),
        explains=(
            *("MOD114", "MOD115", "MOD119", "MOD121", "CUR102", "CUR104", "CUR106"),
            *("EVL102", "EVL107", "EVL109"),
        ),
    )


def _line(layer: LayerMeasured) -> str:
    began = layer.identical_at_start
    start = f"{percent(began)} at the start" if finite(began) else "drawn from a constant"
    after = percent(min(1.0, layer.identical_units or 0.0))
    return f"{layer.name}: {start}, {after} of {layer.units} units alike after training"
