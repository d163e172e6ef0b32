"""Settings of layers as their configuration gives them, wrappers looked through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from valgap.case import Case
from valgap.evidence.records import Json, LayerRecord

_LONGEST_NAME = 22
_WRAPPED = ("layer", "cell")
_PENALTIES = (
    "kernel_regularizer",
    "recurrent_regularizer",
    "activity_regularizer",
    "depthwise_regularizer",
    "pointwise_regularizer",
)
_RATES = ("rate", "dropout", "recurrent_dropout", "stddev")


def short(name: str) -> str:
    """Gives back the name of a layer, cut where a message could not hold it."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."


def record_of(case: Case, name: str) -> LayerRecord | None:
    """Gives back the record of the layer of that name."""
    return next(iter(case.layers(lambda layer: layer.name == name)), None)


def wrapped(config: Mapping[str, Json]) -> tuple[str, Mapping[str, Json]] | None:
    """Gives back class and settings of the layer that a wrapper holds, or None."""
    for name in _WRAPPED:
        inner = config.get(name)
        if isinstance(inner, Mapping):
            settings = inner.get("config")
            return str(inner.get("class_name")), settings if isinstance(settings, Mapping) else {}
    return None


def settings_within(config: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """Gives back the settings of a layer and of all that it wraps."""
    yield config
    inner = wrapped(config)
    if inner is not None:
        yield from settings_within(inner[1])
    children = config.get("layers")
    for child in children if isinstance(children, list) else []:
        held = child.get("config") if isinstance(child, Mapping) else None
        if isinstance(held, Mapping):
            yield from settings_within(held)


def number(value: Json) -> float | None:
    """Gives back a setting that is a number, else None."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, (int, float)) else None


def noise_rate(config: Mapping[str, Json]) -> float:
    """Gives back the strongest noise rate in the settings of a layer, 0 where there is none."""
    told = (number(s.get(name)) for s in settings_within(config) for name in _RATES)
    return max((rate for rate in told if rate is not None), default=0.0)


def has_penalty(config: Mapping[str, Json]) -> bool:
    """Tells whether a layer, or one that it wraps, has a penalty on weights or activity."""
    return any(s.get(name) for s in settings_within(config) for name in _PENALTIES)
