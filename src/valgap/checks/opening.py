"""The layer at which the gap between the splits opens, by linear probes on what layers give."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from valgap.case import Case
from valgap.checks.counterfactual import difference, half_width
from valgap.checks.outcome import MATTERS
from valgap.evidence.account import Estimate
from valgap.evidence.model import LayerMeasured

# The layer that opens the gap makes at least half of it: DESIGN section 6.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Opening:
    """The layer at which the gap between the splits opens, and by how much."""

    layer: LayerMeasured
    before: float
    after: float
    total: float
    jump: Estimate


def opening_of(case: Case) -> Opening | None:
    """Gives back the layer behind which half of the gap is new, beyond its interval.

    Where the inputs themselves are told apart as unequally, no layer opens the gap.
    """
    probed = [(layer, gap) for layer in case.measured_layers() if (gap := _gap(layer))]
    if len(probed) < 2:
        return None
    total = probed[-1][1].value
    steps = (
        Opening(layer, before.value, gap.value, total, jump)
        for (_, before), (layer, gap) in itertools.pairwise(probed)
        if (jump := difference(gap, before, same_rows=True))
    )
    largest = max(steps, key=lambda step: step.jump.value, default=None)
    if largest is None or total <= 0:
        return None
    least = max(MATTERS, HALF * total, half_width(largest.jump))
    return largest if largest.jump.value >= least else None


def _gap(layer: LayerMeasured) -> Estimate | None:
    return difference(layer.probe_train, layer.probe_validation, same_rows=False)
