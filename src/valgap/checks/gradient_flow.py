"""How the gradient fares from the last layer of weights to the first."""

from __future__ import annotations

import math
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.evidence.model import LayerMeasured

# Scales and look-ups have gradients of their own size.
LEFT_OUT = ("Normalization", "Embedding", "PReLU")


@dataclass(frozen=True, slots=True)
class Flow:
    """The gradient of the first layer of weights over that of the last, `at` start or end.

    Each is relative to the norm of its weights.
    """

    first: LayerMeasured
    last: LayerMeasured
    layers: int
    ratio: float
    at: str


def flows(case: Case) -> tuple[Flow, ...]:
    """Gives back the flow at the start and at the end of the fit, as far as they were measured."""
    trained = [layer for layer in case.measured_layers() if _is_trained(layer)]
    pairs = (
        ("start", [(layer, layer.gradient_start) for layer in trained]),
        ("end", [(layer, layer.gradient) for layer in trained]),
    )
    return tuple(flow for at, told in pairs if (flow := _flow(told, at)))


def _is_trained(layer: LayerMeasured) -> bool:
    is_left_out = any(name in layer.cls for name in LEFT_OUT)
    return layer.has_weights and layer.trainable and not is_left_out


def _flow(told: list[tuple[LayerMeasured, float | None]], at: str) -> Flow | None:
    # A gradient of exactly 0 is cut off, not small: dead units, or a branch that is detached.
    known = [(layer, size) for layer, size in told if finite(size) and size > 0]
    if len(known) < 2 or len(known) < len(told):
        return None
    (first, early), (last, late) = known[0], known[-1]
    ratio = early / late
    return Flow(first, last, len(known), ratio, at) if math.isfinite(ratio) else None
