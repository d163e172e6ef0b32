"""What the first weights of a model really see of its inputs, after all scaling before them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.backbones import backbone_of
from valgap.evidence.model import LayerMeasured
from valgap.evidence.rows import InputRecord

# Layers that scale their input themselves, by its statistics.
NORMALISING = (
    "BatchNormalization",
    "GroupNormalization",
    "LayerNormalization",
    "Normalization",
    "RMSNormalization",
)
# Layers whose input is a name, not a quantity.
LOOK_UPS = ("Embedding", "TokenAndPositionEmbedding", "ReversibleEmbedding")
# Activations that only scale when their input is scaled.
HOMOGENEOUS = (None, "linear", "relu", "leaky_relu")
# The layer saw a part of the rows: their ends lie within, and their spread is of like size.
SLACK, LIKE_SPREAD = 0.02, 2.0
# Weights are made for a range of about 1: below a fiftieth of it inputs hardly differ for them.
SMALL_RANGE = 0.02
# A range up to this was scaled already: 0 to 1, or -1 to 1.
SCALED_RANGE = 2.1
BYTE = 255.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One input as given, and the range and spread that the first weights get of it.

    `scale_is_undone` says that batch normalisation follows before the scale can matter.
    """

    given: InputRecord
    layer: str
    low: float
    high: float
    std: float
    scale_is_undone: bool

    @property
    def size(self) -> float:
        """The least root mean square that these figures allow."""
        nearest = 0.0 if self.low <= 0.0 <= self.high else min(abs(self.low), abs(self.high))
        return math.hypot(nearest, self.std)

    @property
    def range(self) -> float:
        """The distance from lowest to highest."""
        return self.high - self.low

    @property
    def is_scaled_twice(self) -> bool:
        """Whether so small a range comes of a division too many, in the model or before it."""
        low, high = self.given.low, self.given.high
        if not (0 < self.range < SMALL_RANGE and finite(low) and finite(high)):
            return False
        shrunk_again = self.range < SMALL_RANGE * (high - low) and high - low <= SCALED_RANGE
        return shrunk_again or _are_bytes_divided_twice(self.given, low, high)

    @property
    def is_as_given(self) -> bool:
        """Whether nothing scales the input before it."""
        return _are_the_same(self.given, self.low, self.high, self.std)


def seen_by_weights(case: Case) -> tuple[Seen, ...]:
    """Gives back each training input whose first weights take it as a quantity.

    Left out are tokens, inputs that a layer normalises or looks up, those of a frozen layer or
    a known backbone, and, where there are several inputs, those whose layer cannot be told.
    """
    if backbone_of(case) is not None:  # trained on a range of its own: MOD123 speaks of it
        return ()
    inputs = case.inputs()
    if len(inputs) == 1:
        first = next(_with_weights(case), None)
        found = [_seen(case, inputs[0], first)]
    else:
        found = [_seen(case, given, _fed_by(case, given)) for given in inputs]
    return tuple(seen for seen in found if seen is not None)


def _seen(case: Case, given: InputRecord, layer: LayerMeasured | None) -> Seen | None:
    if layer is None or not layer.trainable or layer.cls in (*NORMALISING, *LOOK_UPS):
        return None
    if given.kind == "other":
        return None
    low, high, std = layer.input_low, layer.input_high, layer.input_std
    if not (finite(low) and finite(high) and finite(std)):
        return None
    return Seen(given, layer.name, low, high, std, _is_undone(case, layer))


def _with_weights(case: Case) -> Iterator[LayerMeasured]:
    layers = case.measured_layers()
    return (layer for layer in layers if layer.has_weights)


def _fed_by(case: Case, given: InputRecord) -> LayerMeasured | None:
    for layer in _with_weights(case):
        if _are_the_same(given, layer.input_low, layer.input_high, layer.input_std):
            return layer
    return None


def _are_the_same(
    given: InputRecord, low: float | None, high: float | None, std: float | None
) -> bool:
    """Whether what a layer gets can be some rows of an input, as they are."""
    if not (finite(low) and finite(high) and finite(given.low) and finite(given.high)):
        return False
    slack = SLACK * (given.high - given.low)
    if low < given.low - slack or high > given.high + slack:
        return False
    if not (finite(std) and finite(given.std)) or std <= 0:
        return False
    return 1 / LIKE_SPREAD <= given.std / std <= LIKE_SPREAD


def _are_bytes_divided_twice(given: InputRecord, low: float, high: float) -> bool:
    """Pictures up to 1/255, or any numbers that are whole once multiplied by 255 twice."""
    if low < 0 or not 0 < high <= 1.01 / BYTE:
        return False
    ends = (low * BYTE**2, high * BYTE**2)
    are_whole = all(abs(end - round(end)) < 1e-3 for end in ends)
    return are_whole or (given.kind in ("image", "frames") and high > 0.3 / BYTE)


def _is_undone(case: Case, layer: LayerMeasured) -> bool:
    """Whether the next layer with weights normalises its batch, nothing bent before it."""
    names = [other.name for other in case.measured_layers()]
    behind = case.measured_layers()[names.index(layer.name) :]
    after = next((i for i, other in enumerate(behind) if i and other.has_weights), 0)
    is_straight = all(other.activation in HOMOGENEOUS for other in behind[:after])
    return after > 0 and behind[after].cls == "BatchNormalization" and is_straight
