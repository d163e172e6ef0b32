"""The maps that convolutions and pooling read and give, in plain stacks of layers."""

from __future__ import annotations

from dataclasses import dataclass

from valgap.case import Case
from valgap.checks.layer_settings import number, wrapped
from valgap.evidence.records import Json, LayerRecord

_CONVOLUTIONS = tuple(
    f"{kind}{n}D" for kind in ("Conv", "SeparableConv", "DepthwiseConv") for n in (1, 2, 3)
)
_POOLS = tuple(f"{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3))
# Layers that join branches, and models inside a model: no plain stack then.
_BRANCHES = ("Add", "Concatenate", "Multiply", "Average", "Maximum", "Subtract", "Dot")
_NESTED = ("Functional", "Sequential", "Model")


@dataclass(frozen=True, slots=True)
class Map:
    """One convolution or pooling on the longest side: what it reads, its window, what it gives.

    `field` is how much of the input one place of its output sees.
    """

    layer: str
    is_convolution: bool
    window: int
    side: int
    after: int
    field: int


def feature_maps(case: Case) -> tuple[Map, ...]:
    """Gives back the convolutions and poolings of a plain stack; nothing of other models."""
    inputs = case.fit.train.inputs
    if len(inputs) != 1 or has_branches(case):
        return ()
    side = _side(inputs[0].shape)
    found: list[Map] = []
    field, jump = 1, 1
    for layer in case.fit.model.layers:
        cls, config, shape = _unwrapped(layer)
        if side is None or shape is None or config.get("data_format") == "channels_first":
            continue
        after = _side(shape)
        window = _window(cls, config)
        if window is not None and after is not None:
            field += (window - 1) * _first(config.get("dilation_rate"), 1) * jump
            jump *= _first(config.get("strides"), window if cls in _POOLS else 1)
            found.append(Map(layer.name, cls in _CONVOLUTIONS, window, side, after, field))
        if after is not None:
            side = after
    return tuple(found)


def is_pooled_globally(case: Case) -> bool:
    """Tells whether a mean or maximum over all places ends the convolutions."""
    return any(_unwrapped(layer)[0].startswith("Global") for layer in case.fit.model.layers)


def has_branches(case: Case) -> bool:
    """Tells whether layers join branches, hold models of their own, or attend to others."""
    names = (*_BRANCHES, *_NESTED)
    return any(layer.cls in names or "Attention" in layer.cls for layer in case.fit.model.layers)


def _unwrapped(
    layer: LayerRecord,
) -> tuple[str, dict[str, Json], tuple[int | None, ...] | None]:
    """Class, settings and shape of a layer; of the one that TimeDistributed repeats."""
    inner = wrapped(layer.config) if layer.cls == "TimeDistributed" else None
    if inner is None:
        return layer.cls, dict(layer.config), layer.output_shape
    return inner[0], dict(inner[1]), layer.output_shape[1:] if layer.output_shape else None


def _side(shape: tuple[int | None, ...]) -> int | None:
    """The longest side of a map of (..., channels), None of flat rows or of unknown length."""
    # Frames carry time before height and width; a picture has two sides, a series one.
    sides = shape[:-1][-2:]
    known = [side for side in sides if side is not None]
    return max(known) if sides and len(known) == len(sides) else None


def _window(cls: str, config: dict[str, Json]) -> int | None:
    if cls in _CONVOLUTIONS:
        return _first(config.get("kernel_size"), 1)
    return _first(config.get("pool_size"), 2) if cls in _POOLS else None


def _first(value: Json, default: int) -> int:
    """The largest of a setting that is one number or several."""
    told = value if isinstance(value, list | tuple) else [value]
    known = [int(n) for v in told if (n := number(v)) is not None and 0 < n < 1e6]
    return max(known, default=default)
