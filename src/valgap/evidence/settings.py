"""Configurations of Keras as settings that a user chose: flat, without names and seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from valgap.evidence.records import Json

# Keras makes them up, or they say where a class is found.
NO_SETTING = {"name", "seed", "build_config", "registered_name", "module", "shared_object_id"}


def flat(value: Json, place: str = "") -> Iterator[tuple[str, str]]:
    """Gives back the settings in a configuration by place, such as `kernel_regularizer.l2`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in NO_SETTING:
                yield from flat(_policy(inner) if key == "dtype" else inner, _in(place, key))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for i, item in enumerate(value):
            yield from flat(item, _in(place, str(i + 1)))
    else:
        # Keras keeps rates in 32 bits: 0.003 comes back as 0.003000000026077032.
        yield place, f"{value:g}" if isinstance(value, float) else str(value)


def _in(place: str, key: str) -> str:
    # `config` is where Keras keeps the settings of an object, `class_name` what it is.
    if key in ("config", "class_name") and place:
        return place
    return f"{place}.{key}" if place else key


def _policy(value: Json) -> Json:
    """The name of a dtype policy, which is all that there is to it."""
    config = value.get("config") if isinstance(value, Mapping) else None
    return config.get("name", value) if isinstance(config, Mapping) else value
